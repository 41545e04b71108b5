#include "smtp_url.hpp"

#include <edm/core/text.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace edm::mail_engine {

namespace {

bool is_clean(const std::string& text)
{
    return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::unexpected<std::string> wrong(const char* what)
{
    return std::unexpected("EDM_MAIL: " + std::string{what});
}

} // namespace

std::expected<smtp_server, std::string> parse_smtp_url(const std::string& text)
{
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed)
        return wrong("it is not a URL; write smtp://user:password@host:port, special characters percent-encoded");
    const boost::urls::url_view& url = *parsed;
    smtp_server out;
    out.tls_from_start = url.scheme() == "smtps";
    if (!out.tls_from_start && url.scheme() != "smtp")
        return wrong("it must be mailbox, stdout, smtp://… or smtps://…");
    out.host = std::string{url.encoded_host()};
    if (out.host.empty())
        return wrong("the URL names no host");
    if (const std::string path{url.encoded_path()}; !path.empty() && path != "/")
        return wrong("the URL has a path; only a host and a port belong there");
    if (url.has_fragment())
        return wrong("the URL has a fragment; write # as %23");

    out.user = url.user();
    out.password = url.password();
    if (!is_clean(out.user) || !is_clean(out.password))
        return wrong("user name or password hold control characters");
    if (out.user.empty() != out.password.empty())
        return wrong("a user name needs a password, and the other way round");

    out.port = out.tls_from_start ? 465 : out.user.empty() ? 25 : 587;
    if (url.has_port()) {
        out.port = url.port_number();
        if (out.port == 0)
            return wrong("the port must be a number from 1 to 65535");
    }

    if (out.tls_from_start || !out.user.empty())
        out.tls = smtp_server::encryption::required;
    for (const auto& parameter : url.params()) {
        const std::string key{parameter.key};
        const std::string value{parameter.value};
        if (key == "ca" && !value.empty() && is_clean(value)) {
            out.ca_file = value;
        } else if (key == "tls" && value == "required") {
            out.tls = smtp_server::encryption::required;
        } else if (key == "tls" && value == "none") {
            if (out.tls_from_start)
                return wrong("smtps:// cannot be without TLS");
            if (!out.user.empty())
                return wrong("a password is not sent without TLS; remove tls=none or the password");
            out.tls = smtp_server::encryption::none;
        } else {
            return wrong("the URL's options are tls=none, tls=required and ca=<file>");
        }
    }
    return out;
}

} // namespace edm::mail_engine
