#pragma once

#include <string>
#include <string_view>

namespace edm::observability {

/// Appends `text` as the inside of a JSON string (RFC 8259); bytes that are not UTF-8 become U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);

/// Appends `text` for a line of text: as it is where it is one plain word, else in double quotes. No control character
/// gets through, neither C0 nor C1, so a value can neither end a line nor steer a terminal.
void append_text_value(std::string& out, std::string_view text);

} // namespace edm::observability
