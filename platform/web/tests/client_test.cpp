#include "support.hpp"

#include <edm/web/client.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <future>
#include <thread>

namespace edm::web::testing {
namespace {

using sent = std::expected<client_response, client_error>;

task<> send_into(client& c, client_request r, std::promise<sent>& out)
{
    sent answer = co_await c.send(std::move(r));
    out.set_value(std::move(answer));
}

sent ask(client& c, client_request r)
{
    std::promise<sent> out;
    auto answer = out.get_future();
    spawn(send_into(c, std::move(r), out));
    return answer.get();
}

/// A listening socket whose test plays the server by hand.
struct scripted_server
{
    scripted_server()
    {
        fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&at), size), 0);
        EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size), 0);
        EXPECT_EQ(::listen(fd, 8), 0);
        port = ntohs(at.sin_port);
    }
    ~scripted_server()
    {
        if (playing.joinable())
            playing.join();
        ::close(fd);
    }
    std::string url(std::string_view path = "/") const
    {
        return "http://127.0.0.1:" + std::to_string(port) + std::string{path};
    }

    /// Accepts one connection, reads a head, sends `answer`, and waits for the client to close unless `close`.
    void play(std::string answer, bool close)
    {
        playing = std::thread{[this, answer = std::move(answer), close] {
            const int peer = ::accept(fd, nullptr, nullptr);
            std::string head;
            char part[4096];
            while (head.find("\r\n\r\n") == std::string::npos) {
                const auto n = ::recv(peer, part, sizeof part, 0);
                if (n <= 0)
                    break;
                head.append(part, static_cast<std::size_t>(n));
            }
            ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
            while (!close && ::recv(peer, part, sizeof part, 0) > 0) {
            }
            ::close(peer);
        }};
    }

    int fd = -1;
    std::uint16_t port = 0;
    std::thread playing;
};

struct client_side
{
    explicit client_side(client_options with = {.tick = milliseconds{5}}) : io(1), web(io, std::move(with))
    {
        io.start();
    }
    contexts io;
    client web;
};

std::string url(std::uint16_t port, std::string_view target)
{
    return "http://127.0.0.1:" + std::to_string(port) + std::string{target};
}

TEST(Client, SendsAndKeepsTheConnection)
{
    running_server s;
    client_side c;
    for (int i = 0; i < 3; ++i) {
        const auto a =
            ask(c.web,
                {.method = "POST", .url = url(s.port, "/echo?a=%20"), .content_type = "text/plain", .body = "hello"});
        ASSERT_TRUE(a) << a.error().message;
        EXPECT_EQ(a->status, 200);
        EXPECT_EQ(a->body, "hello");
        EXPECT_EQ(a->header("content-TYPE"), "text/plain");
    }
    EXPECT_EQ(s.web.counts().accepted, 1u);
    EXPECT_EQ(ask(c.web, {.url = url(s.port, "/t?a=%20")})->body, "GET /t?a=%20");
    EXPECT_EQ(ask(c.web, {.url = "http://localhost:" + std::to_string(s.port)})->body, "GET /");
    EXPECT_EQ(ask(c.web, {.method = "HEAD", .url = url(s.port, "/t")})->body, "");
}

TEST(Client, RunsOnItsCallersContextAndReturnsThere)
{
    running_server s;
    contexts io{2};
    client web{io};
    io.start();
    std::promise<executor*> resumed;
    struct on_context
    {
        static task<> run(client& c, std::string to, std::promise<executor*>& out)
        {
            sent a = co_await c.send({.url = std::move(to)});
            EXPECT_TRUE(a);
            out.set_value(executor::current());
        }
    };
    io.at(1).post([&] { spawn(on_context::run(web, url(s.port, "/x"), resumed)); });
    EXPECT_EQ(resumed.get_future().get(), &io.at(1));
}

