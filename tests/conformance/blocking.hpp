#pragma once

#include <edm/core/task.hpp>

#include <future>
#include <optional>
#include <utility>

namespace edm::conformance {

/// Runs a task on this thread, as a caller without an executor, and waits until it has ended.
template <class T>
T wait(task<T> work)
{
    std::promise<T> ended;
    auto outcome = ended.get_future();
    struct run
    {
        static task<> through(task<T> work, std::promise<T> ended)
        {
            std::optional<T> value;
            try {
                value.emplace(co_await std::move(work));
            } catch (...) {
                ended.set_exception(std::current_exception());
                co_return;
            }
            ended.set_value(std::move(*value));
        }
    };
    spawn(run::through(std::move(work), std::move(ended)));
    return outcome.get();
}

} // namespace edm::conformance
