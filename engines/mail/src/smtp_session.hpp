#pragma once

#include "smtp_url.hpp"

#include <expected>
#include <string>

namespace edm::mail_engine {

/// What the envelope of one mail says, and its rendered source.
struct smtp_delivery
{
    std::string from; ///< addresses without names
    std::string to;
    std::string source;
};

/// Hands one mail to the server; returns once the server has taken it. Blocks up to 30 s: never called on an I/O
/// thread. The error is one line without credentials.
std::expected<void, std::string> deliver(const smtp_server& server, const smtp_delivery& mail);

} // namespace edm::mail_engine
