#include "support.hpp"

namespace edm::web::testing {
namespace {

struct limit_case
{
    const char* name;
    int status;
    std::string request;
};

std::string many_fields(int count)
{
    std::string all;
    for (int i = 0; i < count; ++i)
        all += "X" + std::to_string(i) + ": y\r\n";
    return all;
}

std::vector<limit_case> cases()
{
    return {
        {"line_at_the_limit", 200, get("/" + std::string(8192 - 14, 'a'))},
        {"line_over_the_limit", 414, get("/" + std::string(8192 - 13, 'a'))},
        {"line_that_never_ends", 414, "GET /" + std::string(9000, 'a')},
        {"fields_at_the_limit", 200, get("/", many_fields(99))},
        {"fields_over_the_limit", 431, get("/", many_fields(100))},
        {"header_bytes_at_the_limit", 200, get("/", "X: " + std::string(16384 - 17, 'a') + "\r\n")},
        {"header_bytes_over_the_limit", 431, get("/", "X: " + std::string(16384 - 16, 'a') + "\r\n")},
        {"a_field_that_never_ends", 431, "GET / HTTP/1.1\r\nX: " + std::string(17000, 'a')},
        {"body_at_the_limit", 200,
         "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 65536\r\n\r\n" + std::string(65536, 'b')},
        {"body_over_the_limit", 413, "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 65537\r\n\r\n"},
        {"body_beyond_all_limits", 413, "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 999999999999999999\r\n\r\n"},
        {"chunked_at_the_limit", 200,
         "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" + std::string(65536, 'b') +
             "\r\n0\r\n\r\n"},
        {"chunked_over_the_limit", 413, "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n"},
        {"an_expectation_is_not_invited_over_the_limit", 413,
         "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 65537\r\nExpect: 100-continue\r\n\r\n"},
        {"unknown_expectation", 417, get("/", "Expect: tea\r\n")},
        {"http_2", 505, "GET / HTTP/2.0\r\nHost: t\r\n\r\n"},
    };
}

class Limits : public ::testing::TestWithParam<limit_case>
{
};

TEST_P(Limits, HasOneClearStatus)
{
    running_server s;
    raw_client c{s.port};
    const auto a = c.ask(GetParam().request);
    EXPECT_EQ(a.status, GetParam().status);
    if (a.status != 200) {
        EXPECT_NE(a.head.find("Connection: close"), std::string::npos);
        EXPECT_NE(a.body.find("\"error\":true"), std::string::npos);
        c.shut_sending();
        EXPECT_EQ(c.until_closed(), "");
    }
}

INSTANTIATE_TEST_SUITE_P(Table, Limits, ::testing::ValuesIn(cases()), [](const auto& i) { return i.param.name; });

TEST(BodyLimit, IsTheRoutesOwn)
{
    running_server s;
    s.routes.limits["/upload"] = {.bytes = 100'000};
    s.routes.limits["/small"] = {.bytes = 10};
    const std::string body(100'000, 'b');
    const auto post = [&](std::string_view path, std::size_t size) {
        return "POST " + std::string{path} + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(size) +
               "\r\n\r\n" + body.substr(0, size);
    };
    raw_client c{s.port};
    EXPECT_EQ(c.ask(post("/upload", 100'000)).status, 200);
    EXPECT_EQ(c.ask(post("/small", 10)).status, 200);
    EXPECT_EQ(c.ask(post("/small", 11)).status, 413);
}

web::limits with(milliseconds web::limits::* which, int value)
{
    auto l = running_server::quick();
    l.*which = milliseconds{value};
    return l;
}

TEST(Times, AHeadThatDoesNotEndIs408)
{
    running_server s{with(&web::limits::header_time, 20)};
    raw_client c{s.port};
    EXPECT_EQ(c.ask("GET / HTTP/1.1\r\nHo").status, 408);
}

TEST(Times, ABodyThatDoesNotEndIs408)
{
    running_server s{with(&web::limits::body_time, 20)};
    raw_client sized{s.port};
    EXPECT_EQ(sized.ask("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nabc").status, 408);
    raw_client chunked{s.port};
    EXPECT_EQ(chunked.ask("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc").status, 408);
}

TEST(Times, ABodyThatTricklesIs408)
{
    running_server s{with(&web::limits::body_grace, 20)};
    raw_client c{s.port};
    EXPECT_EQ(c.ask("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nab").status, 408);
}

TEST(Times, AnIdleConnectionIsClosedSilently)
{
    running_server s{with(&web::limits::idle_time, 20)};
    raw_client c{s.port};
    EXPECT_EQ(c.ask(get("/x")).status, 200);
    EXPECT_EQ(c.until_closed(), "");
}

TEST(Times, AConnectionThatReleasedItsBufferStillServes)
{
    running_server s{with(&web::limits::release_time, 1)};
    for (int round = 0; round < 3; ++round) {
        raw_client c{s.port};
        EXPECT_EQ(c.ask(get("/x")).status, 200);
        raw_client other{s.port}; // its idle time passes while this context is busy with others
        EXPECT_EQ(other.ask(get("/y")).status, 200);
        EXPECT_EQ(c.ask(get("/z")).body, "GET /z");
    }
}

TEST(Times, APeerThatDoesNotReadIsClosed)
{
    auto limit = with(&web::limits::write_time, 20);
    running_server s{limit};
    static const std::string large(64'000'000, 'q');
    s.routes.routes["/large"] = [](const request&) -> task<response> {
        response a;
        a.static_body = large;
        co_return a;
    };
    raw_client c{s.port};
    c.send(get("/large"));
    const auto left = c.until("\r\n\r\n");
    const auto before = std::chrono::steady_clock::now();
    EXPECT_TRUE(s.web.stop(milliseconds{20'000})); // nothing is read meanwhile: only the limit ends the write
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{10});
    EXPECT_LT(c.until_closed().size(), large.size());
}

} // namespace
} // namespace edm::web::testing
