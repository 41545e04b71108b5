#pragma once

#include <edm/testing_engines/one_service.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace edm::gateway {

using namespace std::chrono_literals;

/// Where endpoints of a test wait until the test lets them go on.
class gate
{
  public:
    task<> pass()
    {
        if (open_)
            co_return;
        co_await callback<nothing>([this](resumption<nothing> go) { waiting_.push_back(go); });
    }
    void open()
    {
        open_ = true;
        for (auto go : std::exchange(waiting_, {}))
            go(nothing{});
    }
    std::size_t waiting() const { return waiting_.size(); }

  private:
    bool open_ = false;
    std::vector<resumption<nothing>> waiting_;
};

struct note
{
    std::string text;
};
BOOST_DESCRIBE_STRUCT(note, (), (text))

struct many_notes
{
    std::string file;
};
BOOST_DESCRIBE_STRUCT(many_notes, (), (file))

struct put_request
{
    std::string id;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(put_request, (), (id, text))

/// A service that does what tests of the router need.
class notebook final : public service
{
  public:
    struct gates
    {
        gate before, after, streaming;
        int streams = 0;
        bool update_failed = false;
    };
    explicit notebook(std::shared_ptr<gates> g) : gates_(std::move(g)) {}

    std::string_view name() const override { return "notebook"; }
    std::string_view description() const override { return "Notes."; }
    void declare(registry& r) override
    {
        r.database(notes_, "note");
        r.get("/quick", *this, &notebook::quick).ok("quick");
        r.get("/whoami", *this, &notebook::whoami).ok("whoami").authenticated();
        r.get("/throws", *this, &notebook::throws).ok("throws");
        r.get("/throws-no-exception", *this, &notebook::throws_a_number).ok("throws");
        r.post("/wait-then-put", *this, &notebook::wait_then_put).ok("put");
        r.post("/put-then-wait", *this, &notebook::put_then_wait).ok("put");
        r.post("/import", *this, &notebook::import).ok("imported").administrator().upload("file");
        r.stream("/follow", *this, &notebook::follow).ok("followed").authenticated();
    }

    task<result<nothing>> quick(call&) { co_return nothing{}; }
    task<result<note>> whoami(call& c) { co_return note{c.user_id()}; }
    task<result<nothing>> import(call&, many_notes) { co_return nothing{}; }
    task<result<nothing>> throws(call&)
    {
        co_await gates_->before.pass();
        throw std::runtime_error("what nobody expected");
    }
    task<result<nothing>> throws_a_number(call&)
    {
        co_await gates_->before.pass();
        throw 7;
    }
    task<result<nothing>> wait_then_put(call& c, put_request r)
    {
        co_await gates_->before.pass();
        co_return co_await put(c, r);
    }
    task<result<nothing>> put_then_wait(call& c, put_request r)
    {
        auto stored = co_await put(c, r);
        co_await gates_->after.pass();
        co_return stored;
    }
    task<> follow(call&, event_stream&)
    {
        ++gates_->streams;
        co_await gates_->streaming.pass();
    }

  private:
    task<result<nothing>> put(call& c, put_request r)
    {
        auto stored = co_await notes_.update(c, r.id, [&](std::optional<note>, const moment&) -> result<change<note>> {
            return change<note>{note{r.text}};
        });
        gates_->update_failed = !stored;
        if (!stored)
            co_return fail(stored.error());
        co_return nothing{};
    }

    database<note> notes_;
    std::shared_ptr<gates> gates_;
};

struct stage : testing::one_service
{
    explicit stage(std::shared_ptr<notebook::gates> g = std::make_shared<notebook::gates>(),
                   std::function<void(router::parts&)> adjust = {})
        : one_service([g](resources&) { return std::make_unique<notebook>(g); }, {}, std::move(adjust)), gates(*g),
          keep_(std::move(g))
    {
    }
    ~stage()
    {
        gates.before.open();
        gates.after.open();
        gates.streaming.open();
        run_ready();
    }
    asked& begin_get(std::string target, header_list headers = {})
    {
        return begin("GET", std::move(target), {}, std::move(headers));
    }
    asked& begin_post(std::string target, const put_request& body)
    {
        return begin("POST", std::move(target), encode(body), {{"Content-Type", "application/json"}});
    }

    notebook::gates& gates;

  private:
    std::shared_ptr<notebook::gates> keep_;
};

inline std::optional<std::string> header(const web::response& r, std::string_view name)
{
    for (const auto& [key, value] : r.headers)
        if (key == name)
            return value;
    return {};
}
inline bool holds(const web::response& r, std::string_view text)
{
    return r.body.find(text) != std::string::npos;
}

} // namespace edm::gateway
