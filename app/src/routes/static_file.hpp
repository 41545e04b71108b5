#pragma once

#include <edm/web/http.hpp>

#include <string>
#include <string_view>

namespace edm::app {

/// What does not change while the process runs. The bytes outlive the server.
struct static_file
{
    std::string_view content_type;
    std::string_view body;
    std::string_view gzip;          ///< empty: only as it is
    std::string etag;               ///< strong and quoted, of `body`
    std::string_view cache_control; ///< of `Cache-Control`
    bool page = false;              ///< answered with the content security policy of pages
};

/// The policy under which every page of this program runs: nothing comes from another host.
inline constexpr std::string_view page_policy =
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; worker-src blob:";

/// 304 where the client has it already (`If-None-Match`, RFC 9110 §13.1.2), compressed where the client takes gzip
/// (§12.5.3).
web::response answer_static(const static_file& file, const web::request& r);

/// A strong entity tag of a text: its SHA-256, shortened and quoted.
std::string entity_tag(std::string_view body);

} // namespace edm::app
