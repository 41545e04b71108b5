#include "waiting.hpp"

#include <memory>
#include <utility>

namespace edm::app {

namespace {

task<> fulfil(task<> work, std::shared_ptr<std::promise<void>> to)
{
    try {
        co_await std::move(work);
        to->set_value();
    } catch (...) {
        to->set_exception(std::current_exception());
    }
}

} // namespace

std::future<void> begin_on(executor& where, task<> work)
{
    auto to = std::make_shared<std::promise<void>>();
    auto done = to->get_future();
    where.post([work = std::move(work), to]() mutable { spawn(fulfil(std::move(work), std::move(to))); });
    return done;
}

void run_on(executor& where, task<> work)
{
    begin_on(where, std::move(work)).get();
}

void wait_for(task<> work)
{
    auto to = std::make_shared<std::promise<void>>();
    auto done = to->get_future();
    spawn(fulfil(std::move(work), std::move(to)));
    done.get();
}

} // namespace edm::app
