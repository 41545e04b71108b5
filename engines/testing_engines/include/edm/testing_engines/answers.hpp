#pragma once

#include <edm/core/text.hpp>
#include <edm/describe/describe.hpp>
#include <edm/web/http.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace edm::testing {

/// `201 successful_sign_up`: the HTTP status, and the name in the common envelope.
inline std::string outcome_of(const web::response& r)
{
    constexpr std::string_view before = R"("status":")";
    const auto at = r.body.find(before);
    if (at == std::string::npos)
        return fmt::format("{}", r.status);
    const auto from = at + before.size();
    return fmt::format("{} {}", r.status, r.body.substr(from, r.body.find('"', from) - from));
}

/// The text of a string member, wherever it is in the JSON; empty where it is not.
inline std::string member_of(const web::response& r, std::string_view name)
{
    const auto before = fmt::format(R"("{}":")", name);
    const auto at = r.body.find(before);
    if (at == std::string::npos)
        return {};
    const auto from = at + before.size();
    return r.body.substr(from, r.body.find('"', from) - from);
}

inline std::string header_of(const web::response& r, std::string_view name)
{
    for (const auto& [key, value] : r.headers)
        if (ascii_lower(key) == ascii_lower(name))
            return value;
    return {};
}

struct told_violation
{
    std::vector<raw_json> loc;
    std::string msg;
    std::string type;
};
BOOST_DESCRIBE_STRUCT(told_violation, (), (loc, msg, type))

struct told_violations
{
    std::vector<told_violation> detail;
};
BOOST_DESCRIBE_STRUCT(told_violations, (), (detail))

/// `422 body.id value_error, body.name missing`: the HTTP status, and every violation of FastAPI's shape.
inline std::string violations_of(const web::response& r)
{
    const auto told = decode<told_violations>(r.body);
    if (!told)
        return fmt::format("{} (no violations: {})", r.status, r.body);
    auto out = fmt::format("{}", r.status);
    for (std::string_view between = " "; const auto& v : told->detail) {
        out += between;
        between = ", ";
        std::string_view dot;
        for (const auto& part : v.loc) {
            out += dot;
            dot = ".";
            for (const char c : part.value)
                if (c != '"')
                    out += c;
        }
        out += " " + v.type;
    }
    return out;
}

/// A bad body, by name, and what is answered.
struct bad_body
{
    std::string_view name;
    std::string body;
    std::string_view answer; ///< as `violations_of` writes it
};

} // namespace edm::testing
