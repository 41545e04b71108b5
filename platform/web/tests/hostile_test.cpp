#include "support.hpp"

namespace edm::web::testing {
namespace {

using namespace std::string_literals;

struct vector_case
{
    const char* name;
    std::string bytes;
    int status = 400;
};

std::string post(const std::string& fields, const std::string& body = "")
{
    return "POST /echo HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n" + body;
}
std::string chunked(const std::string& body)
{
    return post("Transfer-Encoding: chunked\r\n", body);
}

std::vector<vector_case> vectors()
{
    return {
        // how long is the body?
        {"both_lengths", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        {"both_lengths_other_order", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")},
        {"length_twice", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd")},
        {"length_twice_the_same", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")},
        {"length_twice_other_case", post("Content-Length: 3\r\ncontent-length: 3\r\n", "abc")},
        {"length_list", post("Content-Length: 3, 3\r\n", "abc")},
        {"length_plus", post("Content-Length: +3\r\n", "abc")},
        {"length_minus", post("Content-Length: -3\r\n", "abc")},
        {"length_hex", post("Content-Length: 0x3\r\n", "abc")},
        {"length_letters", post("Content-Length: three\r\n", "abc")},
        {"length_empty", post("Content-Length: \r\n", "abc")},
        {"length_inner_space", post("Content-Length: 3 0\r\n", "abc")},
        {"length_fraction", post("Content-Length: 3.0\r\n", "abc")},
        {"length_exponent", post("Content-Length: 3e0\r\n", "abc")},
        {"length_overflow", post("Content-Length: 18446744073709551619\r\n", "abc")},
        {"length_quoted", post("Content-Length: \"3\"\r\n", "abc")},
        {"length_underscore_digits", post("Content-Length: 1_0\r\n", "abcdefghij")},
        {"coding_twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        {"coding_list_twice", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
        {"coding_identity", post("Transfer-Encoding: identity\r\n", "abc")},
        {"coding_gzip_chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
        {"coding_chunked_gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
        {"coding_misspelt", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
        {"coding_vertical_tab", post("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n")},
        {"coding_quoted", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
        {"coding_empty", post("Transfer-Encoding:\r\n", "0\r\n\r\n")},
        {"coding_in_http_1_0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        // chunks
        {"chunk_size_letters", chunked("xyz\r\nabc\r\n0\r\n\r\n")},
        {"chunk_size_prefix", chunked("0x3\r\nabc\r\n0\r\n\r\n")},
        {"chunk_size_plus", chunked("+3\r\nabc\r\n0\r\n\r\n")},
        {"chunk_size_minus", chunked("-3\r\nabc\r\n0\r\n\r\n")},
        {"chunk_size_empty", chunked("\r\nabc\r\n0\r\n\r\n")},
        {"chunk_size_space_before", chunked(" 3\r\nabc\r\n0\r\n\r\n")},
        {"chunk_size_space_after", chunked("3 \r\nabc\r\n0\r\n\r\n")},
        {"chunk_size_overflow", chunked("10000000000000003\r\nabc\r\n0\r\n\r\n")},
        {"chunk_size_bare_lf", chunked("3\nabc\r\n0\r\n\r\n")},
        {"chunk_size_bare_cr", chunked("3\rabc\r\n0\r\n\r\n")},
        {"chunk_only_extension", chunked(";a=b\r\nabc\r\n0\r\n\r\n")},
        {"chunk_extension_with_nul", chunked("3;a=\0\r\nabc\r\n0\r\n\r\n"s)},
        {"chunk_extension_too_long", chunked("3;" + std::string(300, 'a') + "\r\nabc\r\n0\r\n\r\n")},
        {"chunk_longer_than_said", chunked("3\r\nabcd\r\n0\r\n\r\n")},
        {"chunk_shorter_than_said", chunked("4\r\nabc\r\n0\r\n\r\n")},
        {"chunk_end_bare_lf", chunked("3\r\nabc\n0\r\n\r\n")},
        {"last_chunk_bare_lf", chunked("3\r\nabc\r\n0\n\n")},
        {"trailer_without_colon", chunked("0\r\nabc\r\n\r\n")},
        {"trailer_folded", chunked("0\r\nA: b\r\n c\r\n\r\n")},
        {"trailer_bare_lf", chunked("0\r\nA: b\n\r\n")},
        // line ends and control characters
        {"bare_lf_after_line", "GET / HTTP/1.1\nHost: t\r\n\r\n"},
        {"bare_lf_everywhere", "GET / HTTP/1.1\nHost: t\n\n"},
        {"bare_lf_in_fields", "GET / HTTP/1.1\r\nHost: t\nX: y\r\n\r\n"},
        {"bare_lf_at_the_end", "GET / HTTP/1.1\r\nHost: t\r\n\n"},
        {"bare_cr_in_value", get("/", "X: a\rb\r\n")},
        {"bare_cr_in_line", "GET /\r HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"doubled_cr", "GET / HTTP/1.1\r\r\nHost: t\r\n\r\n"},
        {"folded_field", get("/", "X: a\r\n b\r\n")},
        {"folded_field_tab", get("/", "X: a\r\n\tb\r\n")},
        {"folded_first_field", "GET / HTTP/1.1\r\n Host: t\r\n\r\n"},
        {"nul_in_value", get("/", "X: a\0b\r\n"s)},
        {"nul_in_name", get("/", "X\0: a\r\n"s)},
        {"nul_in_target", get("/a\0b"s)},
        {"delete_in_value", get("/", "X: a\x7f\r\n")},
        {"empty_line_first", "\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n"},
        // fields
        {"space_before_colon", get("/", "X : a\r\n")},
        {"length_space_before_colon", post("Content-Length : 3\r\n", "abc")},
        {"tab_before_colon", get("/", "X\t: a\r\n")},
        {"no_colon", get("/", "X\r\n")},
        {"no_name", get("/", ": a\r\n")},
        {"name_not_a_token", get("/", "X(y): a\r\n")},
        {"name_beyond_ascii", get("/", "X\xc3\xa4: a\r\n")},
        // host
        {"no_host", "GET / HTTP/1.1\r\n\r\n"},
        {"host_twice", get("/", "Host: other\r\n")},
        {"host_twice_the_same", get("/", "Host: test\r\n")},
        {"host_empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
        {"host_list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
        {"host_with_user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
        {"host_with_path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
        // request line
        {"absolute_form", "GET http://t/ HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"absolute_form_other_host", "GET http://other/ HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"absolute_form_https", "GET https://t/ HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"authority_form", "CONNECT t:443 HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"asterisk_get", "GET * HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"no_slash", "GET a HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"space_in_target", "GET /a b HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"fragment", "GET /a#b HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"target_beyond_ascii", "GET /\xc3\xa4 HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"two_spaces", "GET  / HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"tab_separators", "GET\t/\tHTTP/1.1\r\nHost: t\r\n\r\n"},
        {"space_first", " GET / HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"space_last", "GET / HTTP/1.1 \r\nHost: t\r\n\r\n"},
        {"http_0_9", "GET /\r\n\r\n"},
        {"no_version", "GET / \r\nHost: t\r\n\r\n"},
        {"version_lower_case", "GET / http/1.1\r\nHost: t\r\n\r\n"},
        {"version_digits", "GET / HTTP/1.10\r\nHost: t\r\n\r\n"},
        {"version_sign", "GET / HTTP/+1.1\r\nHost: t\r\n\r\n"},
        {"version_1_2", "GET / HTTP/1.2\r\nHost: t\r\n\r\n", 505},
        {"version_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        {"method_not_a_token", "G(T / HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"method_too_long", std::string(40, 'A') + " / HTTP/1.1\r\nHost: t\r\n\r\n"},
        {"tls_hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s},
    };
}

class Hostile : public ::testing::TestWithParam<vector_case>
{
};

TEST_P(Hostile, IsRefusedAndNothingBehindItRuns)
{
    running_server s{running_server::quick(), 1};
    raw_client c{s.port};
    c.send(GetParam().bytes + get("/forbidden"));
    const auto a = c.read();
    EXPECT_EQ(a.status, GetParam().status);
    EXPECT_NE(a.head.find("Connection: close"), std::string::npos);
    c.shut_sending();
    EXPECT_EQ(c.until_closed(), "");
    EXPECT_EQ(s.routes.calls, 0);
    EXPECT_EQ(s.web.counts().refused, 1u);
    EXPECT_EQ(raw_client{s.port}.ask(get("/alive")).status, 200);
}

TEST_P(Hostile, IsRefusedByteByByteToo)
{
    running_server s{running_server::quick(), 1};
    raw_client c{s.port};
    for (char b : GetParam().bytes + get("/forbidden"))
        c.send({&b, 1});
    EXPECT_EQ(c.read().status, GetParam().status);
    EXPECT_EQ(s.routes.calls, 0);
}

INSTANTIATE_TEST_SUITE_P(Table, Hostile, ::testing::ValuesIn(vectors()), [](const auto& i) { return i.param.name; });

TEST(HostileTable, IsLargeEnough)
{
    EXPECT_GE(vectors().size(), 60u);
}

} // namespace
} // namespace edm::web::testing
