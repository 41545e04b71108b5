#pragma once

#include <edm/web/server.hpp>

#include "deadline_wheel.hpp"
#include "head_parser.hpp"
#include <edm/web/admission.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

namespace edm::web {

class connection;

/// What all contexts of a server share. Outlives the server while connections still end.
struct server_core
{
    server_core(handler& a, const limits& l, const environment& e)
        : answers(a), limit(l), env(e), places(std::make_shared<admission>(l.in_flight))
    {
    }

    /// One more open connection; false where there are too many.
    bool opened() noexcept;
    void closed() noexcept;
    /// Room for `bytes` more of bodies; false where there is none, except for who is `exempt`.
    bool hold_body(std::size_t bytes, bool exempt) noexcept;
    /// Waits until no connection is left; false after `patience`.
    bool wait_empty(milliseconds patience);

    handler& answers;
    const limits limit;
    const environment env;
    const std::shared_ptr<admission> places;
    std::atomic<bool> stopping{false};
    std::atomic<std::uint64_t> open{0};
    std::atomic<std::uint64_t> streams{0};
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> body_bytes{0};

  private:
    std::mutex mutex_;
    std::condition_variable empty_;
};

/// What a connection needs only while it is busy. Reused: an idle connection holds none.
struct workspace
{
    explicit workspace(const limits& limit);

    std::string_view unread() const noexcept { return {data.data() + begin, end - begin}; }
    /// Makes room for at least `size` more bytes behind `end`. Moves the unread bytes: views into them end.
    void make_room(std::size_t size);
    void consume(std::size_t size) noexcept;
    void reset();

    std::vector<char> data;
    std::size_t begin = 0;
    std::size_t end = 0;
    head_scanner scanner;
    request_head head;
    std::string body;     ///< of the present request, where it was not in `data` as a whole
    std::size_t held = 0; ///< of `server_core::body_bytes`, for `body`
    std::string out;      ///< answers not sent yet
};

/// A server's part on one context: its deadlines, its connections, spare workspaces, the Date line. On that thread
/// only.
class server_context final : public deadline_wheel
{
  public:
    server_context(std::shared_ptr<server_core> core, io_executor& on);

    std::unique_ptr<workspace> take_workspace();
    void give_back(std::unique_ptr<workspace> used);
    /// The present request's body is not needed any more.
    void let_go_body(workspace& of) noexcept;

    const std::shared_ptr<server_core> core;
    io_executor& on;
    std::unordered_set<connection*> connections;
    std::string date_line; ///< `Date: …` with its line end

  private:
    void ticked() override;

    std::vector<std::unique_ptr<workspace>> spare_;
    time_point::duration date_of_{-1};
};

} // namespace edm::web
