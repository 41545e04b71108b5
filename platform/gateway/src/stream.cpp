#include "stream.hpp"

#include <edm/observability/log.hpp>
#include <edm/web/sse.hpp>

namespace edm::gateway {

namespace {

class sse_stream final : public event_stream
{
  public:
    sse_stream(web::stream_writer& to, const stream_parts& p) : to_(to), parts_(p), waker_(to.waker()) {}

    task<bool> send(std::vector<stream_event> events) override
    {
        std::string chunk;
        for (const auto& e : events) {
            chunk += web::format_sse({.data = e.data, .id = e.id, .event = e.event});
            if (chunk.size() < 32 * 1024)
                continue;
            bool more = co_await to_.write(std::move(chunk));
            if (!more)
                co_return false;
            chunk.clear();
        }
        if (chunk.empty())
            co_return to_.open();
        co_return co_await to_.write(std::move(chunk));
    }
    task<bool> heartbeat() override { return to_.write(web::format_sse_comment()); }
    task<wake> wait(milliseconds timeout) override
    {
        auto why = co_await to_.wait(timeout);
        bool admitted = co_await still_admitted();
        if (why == web::wakeup::closed || !admitted)
            co_return wake::closed;
        co_return why == web::wakeup::woken ? wake::woken : wake::timeout;
    }
    std::function<void()> waker() override
    {
        return [w = waker_] { w->wake(); };
    }

    /// A token that was good when the stream began may have lost its force since.
    task<bool> still_admitted()
    {
        if (!parts_.guard)
            co_return true;
        auto admitted = co_await parts_.guard->admits(*parts_.environment, parts_.on_behalf->user_id(),
                                                      parts_.on_behalf->caller().generation);
        co_return admitted && *admitted; // the reader of a store that is away comes again
    }

  private:
    web::stream_writer& to_;
    const stream_parts& parts_;
    std::shared_ptr<web::stream_waker> waker_;
};

} // namespace

task<> run_stream(stream_parts p, web::stream_writer& to)
{
    sse_stream out(to, p);
    std::shared_ptr<void> watching;
    if (p.guard)
        watching = p.guard->watch(p.on_behalf->user_id(), out.waker());
    auto begin = co_await to.write(web::format_sse_retry(milliseconds{3000}));
    if (!begin)
        co_return;
    try {
        co_await p.endpoint->stream(*p.on_behalf, out, p.request);
    } catch (const std::exception& e) {
        observability::log::error("stream_failed", {{"service", p.endpoint->service}, {"what", e.what()}},
                                  p.on_behalf->trace());
    }
}

} // namespace edm::gateway
