#pragma once

#include <edm/web/http.hpp>

#include <string>
#include <string_view>

namespace edm::web {

/// How an answer is framed on its connection.
struct answer_form
{
    bool head_only = false; ///< HEAD: the fields of a body that is not sent
    bool keep_alive = true;
    int minor = 1; ///< of the peer's HTTP version
};

/// False where a field of the answer could not be sent as it is (control characters, no token as a name).
bool sendable(const response& answer) noexcept;
/// Appends status line, fields and the empty line. A stream is chunked for HTTP/1.1 and ends with the connection
/// for 1.0.
void render_head(std::string& out, const response& answer, std::string_view date_line, answer_form form);
/// Whether a status may have a body.
bool has_body(int status) noexcept;
std::string_view body_of(const response& answer) noexcept;

} // namespace edm::web
