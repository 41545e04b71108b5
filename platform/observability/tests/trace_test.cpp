#include <edm/observability/trace.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <type_traits>

namespace edm::observability {
namespace {

constexpr std::string_view good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Only zeros, as no good source gives them.
class zeros final : public random_source
{
  public:
    void fill(std::span<std::uint8_t> out) const override { std::ranges::fill(out, std::uint8_t{0}); }
};

std::string with(std::size_t at, char c)
{
    std::string out{good};
    out[at] = c;
    return out;
}

static_assert(std::is_trivially_copyable_v<trace_context> && sizeof(trace_context) == 25);

TEST(Trace, ReadsAndWritesTheHeader)
{
    auto trace = trace_context::parse(good);
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->trace_hex(), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(trace->span_hex(), "00f067aa0ba902b7");
    EXPECT_EQ(trace->flags, 1);
    EXPECT_EQ(trace->traceparent(), good);
}

TEST(Trace, WhatIsWrittenIsReadBack)
{
    const auto& random = random_source::system();
    for (int i = 0; i != 1000; ++i) {
        auto root = trace_context::root(random);
        EXPECT_TRUE(root.valid());
        EXPECT_EQ(trace_context::parse(root.traceparent()), root);
        auto child = root.child(random);
        EXPECT_EQ(child.trace_id, root.trace_id);
        EXPECT_NE(child.span_id, root.span_id);
        EXPECT_EQ(child.flags, root.flags);
        EXPECT_EQ(trace_context::parse(child.traceparent()), child);
    }
}

TEST(Trace, AnyOtherCharacterAtAnyPlaceIsRefusedOrAnotherTrace)
{
    for (std::size_t at = 0; at != good.size(); ++at) {
        for (int c = 0; c != 256; ++c) {
            auto text = with(at, static_cast<char>(c));
            bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            bool dash = at == 2 || at == 35 || at == 52;
            bool fine = dash ? c == '-' : hex;
            EXPECT_EQ(trace_context::parse(text).has_value(), fine) << text;
        }
    }
}

TEST(Trace, RefusesEveryCutAndEveryExtension)
{
    for (std::size_t n = 0; n != good.size(); ++n)
        EXPECT_FALSE(trace_context::parse(good.substr(0, n))) << n;
    for (int c = 0; c != 256; ++c)
        EXPECT_FALSE(trace_context::parse(std::string{good} + static_cast<char>(c))) << c;
}

TEST(Trace, RefusesWhatTheSpecificationForbids)
{
    for (std::string_view bad : {"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                 "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                 "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                 "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                 "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x"})
        EXPECT_FALSE(trace_context::parse(bad)) << bad;
}

TEST(Trace, ReadsHigherVersionsAsFarAsItKnowsThem)
{
    auto trace = trace_context::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-else");
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->traceparent(), good);
}

TEST(Trace, DoesNotPassUnknownFlagsOn)
{
    EXPECT_EQ(trace_context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff")->traceparent(), good);
    EXPECT_TRUE(trace_context::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe")
                    ->traceparent()
                    .ends_with("-00"));
}

TEST(Trace, IsValidWhateverTheRandomness)
{
    auto root = trace_context::root(zeros{});
    EXPECT_TRUE(root.valid());
    EXPECT_TRUE(root.child(zeros{}).valid());
    EXPECT_FALSE(trace_context{}.valid());
}

} // namespace
} // namespace edm::observability
