#include <edm/observability/log.hpp>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>
#include <type_traits>
#include <vector>

namespace edm::observability {
namespace {

/// Stands for every type that is not text, number or boolean, such as a secret.
struct opaque
{
    std::string text;
};
static_assert(!std::is_constructible_v<log::field, std::string_view, opaque>);
static_assert(!std::is_constructible_v<log::field, std::string_view, const void*>);
static_assert(!std::is_constructible_v<log::field, std::string_view, char>);
static_assert(std::is_constructible_v<log::field, std::string_view, std::string>);

class fixed_clock final : public clock
{
  public:
    time_point now() const override { return *from_rfc3339("2026-11-24T14:31:12.345Z"); }
};

class Log : public testing::Test
{
  protected:
    void start(log::format format, log::level least = log::level::info)
    {
        log::configure({.format = format, .level = least, .clock = &clock_, .write = [this](std::string_view line) {
                            lines_.emplace_back(line);
                        }});
    }
    void TearDown() override { log::configure({}); }

    std::string only_line()
    {
        EXPECT_EQ(lines_.size(), 1u);
        return lines_.empty() ? std::string{} : lines_.front();
    }

    fixed_clock clock_;
    std::vector<std::string> lines_;
    trace_context trace_ = *trace_context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
};

TEST_F(Log, WritesALineOfText)
{
    start(log::format::text);
    std::string user = "ana@example.com";
    log::info("user_signed_up",
              {{"user", user}, {"attempt", 2}, {"ratio", 0.5}, {"fresh", true}, {"note", "two words"}},
              {trace_, "authentication"});
    EXPECT_EQ(only_line(),
              "2026-11-24T14:31:12.345Z info    user_signed_up service=authentication user=ana@example.com "
              "attempt=2 ratio=0.5 fresh=true note=\"two words\" "
              "trace_id=4bf92f3577b34da6a3ce929d0e0e4736\n");
}

TEST_F(Log, WritesALineOfJson)
{
    start(log::format::json);
    log::warning("odd",
                 {{"a", "x\"y\\z\n\r\t\x01"}, {"n", -5}, {"u", std::uint64_t{18446744073709551615u}}, {"b", false}},
                 {trace_, "recipes"});
    auto line = only_line();
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    auto json = boost::json::parse(line).as_object();
    EXPECT_EQ(json.at("time"), "2026-11-24T14:31:12.345Z");
    EXPECT_EQ(json.at("level"), "warning");
    EXPECT_EQ(json.at("event"), "odd");
    EXPECT_EQ(json.at("service"), "recipes");
    EXPECT_EQ(json.at("trace_id"), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(json.at("span_id"), "00f067aa0ba902b7");
    EXPECT_EQ(json.at("a"), "x\"y\\z\n\r\t\x01");
    EXPECT_EQ(json.at("n"), -5);
    EXPECT_EQ(json.at("u").as_uint64(), 18446744073709551615u);
    EXPECT_EQ(json.at("b"), false);
}

TEST_F(Log, LeavesOutWhatIsNotKnown)
{
    start(log::format::text);
    log::error("it_failed");
    log::error("it_failed", {}, trace_context{});
    log::error("it_failed", {}, {"recipes"});
    EXPECT_EQ(lines_, (std::vector<std::string>{"2026-11-24T14:31:12.345Z error   it_failed\n",
                                                "2026-11-24T14:31:12.345Z error   it_failed\n",
                                                "2026-11-24T14:31:12.345Z error   it_failed service=recipes\n"}));
}

TEST_F(Log, NumbersThatJsonDoesNotKnowAreNull)
{
    start(log::format::json);
    log::info("n", {{"nan", std::nan("")}, {"inf", std::numeric_limits<double>::infinity()}});
    auto json = boost::json::parse(only_line()).as_object();
    EXPECT_TRUE(json.at("nan").is_null());
    EXPECT_TRUE(json.at("inf").is_null());
}

TEST_F(Log, NoValueCanForgeALineOrSteerATerminal)
{
    const std::string hostile = "a\r\n2026 error forged\x1b[2J\x7f\xc2\x9b"
                                "31m\xe2\x80\xa8 level=error \xff\xc3(";
    for (auto format : {log::format::text, log::format::json}) {
        lines_.clear();
        start(format);
        log::info(hostile, {{hostile, hostile}}, {trace_, hostile});
        auto line = only_line();
        for (std::size_t i = 0; i + 1 < line.size(); ++i) {
            auto byte = static_cast<unsigned char>(line[i]);
            EXPECT_TRUE(byte >= 0x20 && byte != 0x7f && byte != 0xff) << i;
        }
        EXPECT_EQ(line.find("\xc2\x9b"), line.npos);
        EXPECT_NE(line.find("a\\r\\n2026 error forged\\u001b[2J\\u007f\\u009b31m"), line.npos) << line;
        EXPECT_NE(line.find("\xEF\xBF\xBD\xEF\xBF\xBD("), line.npos) << "bytes that are not UTF-8 are replaced";
        if (format == log::format::json)
            EXPECT_EQ(boost::json::parse(line).as_object().at("level"), "info");
    }
}

TEST_F(Log, CutsVeryLongValues)
{
    start(log::format::text);
    log::info("long", {{"v", std::string(100'000, 'x')}});
    EXPECT_LT(only_line().size(), 9000u);
}

TEST_F(Log, WritesNothingBelowItsLevel)
{
    start(log::format::text, log::level::warning);
    log::debug("a");
    log::info("b");
    log::warning("c");
    log::error("d");
    EXPECT_EQ(lines_.size(), 2u);
    EXPECT_FALSE(log::enabled(log::level::info));
    start(log::format::text, log::level::off);
    log::error("e");
    EXPECT_EQ(lines_.size(), 2u);
}

TEST_F(Log, RequestsAreLoggedAtDebugAndFailuresAlways)
{
    start(log::format::text);
    log::request({"GET", "/get-recipe-details/{recipe_id}", 200, 0.25}, trace_);
    log::request({"GET", "/get-recipe-details/{recipe_id}", 404, 0.25}, trace_);
    EXPECT_TRUE(lines_.empty());
    log::request({"GET", "/get-recipe-details/{recipe_id}", 500, 0.25});
    EXPECT_EQ(only_line(), "2026-11-24T14:31:12.345Z error   request method=GET "
                           "route=/get-recipe-details/{recipe_id} status=500 seconds=0.25\n");
    start(log::format::text, log::level::debug);
    log::request({"GET", "/", 200, 0.25});
    EXPECT_EQ(lines_.size(), 2u);
}

TEST_F(Log, ManyThreadsWriteWholeLinesWhileItIsConfiguredAnew)
{
    start(log::format::json);
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t != 4; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i != 200; ++i)
                    log::info("line", {{"thread", t}, {"i", i}}, {trace_, "test"});
            });
    }
    ASSERT_EQ(lines_.size(), 800u);
    for (const auto& line : lines_)
        EXPECT_EQ(boost::json::parse(line).as_object().at("event"), "line");

    std::jthread other{[] {
        for (int i = 0; i != 200; ++i)
            log::debug("never");
    }};
    for (int i = 0; i != 20; ++i)
        log::configure({.level = log::level::off});
}

TEST_F(Log, ASinkThatFailsHarmsNoOne)
{
    log::configure({.write = [](std::string_view) { throw std::runtime_error{"disk full"}; }});
    testing::internal::CaptureStderr();
    log::info("lost");
    testing::internal::GetCapturedStderr();
}

TEST_F(Log, WritesToStderr)
{
    testing::internal::CaptureStderr();
    log::configure({.clock = &clock_});
    log::info("hello", {{"n", 1}});
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "2026-11-24T14:31:12.345Z info    hello n=1\n");
}

TEST_F(Log, LevelsHaveNames)
{
    EXPECT_EQ(log::parse_level("debug"), log::level::debug);
    EXPECT_EQ(log::parse_level("error"), log::level::error);
    EXPECT_EQ(log::parse_level("off"), log::level::off);
    EXPECT_FALSE(log::parse_level("loud"));
}

} // namespace
} // namespace edm::observability
