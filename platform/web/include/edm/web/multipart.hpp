#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace edm::web {

/// A file of a `multipart/form-data` body (RFC 7578). The content is a view into the body.
struct form_file
{
    std::string filename; ///< as sent: never use it as a path
    std::string_view content_type;
    std::string_view content;
};

enum class multipart_error
{
    not_multipart, ///< the Content-Type is another one, or has no valid boundary
    malformed,
    missing, ///< no field of that name
    repeated ///< more than one
};

struct multipart_limits
{
    std::size_t parts = 16;
    std::size_t part_headers = 4096; ///< bytes
};

/// Finds the one field `name` of a form. Other fields are checked for their framing and ignored. Strict: CRLF only, the
/// closing boundary must be there, and neither preamble nor epilogue.
std::expected<form_file, multipart_error> find_form_file(std::string_view content_type, std::string_view body,
                                                         std::string_view name, multipart_limits limits = {});

} // namespace edm::web
