#pragma once

#include <boost/system/error_code.hpp>

#include <coroutine>
#include <cstddef>
#include <utility>

namespace edm::web {

/// What an Asio operation ended with.
struct io_outcome
{
    boost::system::error_code error;
    std::size_t bytes = 0;
};

/// The completion handler of an awaited operation: stores the outcome and resumes on the context's thread.
struct io_completion
{
    std::coroutine_handle<> waiting;
    io_outcome* outcome;

    void operator()(boost::system::error_code error, std::size_t bytes = 0) const
    {
        *outcome = {error, bytes};
        waiting.resume();
    }
    template <class Iterator>
        requires(!std::convertible_to<Iterator, std::size_t>)
    void operator()(boost::system::error_code error, const Iterator&) const
    {
        (*this)(error);
    }
};

/// Lets a task await an Asio operation: `io_outcome read = co_await await_io([&](auto done) { s.async_read_some(b,
/// done); });` The operation must complete through its context, never from within the initiating call (Asio promises
/// that).
template <class Start>
auto await_io(Start start)
{
    struct awaiter
    {
        Start start;
        io_outcome outcome{};
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> me) { start(io_completion{me, &outcome}); }
        io_outcome await_resume() const noexcept { return outcome; }
    };
    return awaiter{std::move(start)};
}

} // namespace edm::web
