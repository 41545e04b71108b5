#include <edm/web/multipart.hpp>
#include <edm/web/uri.hpp>

#include <gtest/gtest.h>

namespace edm::web {
namespace {

using namespace std::string_literals;

struct form_case
{
    const char* name;
    std::string type;
    std::string body;
    std::expected<std::string, multipart_error> content;
};

const std::string type = "multipart/form-data; boundary=B";

std::string part(const std::string& fields, const std::string& content)
{
    return "--B\r\n" + fields + "\r\n\r\n" + content + "\r\n";
}
std::string file(const std::string& content, const std::string& name = "f")
{
    return part("Content-Disposition: form-data; name=\"" + name + "\"; filename=\"a.csv\"\r\nContent-Type: text/csv",
                content);
}

std::vector<form_case> forms()
{
    const auto bad = [](multipart_error e) { return std::expected<std::string, multipart_error>{std::unexpected{e}}; };
    const auto malformed = bad(multipart_error::malformed);
    const auto other = bad(multipart_error::not_multipart);
    return {
        {"one", type, file("a\tb\r\nc") + "--B--\r\n", "a\tb\r\nc"},
        {"no_last_line_end", type, file("x") + "--B--", "x"},
        {"empty_content", type, file("") + "--B--\r\n", ""},
        {"binary", type, file("\0\xff\r\n--A\r\n-"s) + "--B--\r\n", "\0\xff\r\n--A\r\n-"s},
        {"among_others", type, file("1", "a") + file("2") + file("3", "b") + "--B--\r\n", "2"},
        {"quoted_boundary", "Multipart/Form-Data; charset=x; boundary=\"B\"", file("x") + "--B--\r\n", "x"},
        {"escaped_quote_in_name", type,
         part("Content-Disposition: form-data; name=\"f\"; filename=\"a\\\"b\"", "x") + "--B--\r\n", "x"},
        {"bare_name", type, part("content-disposition: form-data;name=f", "x") + "--B--\r\n", "x"},
        {"missing", type, file("x", "g") + "--B--\r\n", bad(multipart_error::missing)},
        {"no_parts", type, "--B--\r\n", bad(multipart_error::missing)},
        {"repeated", type, file("1") + file("2") + "--B--\r\n", bad(multipart_error::repeated)},
        {"other_type", "application/json", file("x") + "--B--\r\n", other},
        {"mixed", "multipart/mixed; boundary=B", file("x") + "--B--\r\n", other},
        {"no_boundary", "multipart/form-data", file("x") + "--B--\r\n", other},
        {"empty_boundary", "multipart/form-data; boundary=\"\"", file("x") + "--B--\r\n", other},
        {"boundary_twice", type + "; boundary=C", file("x") + "--B--\r\n", other},
        {"boundary_too_long", "multipart/form-data; boundary=" + std::string(71, 'B'), "", other},
        {"boundary_with_control", "multipart/form-data; boundary=\"B\x01\"", "", other},
        {"parameter_without_value", "multipart/form-data; boundary", "", other},
        {"unclosed_quote", "multipart/form-data; boundary=\"B", "", other},
        {"empty_body", type, "", malformed},
        {"preamble", type, "hello\r\n" + file("x") + "--B--\r\n", malformed},
        {"epilogue", type, file("x") + "--B--\r\nmore", malformed},
        {"not_closed", type, file("x"), malformed},
        {"cut_in_boundary", type, file("x") + "--", malformed},
        {"cut_in_head", type, "--B\r\nContent-Disposition: form-data; name=\"f\"", malformed},
        {"bare_lf", type, "--B\nContent-Disposition: form-data; name=\"f\"\n\nx\n--B--\n", malformed},
        {"text_after_boundary", type, "--Bx\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nx\r\n--B--\r\n",
         malformed},
        {"no_disposition", type, part("Content-Type: text/csv", "x") + "--B--\r\n", malformed},
        {"two_dispositions", type,
         part("Content-Disposition: form-data; name=\"f\"\r\nContent-Disposition: form-data; name=\"g\"", "x") +
             "--B--\r\n",
         malformed},
        {"attachment", type, part("Content-Disposition: attachment; name=\"f\"", "x") + "--B--\r\n", malformed},
        {"no_name", type, part("Content-Disposition: form-data; filename=\"f\"", "x") + "--B--\r\n", malformed},
        {"folded", type, part("Content-Disposition: form-data;\r\n name=\"f\"", "x") + "--B--\r\n", malformed},
        {"large_head", type,
         part("Content-Disposition: form-data; name=\"f\"\r\nX: " + std::string(5000, 'a'), "x") + "--B--\r\n",
         malformed},
        {"many_parts", type,
         file("1", "a") + file("1", "a") + file("1", "a") + file("1", "a") + file("1", "a") + file("1", "a") +
             file("1", "a") + file("1", "a") + file("1", "a") + file("1", "a") + file("1", "a") + file("1", "a") +
             file("1", "a") + file("1", "a") + file("1", "a") + file("1", "a") + file("x") + "--B--\r\n",
         malformed},
    };
}

class Multipart : public ::testing::TestWithParam<form_case>
{
};

TEST_P(Multipart, IsReadStrictly)
{
    const auto& p = GetParam();
    const auto found = find_form_file(p.type, p.body, "f");
    ASSERT_EQ(found.has_value(), p.content.has_value());
    if (found)
        EXPECT_EQ(found->content, *p.content);
    else
        EXPECT_EQ(found.error(), p.content.error());
}

INSTANTIATE_TEST_SUITE_P(Table, Multipart, ::testing::ValuesIn(forms()), [](const auto& i) { return i.param.name; });

TEST(Multipart, TellsTheFileAboutItself)
{
    const auto body = file("x") + "--B--\r\n";
    const auto found = find_form_file(type, body, "f");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->filename, "a.csv");
    EXPECT_EQ(found->content_type, "text/csv");
}

TEST(Uri, SplitsAndDecodes)
{
    EXPECT_EQ(split("/a%20b?x=1?2").path, "/a%20b");
    EXPECT_EQ(split("/a%20b?x=1?2").query, "x=1?2");
    EXPECT_EQ(split("/a").query, "");
    const auto pairs = parse_query("a=1+2&b=%C3%A4&&c&d==&a=2");
    ASSERT_TRUE(pairs);
    const std::vector<std::pair<std::string, std::string>> expected{
        {"a", "1 2"}, {"b", "\xc3\xa4"}, {"c", ""}, {"d", "="}, {"a", "2"}};
    EXPECT_EQ(*pairs, expected);
    EXPECT_TRUE(parse_query("")->empty());
    EXPECT_FALSE(parse_query("a=%4"));
    EXPECT_FALSE(parse_query("%zz=1"));
}

TEST(Uri, HostAndPort)
{
    EXPECT_EQ(parse_host_port("127.0.0.1:8080")->port, 8080);
    EXPECT_EQ(parse_host_port("[::1]:0")->host, "::1");
    EXPECT_EQ(parse_host_port("*:80")->host, "*");
    for (const auto* bad : {"", "8080", "a:", "a:x", "a:65536", "a:-1", "::1:80", ":80"})
        EXPECT_FALSE(parse_host_port(bad)) << bad;
}

} // namespace
} // namespace edm::web
