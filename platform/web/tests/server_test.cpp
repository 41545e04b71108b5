#include "support.hpp"

#include <sys/stat.h>

namespace edm::web::testing {
namespace {

task<response> text(std::string body)
{
    response a;
    a.content_type = "text/plain";
    a.body = std::move(body);
    co_return a;
}

TEST(Server, AnswersAndKeepsTheConnection)
{
    running_server s;
    raw_client c{s.port};
    for (int i = 0; i < 3; ++i) {
        const auto a = c.ask(get("/hello?x=1"));
        EXPECT_EQ(a.status, 200);
        EXPECT_EQ(a.body, "GET /hello?x=1");
        EXPECT_NE(a.head.find("Date: "), std::string::npos);
        EXPECT_EQ(a.head.find("Connection:"), std::string::npos);
    }
    EXPECT_EQ(s.web.counts().connections, 1u);
    EXPECT_EQ(s.web.counts().requests, 3u);
}

TEST(Server, ClosesWhenAsked)
{
    running_server s;
    raw_client c{s.port};
    EXPECT_NE(c.ask(get("/", "Connection: close\r\n")).head.find("Connection: close"), std::string::npos);
    EXPECT_EQ(c.until_closed(), "");
}

TEST(Server, SpeaksHttp10)
{
    running_server s;
    raw_client once{s.port};
    EXPECT_EQ(once.ask("GET /a HTTP/1.0\r\n\r\n").body, "GET /a");
    EXPECT_EQ(once.until_closed(), "");
    raw_client kept{s.port};
    EXPECT_NE(kept.ask("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").head.find("Connection: keep-alive"),
              std::string::npos);
    EXPECT_EQ(kept.ask("GET /b HTTP/1.0\r\n\r\n").body, "GET /b");
}

TEST(Server, PipelinedRequestsAreAnsweredInOrder)
{
    running_server s;
    raw_client c{s.port};
    std::string all;
    for (int i = 0; i < 300; ++i)
        all += get("/" + std::to_string(i), "X-Filler: " + std::string(100, 'x') + "\r\n");
    c.send(all);
    for (int i = 0; i < 300; ++i)
        EXPECT_EQ(c.read().body, "GET /" + std::to_string(i));
}

task<response> after_gate(executor* home, std::function<void(std::coroutine_handle<>)> park)
{
    struct parked
    {
        std::function<void(std::coroutine_handle<>)> park;
        bool await_ready() { return false; }
        void await_suspend(std::coroutine_handle<> me) { park(me); }
        void await_resume() {}
    };
    co_await parked{std::move(park)};
    response a;
    a.body = "late";
    co_return a;
}

/// Lets a test decide when a handler ends.
struct slow_route
{
    std::coroutine_handle<> parked;
    executor* home = nullptr;
    gate entered;

