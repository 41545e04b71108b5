#include "static_file.hpp"

#include <edm/core/text.hpp>

#include <algorithm>
#include <cctype>

namespace edm::app {

namespace {

std::string_view trimmed(std::string_view text)
{
    auto first = text.find_first_not_of(" \t");
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Calls `each` with the members of a comma-separated list until it returns true; whether it did.
template <class Each>
bool any_member(std::string_view list, Each each)
{
    while (!list.empty()) {
        auto comma = std::min(list.find(','), list.size());
        if (each(trimmed(list.substr(0, comma))))
            return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

/// Whether a member of Accept-Encoding refuses its coding: `;q=0`, `;q=0.000`.
bool refuses(std::string_view parameters)
{
    auto q = parameters.find("q=");
    if (q == parameters.npos)
        return false;
    auto value = trimmed(parameters.substr(q + 2));
    return value.find_first_not_of("0.") == value.npos;
}

bool accepts_gzip(const web::request& r)
{
    for (auto list : r.all("Accept-Encoding")) {
        bool accepted = any_member(list, [](std::string_view member) {
            auto semicolon = std::min(member.find(';'), member.size());
            auto coding = ascii_lower(trimmed(member.substr(0, semicolon)));
            return (coding == "gzip" || coding == "x-gzip") && !refuses(member.substr(semicolon));
        });
        if (accepted)
            return true;
    }
    return false;
}

std::string_view without_weakness(std::string_view tag)
{
    return tag.starts_with("W/") ? tag.substr(2) : tag;
}

} // namespace

std::string entity_tag(std::string_view body)
{
    return '"' + to_hex(sha256(body)).substr(0, 32) + '"';
}

web::response answer_static(const static_file& file, const web::request& r)
{
    bool compressed = !file.gzip.empty() && accepts_gzip(r);
    auto tag = file.etag;
    if (compressed)
        tag.insert(tag.size() - 1, "-gzip");
    web::response out;
    out.headers = {{"ETag", tag},
                   {"Cache-Control", std::string{file.cache_control}},
                   {"Vary", "Accept-Encoding"},
                   {"X-Content-Type-Options", "nosniff"}};
    if (file.page) {
        out.headers.emplace_back("Content-Security-Policy", page_policy);
        out.headers.emplace_back("Referrer-Policy", "no-referrer");
        out.headers.emplace_back("X-Frame-Options", "DENY");
    }
    bool known = false;
    for (auto list : r.all("If-None-Match"))
        known = known || any_member(list, [&](std::string_view member) {
                    return member == "*" || without_weakness(member) == tag;
                });
    if (known) {
        out.status = 304;
        return out;
    }
    out.content_type = file.content_type;
    out.static_body = compressed ? file.gzip : file.body;
    if (compressed)
        out.headers.emplace_back("Content-Encoding", "gzip");
    return out;
}

} // namespace edm::app
