#pragma once

#include <edm/core/time.hpp>

#include <string>
#include <string_view>

namespace edm::web {

/// One server-sent event (HTML Living Standard 9.2). Empty parts are left out; line breaks in `data` become several
/// `data:` lines, and end `id` and `event` early, so that nothing can be injected.
struct sse_event
{
    std::string_view data;
    std::string_view id{};
    std::string_view event{};
};
std::string format_sse(const sse_event& e);
/// Tells the client how long to wait before it connects again.
std::string format_sse_retry(milliseconds delay);
/// A comment: keeps the connection alive, and is ignored by clients.
std::string format_sse_comment(std::string_view text = {});

} // namespace edm::web