    table_handler::function route()
    {
        return [this](const request&) {
            return after_gate(executor::current(), [this](std::coroutine_handle<> me) {
                parked = me;
                home = executor::current();
                entered.open();
            });
        };
    }
    void finish() { home->post(parked); }
};

TEST(Server, APipelinedAnswerDoesNotWaitForASlowHandlerBehindIt)
{
    running_server s;
    slow_route slow;
    s.routes.routes["/slow"] = slow.route();
    raw_client c{s.port};
    c.send(get("/fast") + get("/slow"));
    EXPECT_EQ(c.read().body, "GET /fast");
    ASSERT_TRUE(slow.entered.wait());
    slow.finish();
    EXPECT_EQ(c.read().body, "late");
}

TEST(Server, BodiesArriveHoweverTheyAreFramed)
{
    running_server s;
    s.routes.limits["/echo"] = {.bytes = 1 << 20, .time = milliseconds{20'000}};
    raw_client c{s.port};
    EXPECT_EQ(c.ask("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello").body, "hello");
    EXPECT_EQ(c.ask("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n")
                  .body,
              "hello");
    const std::string large(700'000, 'z');
    EXPECT_EQ(c.ask("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 700000\r\n\r\n" + large).body, large);
    std::string chunked = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 70; ++i)
        chunked += "2710\r\n" + std::string(10'000, 'z') + "\r\n";
    c.send(chunked + "0\r\n\r\n" + get("/next"));
    EXPECT_EQ(c.read().body, large);
    EXPECT_EQ(c.read().body, "GET /next");
}

TEST(Server, RequestsMayArriveByteByByte)
{
    running_server s;
    raw_client c{s.port};
    for (char b : std::string{
             "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"})
        c.send({&b, 1});
    EXPECT_EQ(c.read().body, "abc");
    for (char b : std::string{"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nxyz"})
        c.send({&b, 1});
    EXPECT_EQ(c.read().body, "xyz");
}

TEST(Server, HeadSendsNoBody)
{
    running_server s;
    raw_client c{s.port};
    c.send("HEAD /abc HTTP/1.1\r\nHost: t\r\n\r\n" + get("/next"));
    const auto a = c.read(true);
    EXPECT_NE(a.head.find("Content-Length: 9\r\n"), std::string::npos);
    EXPECT_EQ(c.read().body, "GET /next");
}

TEST(Server, AsksForTheBodyOfAnExpectation)
{
    running_server s;
    raw_client c{s.port};
    c.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(c.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(c.ask("ok").body, "ok");
}

TEST(Server, AnExceptionIsABare500)
{
    running_server s;
    s.routes.routes["/bad"] = [](const request&) -> task<response> { throw std::runtime_error{"a secret detail"}; };
    raw_client c{s.port};
    const auto a = c.ask(get("/bad"));
    EXPECT_EQ(a.status, 500);
    EXPECT_EQ(
        a.body,
        R"({"status":"internal_error","error":true,"details":{"description":"Something went wrong here.","error_code":"internal_error"}})");
    EXPECT_EQ(c.ask(get("/good")).status, 200);
}

TEST(Server, AHeaderCannotBeSplit)
{
    running_server s;
    s.routes.routes["/split"] = [](const request&) -> task<response> {
        response a;
        a.headers.emplace_back("Location", "/x\r\nSet-Cookie: a=b");
        co_return a;
    };
    raw_client c{s.port};
    EXPECT_EQ(c.ask(get("/split")).status, 500);
}

TEST(Server, LargeAndStaticBodies)
{
    running_server s;
    static const std::string large(3'000'000, 'q');
    s.routes.routes["/large"] = [](const request&) { return text(large); };
    s.routes.routes["/static"] = [](const request&) -> task<response> {
        response a;
        a.static_body = large;
        co_return a;
    };
    raw_client c{s.port};
    EXPECT_EQ(c.ask(get("/large")).body, large);
    EXPECT_EQ(c.ask(get("/static")).body, large);
    EXPECT_EQ(c.ask(get("/x")).body, "GET /x");
}

TEST(Server, FieldsAndPeerReachTheHandler)
{
    running_server s;
    s.routes.routes["/fields"] = [](const request& r) {
        std::string all;
        for (auto value : r.all("x-a"))
            all += std::string{value} + ";";
        return text(all + std::string{r.header("HOST").value_or("?")} + ";" + std::string{r.peer} +
                    (r.from_control_socket ? "!" : ""));
    };
    raw_client c{s.port};
    EXPECT_EQ(c.ask(get("/fields?q", "X-A:  1 \r\nx-a:2\r\n")).body, "1;2;test;127.0.0.1");
}

TEST(Server, TheControlSocketIsPrivateAndMarked)
{
    running_server s;
    s.routes.routes["/who"] = [](const request& r) { return text(r.from_control_socket ? "control" : "network"); };
    std::string dir = ::testing::TempDir() + "edm_web_XXXXXX";
    ASSERT_NE(::mkdtemp(dir.data()), nullptr);
    const auto path = dir + "/edm.sock";
    s.web.listen_unix(path);
    struct stat file{};
    ASSERT_EQ(::stat(path.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600u);
    EXPECT_EQ(raw_client{path}.ask(get("/who")).body, "control");
    EXPECT_EQ(raw_client{s.port}.ask(get("/who")).body, "network");
    server second{s.io, s.routes};
    EXPECT_THROW(second.listen_unix(path), std::runtime_error);
    EXPECT_TRUE(s.web.stop(milliseconds{5'000}));
    EXPECT_NE(::stat(path.c_str(), &file), 0);
    ::rmdir(dir.c_str());
}

TEST(Server, AStaleSocketFileIsReplacedAndOtherFilesAreNot)
{
    running_server s;
    std::string dir = ::testing::TempDir() + "edm_web_XXXXXX";
    ASSERT_NE(::mkdtemp(dir.data()), nullptr);
    const auto path = dir + "/edm.sock";
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    ::close(fd);
    s.web.listen_unix(path);
    EXPECT_EQ(raw_client{path}.ask(get("/x")).status, 200);
    EXPECT_THROW(s.web.listen_unix(dir), std::runtime_error);
    EXPECT_TRUE(s.web.stop(milliseconds{5'000}));
    ::rmdir(dir.c_str());
}

TEST(Server, APortInUseIsOneClearLine)
{
    running_server s;
    server second{s.io, s.routes};
    try {
        second.listen("127.0.0.1", s.port);
        FAIL() << "both listen";
    } catch (const std::runtime_error& e) {
        EXPECT_EQ(e.what(), "cannot listen on 127.0.0.1:" + std::to_string(s.port) + ": another process uses it");
    }
}

TEST(Stopping, FinishesTheRequestInFlight)
{
    running_server s;
    slow_route slow;
    s.routes.routes["/slow"] = slow.route();
    raw_client busy{s.port};
    raw_client idle{s.port};
    EXPECT_EQ(idle.ask(get("/x")).status, 200);
    busy.send(get("/slow"));
    ASSERT_TRUE(slow.entered.wait());
    std::thread stopping{[&] { EXPECT_TRUE(s.web.stop(milliseconds{20'000})); }};
    EXPECT_EQ(idle.until_closed(), "");
    slow.finish();
    const auto a = busy.read();
    EXPECT_EQ(a.body, "late");
    EXPECT_NE(a.head.find("Connection: close"), std::string::npos);
    EXPECT_EQ(busy.until_closed(), "");
    stopping.join();
    EXPECT_EQ(raw_client{s.port}.ask(get("/x")).status, 0);
    EXPECT_EQ(s.web.counts().connections, 0u);
}

TEST(Stopping, AnswersARequestOfAConnectionThatHadNotBegun)
{
    running_server s;
    raw_client idle{s.port}; // of the first context
    EXPECT_EQ(idle.ask(get("/x")).status, 200);
    gate blocked, stopped;
    s.io.at(1).post([&] {
        blocked.open();
        stopped.wait();
    });
    ASSERT_TRUE(blocked.wait());
    raw_client late{s.port}; // of the second
    late.send(get("/late"));
    while (s.web.counts().accepted < 2)
        std::this_thread::yield();
    std::thread stopping{[&] { EXPECT_TRUE(s.web.stop(milliseconds{20'000})); }};
    EXPECT_EQ(idle.until_closed(), "");
    stopped.open();
    EXPECT_EQ(late.read().body, "GET /late");
    EXPECT_EQ(late.until_closed(), "");
    stopping.join();
}

TEST(Stopping, ReportsAHandlerThatDoesNotEnd)
{
    running_server s;
    slow_route slow;
    s.routes.routes["/slow"] = slow.route();
    raw_client c{s.port};
    c.send(get("/slow"));
    ASSERT_TRUE(slow.entered.wait());
    EXPECT_FALSE(s.web.stop(milliseconds{1}));
    slow.finish();
    EXPECT_EQ(c.until_closed(), "");
}

TEST(Places, ARequestWaitsForOneThenGets503)
{
    auto limit = running_server::quick();
    limit.in_flight = 1;
    limit.queue_time = milliseconds{20};
    running_server s{limit};
    slow_route slow;
    s.routes.routes["/slow"] = slow.route();
    raw_client first{s.port};
    first.send(get("/slow"));
    ASSERT_TRUE(slow.entered.wait());
    raw_client second{s.port};
    const auto refused = second.ask(get("/x"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.head.find("Retry-After: 1"), std::string::npos);
    slow.finish();
    EXPECT_EQ(first.read().body, "late");
    EXPECT_EQ(second.ask(get("/x")).status, 200);
}

TEST(Places, AFreedPlaceGoesToWhoWaits)
{
    auto limit = running_server::quick();
    limit.in_flight = 1;
    limit.queue_time = milliseconds{20'000};
    running_server s{limit};
    slow_route slow;
    s.routes.routes["/slow"] = slow.route();
    raw_client first{s.port};
    first.send(get("/slow"));
    ASSERT_TRUE(slow.entered.wait());
    raw_client second{s.port}; // on the other context
    second.send(get("/x"));
    slow.finish();
    EXPECT_EQ(second.read().status, 200);
    EXPECT_EQ(s.web.counts().in_flight, 0u);
}

TEST(Places, TooManyConnectionsAreTurnedAway)
{
    auto limit = running_server::quick();
    limit.connections = 1;
    running_server s{limit};
    raw_client first{s.port};
    EXPECT_EQ(first.ask(get("/x")).status, 200);
    raw_client second{s.port};
    EXPECT_EQ(second.read().status, 503);
    EXPECT_EQ(second.until_closed(), "");
    EXPECT_EQ(first.ask(get("/x")).status, 200);
}

TEST(Contexts, PostedWorkAndTimersRunOnTheirThread)
{
    contexts io{2};
    io.start();
    gate done;
    executor* seen = nullptr;
    io.at(1).post([&] {
        io.at(1).after(milliseconds{1}, [&] {
            seen = executor::current();
            done.open();
        });
        io.at(1).after(std::chrono::hours{1}, [] { FAIL(); });
    });
    ASSERT_TRUE(done.wait());
    EXPECT_EQ(seen, &io.at(1));
    EXPECT_EQ(&io.for_hash(3), &io.at(1));
    EXPECT_EQ(&io.here(), &io.at(0));
}

} // namespace
} // namespace edm::web::testing
