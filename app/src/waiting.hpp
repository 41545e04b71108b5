#pragma once

#include <edm/core/executor.hpp>
#include <edm/core/task.hpp>

#include <future>

namespace edm::app {

/// Starts a coroutine on a context, from a thread that is none; the future is its end.
std::future<void> begin_on(executor& where, task<> work);
/// Runs it to its end.
void run_on(executor& where, task<> work);
/// Runs a coroutine that needs no context to its end on this thread. An exception that leaves it is thrown here.
void wait_for(task<> work);

} // namespace edm::app
