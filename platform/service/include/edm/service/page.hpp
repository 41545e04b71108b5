#pragma once

#include <edm/service/endpoint.hpp>

#include <string_view>

namespace edm {

/// A page for people that works without script. `title` is text, `content` is markup whose texts of others are escaped
/// already (`html_escape`). The style, light or dark as the reader's system is, knows paragraphs, forms, `small` for a
/// second line, `pre`, `<div role="alert">` for what went wrong, and `<ul class="list">`.
html page(int status, std::string_view title, std::string_view content);

} // namespace edm
