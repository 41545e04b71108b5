#pragma once

#include <expected>
#include <string>

namespace edm::mail_engine {

/// A mail server, as a URL of `EDM_MAIL` names it.
struct smtp_server
{
    enum class encryption
    {
        none,
        if_offered,
        required
    };

    std::string host; ///< an IPv6 address keeps its brackets
    int port = 0;
    bool tls_from_start = false; ///< smtps
    encryption tls = encryption::if_offered;
    std::string user;
    std::string password;
    std::string ca_file; ///< empty: the system's certificates
};

/// Parses `smtp[s]://[user:password@]host[:port][/][?tls=none|required&ca=file]`. The error is one line that never
/// holds the password.
std::expected<smtp_server, std::string> parse_smtp_url(const std::string& text);

} // namespace edm::mail_engine
