#include "support.hpp"

#include <edm/web/sse.hpp>

#include <deque>
#include <malloc.h>

namespace edm::web::testing {
namespace {

/// A stream that a test drives: tells its waker, counts what ended its waits, writes one chunk per wake-up.
struct driven_stream
{
    gate started;
    gate ended;
    std::shared_ptr<stream_waker> waker;
    milliseconds patience{20'000};
    std::vector<wakeup> reasons;
    bool open_at_end = true;

    static task<> run(driven_stream* self, stream_writer& out)
    {
        self->waker = out.waker();
        bool sent = co_await out.write("hello\n");
        self->started.open();
        while (sent) {
            wakeup why = co_await out.wait(self->patience);
            self->reasons.push_back(why);
            if (why != wakeup::woken)
                break;
            sent = co_await out.write("woken\n");
        }
        self->open_at_end = out.open();
        self->ended.open();
    }
    table_handler::function route()
    {
        return [this](const request&) { return answer(this); };
    }
    static task<response> answer(driven_stream* self)
    {
        response a;
        a.content_type = "text/event-stream";
        a.stream = [self](stream_writer& out) { return run(self, out); };
        co_return a;
    }
};

struct stream_server : running_server
{
    explicit stream_server(web::limits l = quick()) : running_server(l) { routes.routes["/s"] = stream.route(); }
    ~stream_server() { web.stop(milliseconds{20'000}); } // before `stream` goes
    driven_stream stream;
};

TEST(Stream, IsChunkedAndWokenFromAnyThread)
{
    stream_server s;
    raw_client c{s.port};
    c.send(get("/s"));
    const auto head = c.until("\r\n\r\n");
    EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos);
    EXPECT_EQ(c.until("\n\r\n"), "6\r\nhello\n\r\n");
    ASSERT_TRUE(s.stream.started.wait());
    for (int i = 0; i < 20; ++i) {
        s.stream.waker->wake();
        EXPECT_EQ(c.until("\n\r\n"), "6\r\nwoken\n\r\n");
    }
    EXPECT_EQ(s.web.counts().streams, 1u);
    EXPECT_EQ(s.web.counts().in_flight, 0u);
}

TEST(Stream, AWakeUpBeforeTheWaitIsNotLost)
{
    running_server s;
    s.routes.routes["/s"] = [](const request&) -> task<response> {
        response a;
        a.stream = [](stream_writer& out) -> task<> {
            auto waker = out.waker();
            waker->wake();
            waker->wake();
            wakeup first = co_await out.wait(milliseconds{20'000});
            wakeup second = co_await out.wait(milliseconds{1}); // the two came together
            co_await out.write(first == wakeup::woken && second == wakeup::timed_out ? "right" : "wrong");
        };
        co_return a;
    };
    raw_client c{s.port};
    c.send(get("/s")).until("\r\n\r\n");
    EXPECT_EQ(c.until_closed(), "5\r\nright\r\n0\r\n\r\n");
}

TEST(Stream, EndsWithTheConnectionInHttp10)
{
    stream_server s;
    s.stream.patience = milliseconds{1};
    raw_client c{s.port};
    c.send("GET /s HTTP/1.0\r\n\r\n");
    EXPECT_EQ(c.until("\r\n\r\n").find("Transfer-Encoding"), std::string::npos);
    EXPECT_EQ(c.until_closed(), "hello\n");
    ASSERT_TRUE(s.stream.ended.wait());
    EXPECT_EQ(s.stream.reasons, std::vector{wakeup::timed_out});
}

TEST(Stream, ThePeersClosingEndsTheWait)
{
    stream_server s;
    raw_client c{s.port};
    c.send(get("/s")).until("hello");
    ASSERT_TRUE(s.stream.started.wait());
    c.send("anything");
    c.close();
    ASSERT_TRUE(s.stream.ended.wait());
    EXPECT_EQ(s.stream.reasons, std::vector{wakeup::closed});
    EXPECT_FALSE(s.stream.open_at_end);
    s.stream.waker->wake(); // of a stream that is gone
}

TEST(Stream, StoppingEndsItProperly)
{
    stream_server s;
    raw_client c{s.port};
    c.send(get("/s")).until("hello\n\r\n");
    ASSERT_TRUE(s.stream.started.wait());
    EXPECT_TRUE(s.web.stop(milliseconds{20'000}));
    EXPECT_EQ(c.until_closed(), "0\r\n\r\n");
    ASSERT_TRUE(s.stream.ended.wait());
    EXPECT_EQ(s.stream.reasons, std::vector{wakeup::closed});
}

TEST(Stream, HeadGetsNoBody)
{
    stream_server s;
    raw_client c{s.port};
    c.send("HEAD /s HTTP/1.1\r\nHost: t\r\n\r\n").until("\r\n\r\n");
    EXPECT_EQ(c.until_closed(), "");
}

TEST(Stream, AnExceptionCutsItOff)
{
    running_server s;
    s.routes.routes["/s"] = [](const request&) -> task<response> {
        response a;
        a.stream = [](stream_writer& out) -> task<> {
            co_await out.write("part");
            throw std::runtime_error{"lost the rest"};
        };
        co_return a;
    };
    raw_client c{s.port};
    c.send(get("/s")).until("\r\n\r\n");
    EXPECT_EQ(c.until_closed(), "4\r\npart\r\n"); // no last chunk: the client sees that something is missing
}

TEST(Stream, APeerThatIsTooSlowIsClosed)
{
    auto limit = running_server::quick();
    limit.stream_stall = milliseconds{20};
    running_server s{limit};
    static gate closed;
    s.routes.routes["/s"] = [](const request&) -> task<response> {
        response a;
        a.stream = [](stream_writer& out) -> task<> {
            bool sent = true;
            while (sent)
                sent = co_await out.write(std::string(64 * 1024, 'x'));
            closed.open();
        };
        co_return a;
    };
    raw_client c{s.port};
    c.send(get("/s"));
    EXPECT_TRUE(closed.wait()); // reads nothing
}

/// Heap that is in use; 0 under sanitizers, whose allocators do not tell.
std::size_t heap_in_use()
{
    return ::mallinfo2().uordblks;
}

task<> wait_for_ever(stream_writer& out)
{
    co_await out.write("hello\n");
    co_await out.wait(milliseconds{60'000});
}

TEST(Stream, AnIdleOneCostsAtMost4KB)
{
    constexpr std::size_t count = 300;
    running_server s;
    s.routes.routes["/s"] = [](const request&) -> task<response> {
        response a;
        a.stream = [](stream_writer& out) { return wait_for_ever(out); };
        co_return a;
    };
    std::deque<raw_client> clients;
    const auto open = [&](std::size_t n) {
        for (std::size_t i = 0; i < n; ++i)
            clients.emplace_back(s.port).send(get("/s")).until("hello\n");
    };
    open(10); // what is allocated once
    const auto before = heap_in_use();
    open(count);
    const auto after = heap_in_use();
    EXPECT_EQ(s.web.counts().streams, count + 10);
    EXPECT_LE(after - before, count * 4096); // the test's own client included
    RecordProperty("bytes_per_stream", static_cast<int>((after - before) / count));
}

TEST(Sse, Formats)
{
    EXPECT_EQ(format_sse({.data = "{}", .id = "7"}), "id: 7\ndata: {}\n\n");
    EXPECT_EQ(format_sse({.data = "a\nb\r\nc\rd", .event = "reset"}),
              "event: reset\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
    EXPECT_EQ(format_sse({.data = "", .id = "1\ndata: forged", .event = "x\r\nid: 9"}), "id: 1\nevent: x\ndata: \n\n");
    EXPECT_EQ(format_sse_retry(milliseconds{3000}), "retry: 3000\n\n");
    EXPECT_EQ(format_sse_comment("a\nb"), ": a\n\n");
    EXPECT_EQ(format_sse_comment(), ": \n\n");
}

} // namespace
} // namespace edm::web::testing
