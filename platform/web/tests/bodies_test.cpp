// Large bodies: whose head is asked about first, and how much of all of them is held.

#include "support.hpp"

#include <edm/core/executor.hpp>

#include <optional>

namespace edm::web::testing {
namespace {

constexpr std::size_t asked_above = 64 * 1024;

std::string sized(std::string_view path, std::size_t size, std::string_view fields = "")
{
    return "POST " + std::string{path} + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(size) + "\r\n" +
           std::string{fields} + "\r\n";
}
std::string chunked(std::string_view path)
{
    return "POST " + std::string{path} + " HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
}
response no_token()
{
    response out;
    out.status = 401;
    out.body = "who are you?";
    out.headers = {{"WWW-Authenticate", "Bearer"}};
    return out;
}

struct uploads : running_server
{
    explicit uploads(web::limits with = quick()) : running_server(with)
    {
        routes.limits["/upload"] = {.bytes = 16 << 20};
        routes.limits["/secret"] = {.bytes = 16 << 20};
        routes.limits["/throws"] = {.bytes = 16 << 20};
        routes.unwelcome["/secret"] = no_token();
    }
};

TEST(Admission, RefusesALargeBodyByItsHeadAlone)
{
    uploads s;
    for (const auto& head :
         {sized("/secret", 16 << 20), chunked("/secret"), sized("/secret", 16 << 20, "Expect: 100-continue\r\n")}) {
        raw_client c{s.port};
        const auto refused = c.ask(head); // not one byte of the body was sent
        EXPECT_EQ(refused.status, 401);
        EXPECT_EQ(refused.body, "who are you?");
        EXPECT_NE(refused.head.find("WWW-Authenticate: Bearer\r\n"), std::string::npos);
        EXPECT_NE(refused.head.find("Connection: close\r\n"), std::string::npos);
        c.send(std::string(200'000, 'x') + get("/forbidden")); // read for a moment, and nobody's
        c.shut_sending();
        EXPECT_EQ(c.until_closed(), "");
    }
    EXPECT_EQ(s.routes.calls, 0);
    EXPECT_EQ(s.web.counts().refused, 3u);
    EXPECT_EQ(s.web.counts().body_bytes, 0u);
}

TEST(Admission, IsNotAskedForASmallBody)
{
    uploads s;
    raw_client c{s.port};
    EXPECT_EQ(c.ask(sized("/secret", asked_above) + std::string(asked_above, 'x')).status, 200);
    EXPECT_EQ(s.routes.asked, 0);
    EXPECT_EQ(c.ask(sized("/secret", asked_above + 1)).status, 401);
    EXPECT_EQ(s.routes.asked, 1);
}

TEST(Admission, LetsTheBodyOfWhoIsWelcomeIn)
{
    uploads s;
    raw_client c{s.port};
    const std::string body(1'000'000, 'b');
    s.routes.routes["/upload"] = [&](const request& r) -> task<response> {
        response a;
        a.body = r.body == body ? "whole" : "not whole";
        co_return a;
    };
    EXPECT_EQ(c.ask(sized("/upload", body.size()) + body).body, "whole");
    c.send(sized("/upload", body.size(), "Expect: 100-continue\r\n"));
    EXPECT_EQ(c.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(c.ask(body).body, "whole");
    EXPECT_EQ(c.ask(chunked("/upload") + "f4240\r\n" + body + "\r\n0\r\n\r\n").body, "whole");
    EXPECT_EQ(s.routes.asked, 3);
}

TEST(Admission, ThatThrowsIs500)
{
    uploads s;
    EXPECT_EQ(raw_client{s.port}.ask(sized("/throws", 1 << 20)).status, 500);
}

TEST(BodyBytes, BeyondTheBoundOfAllIs503)
{
    auto limit = running_server::quick();
    limit.body_bytes = 1 << 20;
    uploads s{limit};
    gate arrived;
    std::optional<resumption<int>> go;
    s.routes.routes["/upload"] = [&](const request&) -> task<response> {
        if (!go)
            co_await callback<int>([&](resumption<int> waits) {
                go.emplace(waits);
                arrived.open();
            });
        co_return response{};
    };
    raw_client first{s.port};
    first.send(sized("/upload", 1'000'000) + std::string(1'000'000, 'x'));
    ASSERT_TRUE(arrived.wait());
    EXPECT_GE(s.web.counts().body_bytes, 1'000'000u);
    for (const auto& [head, body] : {std::pair{sized("/upload", 500'000), std::string(500'000, 'y')},
                                     std::pair{chunked("/upload") + "7a120\r\n", std::string(500'000, 'y')}}) {
        raw_client more{s.port};
        const auto refused = more.ask(head + body);
        EXPECT_EQ(refused.status, 503);
        EXPECT_NE(refused.head.find("Retry-After: 1\r\n"), std::string::npos);
        EXPECT_NE(refused.head.find("Connection: close\r\n"), std::string::npos);
    }
    EXPECT_EQ(raw_client{s.port}.ask(sized("/small", 3) + "abc").status, 200)
        << "what came with its head needs no room";
    (*go)(0);
    EXPECT_EQ(first.read().status, 200);
    EXPECT_EQ(first.ask(sized("/upload", 900'000) + std::string(900'000, 'z')).status, 200) << "the room is free again";
}

TEST(BodyBytes, OfAPeerThatGoesAreFree)
{
    auto limit = running_server::quick();
    limit.body_bytes = 200'000;
    {
        uploads s{limit};
        raw_client gone{s.port};
        gone.send(sized("/upload", 180'000) + std::string(150'000, 'x')).shut_sending();
        EXPECT_EQ(gone.until_closed(), "");
        EXPECT_EQ(raw_client{s.port}.ask(sized("/upload", 120'000) + std::string(120'000, 'x')).status, 200);
    }
}

} // namespace
} // namespace edm::web::testing
