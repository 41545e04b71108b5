#pragma once

#include <edm/core/time.hpp>
#include <edm/service/resources.hpp>

#include <expected>
#include <string>
#include <string_view>

namespace edm::mail_engine {

/// A mailbox of RFC 5322: an address, and the name that people see before it.
struct address
{
    std::string name; ///< UTF-8, may be empty
    std::string mail;
};

/// Reads `ana@example.com` or `The shop <shop@example.com>`. The error is one sentence.
std::expected<address, std::string> parse_address(std::string_view text);

/// Renders a message as RFC 5322 with CRLF line ends. Refuses control characters in what becomes a header, an address
/// that is none, and bodies that are not UTF-8; the error is one sentence without the message's content.
std::expected<std::string, std::string> render(const edm::mail& message, const address& from, time_point when);

/// RFC 2047 encoded words where `text` is not plain printable ASCII, folded to lines of at most 76 characters.
std::string encode_header(std::string_view text);
/// The inverse, for showing: undoes folding and the encoded words that `encode_header` makes, and leaves others alone.
std::string decode_header(std::string_view value);

/// RFC 2045 quoted-printable of text; line ends of any kind become CRLF.
std::string quoted_printable(std::string_view text);
std::string from_quoted_printable(std::string_view encoded);

/// What the mailbox's pages show of a stored message.
struct shown_message
{
    std::string to, subject, date, text;
};
shown_message read_message(std::string_view eml);

} // namespace edm::mail_engine
