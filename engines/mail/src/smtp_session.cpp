#include "smtp_session.hpp"

#include "curl_library.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace edm::mail_engine {

namespace {

constexpr long connect_seconds = 10;
constexpr long total_seconds = 30;

struct free_handle
{
    const curl_library* curl;
    void operator()(CURL* handle) const { curl->easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl->slist_free_all(list); }
};

std::size_t give(char* out, std::size_t size, std::size_t count, void* from)
{
    auto& rest = *static_cast<std::string_view*>(from);
    const auto n = std::min(rest.size(), size * count);
    std::memcpy(out, rest.data(), n);
    rest.remove_prefix(n);
    return n;
}

long use_ssl(smtp_server::encryption tls)
{
    switch (tls) {
    case smtp_server::encryption::none:
        return CURLUSESSL_NONE;
    case smtp_server::encryption::required:
        return CURLUSESSL_ALL;
    case smtp_server::encryption::if_offered:
        break;
    }
    return CURLUSESSL_TRY;
}

// A server's words may reach the log: one line, and not much of it.
std::string clean(std::string text)
{
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    if (text.size() > 200)
        text.resize(200);
    return text;
}

} // namespace

std::expected<void, std::string> deliver(const smtp_server& server, const smtp_delivery& mail)
{
    const auto& loaded = curl_library::get();
    if (!loaded)
        return std::unexpected("SMTP: " + loaded.error());
    const auto& curl = *loaded;
    std::unique_ptr<CURL, free_handle> session{curl.easy_init(), {&curl}};
    if (!session)
        return std::unexpected("SMTP: libcurl cannot start");
    CURL* const handle = session.get();
    std::unique_ptr<curl_slist, free_handle> to{curl.slist_append(nullptr, fmt::format("<{}>", mail.to).c_str()),
                                                {&curl}};
    char why[CURL_ERROR_SIZE] = {};
    std::string_view rest = mail.source;

    // The path is what we greet the server with.
    const auto url = fmt::format("{}://{}:{}/{}", server.tls_from_start ? "smtps" : "smtp", server.host, server.port,
                                 mail.from.substr(mail.from.find('@') + 1));
    curl.easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl.easy_setopt(handle, CURLOPT_PROXY, "");
    curl.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl.easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, connect_seconds);
    curl.easy_setopt(handle, CURLOPT_TIMEOUT, total_seconds);
    curl.easy_setopt(handle, CURLOPT_ERRORBUFFER, why);
    curl.easy_setopt(handle, CURLOPT_USE_SSL, use_ssl(server.tls));
    curl.easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!server.ca_file.empty())
        curl.easy_setopt(handle, CURLOPT_CAINFO, server.ca_file.c_str());
    if (!server.user.empty()) {
        curl.easy_setopt(handle, CURLOPT_USERNAME, server.user.c_str());
        curl.easy_setopt(handle, CURLOPT_PASSWORD, server.password.c_str());
    }
    curl.easy_setopt(handle, CURLOPT_MAIL_FROM, fmt::format("<{}>", mail.from).c_str());
    curl.easy_setopt(handle, CURLOPT_MAIL_RCPT, to.get());
    curl.easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl.easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.source.size()));
    curl.easy_setopt(handle, CURLOPT_READFUNCTION, &give);
    curl.easy_setopt(handle, CURLOPT_READDATA, &rest);

    const auto outcome = curl.easy_perform(handle);
    if (outcome == CURLE_OK)
        return {};
    return std::unexpected("SMTP: " + clean(why[0] ? std::string{why} : std::string{curl.easy_strerror(outcome)}));
}

} // namespace edm::mail_engine
