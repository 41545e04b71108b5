#pragma once

#include <edm/core/executor.hpp>
#include <edm/service/endpoint.hpp>
#include <edm/testing/loop.hpp>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace edm::testing {

/// A reader of a stream of server-sent events, with virtual time.
class reader final : public event_stream
{
  public:
    explicit reader(loop& on) : on_(on) {}

    task<bool> send(std::vector<stream_event> events) override
    {
        for (auto& e : events)
            received.push_back(std::move(e));
        ++writes;
        co_return connected;
    }
    task<bool> heartbeat() override
    {
        ++heartbeats;
        co_return connected;
    }
    task<wake> wait(milliseconds timeout) override
    {
        if (woken_) {
            woken_ = false;
            co_return wake::woken;
        }
        const auto turn = ++turn_;
        on_.after(timeout, [this, turn] { end_wait(turn, wake::timeout); });
        auto why = co_await callback<wake>([&](resumption<wake> done) { waiting_ = done; });
        woken_ = false;
        co_return why;
    }
    std::function<void()> waker() override
    {
        return [this] {
            on_.post([this] {
                woken_ = true;
                end_wait(turn_, wake::woken);
            });
        };
    }
    void disconnect()
    {
        connected = false;
        end_wait(turn_, wake::closed);
    }

    std::vector<stream_event> received;
    int writes = 0;
    int heartbeats = 0;
    bool connected = true;
    bool ended = false; ///< the endpoint returned

  private:
    void end_wait(int turn, wake why)
    {
        if (turn != turn_ || !waiting_)
            return;
        auto done = *waiting_;
        waiting_.reset();
        done(why);
    }

    loop& on_;
    std::optional<resumption<wake>> waiting_;
    int turn_ = 0;
    bool woken_ = false;
};

} // namespace edm::testing
