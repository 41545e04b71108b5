#pragma once

#include "server.hpp"

#include <edm/web/server.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <future>
#include <string>
#include <utility>

namespace edm::store_couchdb {

/// A server in this process that answers as `Answers` does.
template <class Answers>
class with_server : public ::testing::Test
{
  protected:
    with_server()
    {
        contexts_.start();
        port_ = web_.listen("127.0.0.1", 0);
    }
    ~with_server() override
    {
        web_.stop(std::chrono::seconds{1});
        contexts_.stop();
        contexts_.join();
    }
    options with(credentials application = {})
    {
        return {.contexts = &contexts_,
                .url = "http://127.0.0.1:" + std::to_string(port_),
                .application = std::move(application)};
    }
    /// Runs it on a context to its end.
    template <class T>
    T await(task<T> work)
    {
        std::promise<T> out;
        auto got = out.get_future();
        spawn([](executor& on, task<T> work, std::promise<T> out) -> task<> {
            co_await switch_to(on);
            T value = co_await std::move(work);
            out.set_value(std::move(value));
        }(contexts_.at(0), std::move(work), std::move(out)));
        return got.get();
    }

    web::contexts contexts_{1};
    Answers answers_;
    web::server web_{contexts_, answers_};
    std::uint16_t port_ = 0;
};

} // namespace edm::store_couchdb