TEST(Client, SpeaksOverAUnixSocket)
{
    running_server s;
    std::string dir = ::testing::TempDir() + "edm_web_XXXXXX";
    ASSERT_NE(::mkdtemp(dir.data()), nullptr);
    s.web.listen_unix(dir + "/edm.sock");
    client_side c;
    const auto a = ask(c.web, {.url = "http://localhost/control", .unix_socket = dir + "/edm.sock"});
    ASSERT_TRUE(a) << a.error().message;
    EXPECT_EQ(a->body, "GET /control");
    const auto none = ask(c.web, {.url = "http://localhost/", .unix_socket = dir + "/other.sock"});
    EXPECT_EQ(none.error().kind, client_failure::refused);
    EXPECT_TRUE(s.web.stop(milliseconds{5'000}));
    ::rmdir(dir.c_str());
}

TEST(Client, TellsThatNothingWasSent)
{
    std::uint16_t unused = 0;
    {
        scripted_server gone;
        unused = gone.port;
    }
    client_side c;
    const auto a = ask(c.web, {.url = url(unused, "/")});
    EXPECT_EQ(a.error().kind, client_failure::refused);
    EXPECT_FALSE(a.error().sent);
}

TEST(Client, TimesOut)
{
    scripted_server s;
    s.play("", false);
    client_side c;
    const auto a = ask(c.web, {.url = s.url(), .timeout = milliseconds{30}});
    EXPECT_EQ(a.error().kind, client_failure::timeout);
    EXPECT_TRUE(a.error().sent);
}

TEST(Client, NeverRepeatsARequestWhoseAnswerIsLost)
{
    scripted_server s;
    s.play("", true);
    client_side c;
    const auto a = ask(c.web, {.method = "POST", .url = s.url(), .body = "pay"});
    EXPECT_EQ(a.error().kind, client_failure::broken);
    EXPECT_TRUE(a.error().sent);
    pollfd second{s.fd, POLLIN, 0};
    EXPECT_EQ(::poll(&second, 1, 0), 0); // no other connection was made
}

TEST(Client, DoesNotUseAKeptConnectionThatThePeerClosed)
{
    auto limit = running_server::quick();
    limit.idle_time = milliseconds{1};
    running_server s{limit};
    client_side c;
    ASSERT_TRUE(ask(c.web, {.url = url(s.port, "/a")}));
    EXPECT_TRUE(s.web.stop(milliseconds{5'000})); // now it is closed for certain
    server again{s.io, s.routes, running_server::quick()};
    again.listen("127.0.0.1", s.port);
    const auto a = ask(c.web, {.method = "POST", .url = url(s.port, "/echo"), .body = "once"});
    ASSERT_TRUE(a) << a.error().message;
    EXPECT_EQ(a->body, "once");
    EXPECT_TRUE(again.stop(milliseconds{5'000}));
}

struct answer_case
{
    const char* name;
    std::string bytes;
    bool closes;
    int status; ///< 0: an error
    client_failure kind;
    std::string body;
};

std::vector<answer_case> answers()
{
    const auto ok = client_failure::broken;
    return {
        {"sized", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", false, 200, ok, "hi"},
        {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", false, 200, ok, "hi"},
        {"until_closed", "HTTP/1.1 200 OK\r\n\r\nhi", true, 200, ok, "hi"},
        {"http_1_0", "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n", true, 404, ok, ""},
        {"no_phrase", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", false, 200, ok, ""},
        {"interim_first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx", false, 201,
         ok, "x"},
        {"redirect_is_not_followed", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
         false, 302, ok, ""},
        {"no_content", "HTTP/1.1 204 No Content\r\n\r\n", false, 204, ok, ""},
        {"cut_head", "HTTP/1.1 200 OK\r\nContent-Le", true, 0, client_failure::broken, ""},
        {"cut_body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", true, 0, client_failure::broken, ""},
        {"cut_chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", true, 0,
         client_failure::broken, ""},
        {"not_http", "220 mail.example ESMTP\r\n\r\n", false, 0, client_failure::malformed, ""},
        {"other_version", "HTTP/2.0 200 OK\r\n\r\n", false, 0, client_failure::malformed, ""},
        {"status_letters", "HTTP/1.1 2x0 OK\r\n\r\n", false, 0, client_failure::malformed, ""},
        {"both_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false,
         0, client_failure::malformed, ""},
        {"length_twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", false, 0,
         client_failure::malformed, ""},
        {"bad_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", false, 0, client_failure::malformed,
         ""},
        {"bare_lf", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", false, 0, client_failure::malformed, ""},
        {"switching_protocols", "HTTP/1.1 101 Switching Protocols\r\n\r\n", false, 0, client_failure::malformed, ""},
        {"too_large_sized", "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", false, 0, client_failure::malformed, ""},
        {"too_large_chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", false, 0,
         client_failure::malformed, ""},
        {"too_large_until_closed", "HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x'), true, 0,
         client_failure::malformed, ""},
    };
}

class Answers : public ::testing::TestWithParam<answer_case>
{
};

TEST_P(Answers, AreReadStrictly)
{
    scripted_server s;
    s.play(GetParam().bytes, GetParam().closes);
    client_side c;
    const auto a = ask(c.web, {.url = s.url(), .body_limit = 100});
    if (GetParam().status == 0) {
        ASSERT_FALSE(a);
        EXPECT_EQ(a.error().kind, GetParam().kind) << a.error().message;
        EXPECT_TRUE(a.error().sent);
    } else {
        ASSERT_TRUE(a) << a.error().message;
        EXPECT_EQ(a->status, GetParam().status);
        EXPECT_EQ(a->body, GetParam().body);
    }
}

INSTANTIATE_TEST_SUITE_P(Table, Answers, ::testing::ValuesIn(answers()), [](const auto& i) { return i.param.name; });

TEST(Client, RefusesWhatCannotBeSent)
{
    client_side c;
    for (const auto* bad :
         {"", "/x", "ftp://a/", "http://", "http://a b/", "http://u:p@a/", "http://a:99999/", "http://a/\r\nX: y"})
        EXPECT_EQ(ask(c.web, {.url = bad}).error().kind, client_failure::malformed) << bad;
    EXPECT_EQ(ask(c.web, {.url = "http://a/", .headers = {{"X", "a\r\nY: b"}}}).error().kind,
              client_failure::malformed);
    EXPECT_EQ(ask(c.web, {.url = "http://a/", .headers = {{"Host", "b"}}}).error().kind, client_failure::malformed);
    EXPECT_EQ(ask(c.web, {.method = "GET /x", .url = "http://a/"}).error().kind, client_failure::malformed);
}

/// A self-signed certificate for `localhost`, and a TLS server that answers one request with it.
struct tls_server : scripted_server
{
    tls_server()
    {
        key = EVP_RSA_gen(2048);
        certificate = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_set_version(certificate, 2);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_set_pubkey(certificate, key);
        auto* name = X509_get_subject_name(certificate);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
        X509_set_issuer_name(certificate, name);
        auto* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
        X509_add_ext(certificate, names, -1);
        X509_EXTENSION_free(names);
        X509_sign(certificate, key, EVP_sha256());
        std::string path = ::testing::TempDir() + "edm_web_ca_XXXXXX";
        FILE* file = ::fdopen(::mkstemp(path.data()), "w");
        PEM_write_X509(file, certificate);
        std::fclose(file);
        ca_file = path;
    }
    ~tls_server()
    {
        if (playing.joinable())
            playing.join();
        X509_free(certificate);
        EVP_PKEY_free(key);
        ::unlink(ca_file.c_str());
    }
    void play()
    {
        playing = std::thread{[this] {
            SSL_CTX* context = SSL_CTX_new(TLS_server_method());
            SSL_CTX_use_certificate(context, certificate);
            SSL_CTX_use_PrivateKey(context, key);
            SSL* ssl = SSL_new(context);
            const int peer = ::accept(fd, nullptr, nullptr);
            SSL_set_fd(ssl, peer);
            char part[4096];
            if (SSL_accept(ssl) == 1 && SSL_read(ssl, part, sizeof part) > 0) {
                constexpr std::string_view answer =
                    "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret";
                SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
                SSL_shutdown(ssl);
            }
            ::close(peer);
            SSL_free(ssl);
            SSL_CTX_free(context);
        }};
    }
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    std::string ca_file;
};

TEST(Tls, ThePeerMustProveItsName)
{
    struct tls_case
    {
        std::string host;
        bool trusted;
        bool works;
    };
    for (const auto& each :
         {tls_case{"localhost", true, true}, {"127.0.0.1", true, false}, {"localhost", false, false}}) {
        tls_server s;
        s.play();
        client_side c{{.ca_file = each.trusted ? s.ca_file : "", .tick = milliseconds{5}}};
        const auto a = ask(c.web, {.url = "https://" + each.host + ":" + std::to_string(s.port) + "/"});
        EXPECT_EQ(a.has_value(), each.works) << each.host << (a ? "" : a.error().message);
        if (!a) {
            EXPECT_EQ(a.error().kind, client_failure::refused);
            EXPECT_FALSE(a.error().sent);
        } else {
            EXPECT_EQ(a->body, "secret");
        }
    }
}

} // namespace
} // namespace edm::web::testing
