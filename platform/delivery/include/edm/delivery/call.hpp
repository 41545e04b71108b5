#pragma once

#include <edm/bus/event.hpp>
#include <edm/core/environment.hpp>
#include <edm/observability/trace.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm {

/// Who makes a request.
struct caller
{
    std::string user_id; ///< empty: nobody is logged in
    bool administrator = false;
    std::int64_t generation = 0; ///< of the token
};

/// The cause on whose behalf work is done: a request, an event or due work. It carries the trace through commits to
/// events, and collects what a later read must include. Lives as long as the work; used by one coroutine at a time, but
/// for `hand_over` and `give_up`, of which exactly one wins.
class call
{
  public:
    explicit call(observability::trace_context trace = {}) : trace_(trace) {}
    call(const call&) = delete;
    call& operator=(const call&) = delete;

    const observability::trace_context& trace() const noexcept { return trace_; }
    const edm::caller& caller() const noexcept { return caller_; }
    const std::string& user_id() const noexcept { return caller_.user_id; }
    void set_caller(edm::caller who) { caller_ = std::move(who); }

    /// The raw value of a request header, where there is a request and it has one.
    std::optional<std::string_view> header(std::string_view name) const
    {
        for (const auto& [key, value] : headers_)
            if (key == name)
                return value;
        return {};
    }
    /// Lower-case names.
    void set_headers(std::vector<std::pair<std::string, std::string>> headers) { headers_ = std::move(headers); }

    /// Events that a later read must include, for `Edm-After`: those that commits of this call published, and those of
    /// documents that its answer includes. Of one topic and key only the latest is kept.
    struct published
    {
        std::string topic, key;
        edm::sequence sequence;
    };
    void note_published(published p)
    {
        for (auto& known : published_)
            if (known.topic == p.topic && known.key == p.key) {
                known.sequence = std::max(known.sequence, p.sequence);
                return;
            }
        published_.push_back(std::move(p));
    }
    const std::vector<published>& published_events() const noexcept { return published_; }

    /// Before a commit is handed over to a store. False: whoever made the request was told that nothing was stored, so
    /// nothing may be stored any more.
    bool hand_over() noexcept
    {
        auto was = open;
        return progress_.compare_exchange_strong(was, handed_over) || was == handed_over;
    }
    /// Nobody waits for this call any more. True: no commit was handed over, and none will be.
    bool give_up() noexcept
    {
        auto was = open;
        return progress_.compare_exchange_strong(was, given_up) || was == given_up;
    }

    /// Due work that a commit of this call cleared.
    void note_done(std::string item) { done_.push_back(std::move(item)); }
    bool cleared(std::string_view item) const
    {
        for (const auto& id : done_)
            if (id == item)
                return true;
        return false;
    }

  private:
    enum progress : std::uint8_t
    {
        open,
        handed_over,
        given_up
    };
    std::atomic<progress> progress_{open};
    observability::trace_context trace_;
    edm::caller caller_;
    std::vector<std::pair<std::string, std::string>> headers_;
    std::vector<published> published_;
    std::vector<std::string> done_;
};

} // namespace edm
