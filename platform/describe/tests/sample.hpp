#pragma once

#include <edm/describe/describe.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sample {

struct credentials
{
    edm::email id;
    edm::secret<8, 64> password;
};
BOOST_DESCRIBE_STRUCT(credentials, (), (id, password))

struct profile
{
    edm::text<4, 100> user_name;
    std::optional<edm::text<2, 2>> country{};
};
BOOST_DESCRIBE_STRUCT(profile, (), (user_name, country))

struct sign_up
{
    static constexpr std::string_view description = "Somebody signs up.";
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 1> examples{
        {{"user_info", R"({"user_name":"Ana Lovelace"})"}}};
    sample::credentials credentials;
    profile user_info;
};
BOOST_DESCRIBE_STRUCT(sign_up, (), (credentials, user_info))

enum class difficulty
{
    easy,
    medium,
    hard
};
BOOST_DESCRIBE_ENUM(difficulty, easy, medium, hard)

enum class small_status : std::uint8_t
{
    off = 0,
    on = 200
};
BOOST_DESCRIBE_ENUM(small_status, off, on)

struct step
{
    edm::text<1, 5> name;
    edm::whole<1, 600> minutes;

    bool operator==(const step&) const = default;
};
BOOST_DESCRIBE_STRUCT(step, (), (name, minutes))

/// Has a member named like what a struct may declare about itself.
struct recipe
{
    static constexpr std::array optional_fields{std::string_view{"colour"}, std::string_view{"tags"}};
    std::string description;
    edm::money price;
    difficulty level = difficulty::easy;
    edm::list<step, 1, 3> steps;
    std::map<std::string, int, std::less<>> amounts;
    std::string colour = "red";
    std::vector<std::string> tags{"default"};

    bool operator==(const recipe&) const = default;
};
BOOST_DESCRIBE_STRUCT(recipe, (), (description, price, level, steps, amounts, colour, tags))

/// Every field has a lower bound that its initializer does not reach, but the last.
struct early
{
    edm::text<1, 5> name;
    edm::email id;
    edm::list<step, 1, 3> steps;
    edm::whole<1, 600> minutes;
};
BOOST_DESCRIBE_STRUCT(early, (), (name, id, steps, minutes))

/// JSON that is put together elsewhere, of a known type.
struct prepared_steps
{
    std::string json = "[]";
};

} // namespace sample

namespace edm::describing {

template <>
struct maker<sample::prepared_steps>
{
    static consteval type make() { return {.kind = kind::raw, .element = &type_of<std::vector<sample::step>>}; }
};

} // namespace edm::describing

namespace sample {

struct menu
{
    prepared_steps steps;
};
BOOST_DESCRIBE_STRUCT(menu, (), (steps))

struct scalars
{
    bool flag = false;
    int small = 0;
    std::int64_t large = 0;
    std::uint64_t counter = 0;
    std::uint32_t narrow = 0;
    double ratio = 0;
    edm::time_point when{};
    edm::minor_units paid{};
    edm::raw_json any{};
    small_status status = small_status::off;

    bool operator==(const scalars&) const = default;
};
BOOST_DESCRIBE_STRUCT(scalars, (), (flag, small, large, counter, narrow, ratio, when, paid, any, status))

struct filter
{
    std::optional<int> limit;
    std::vector<difficulty> levels;
    edm::list<int, 0, 2> pages;
    bool deep = false;
    double ratio = 0;
    edm::money price;
    edm::secret<8, 64> password;
    std::optional<edm::email> id;
    std::optional<edm::time_point> since;
    edm::raw_json raw;
    profile nested;
};
BOOST_DESCRIBE_STRUCT(filter, (), (limit, levels, pages, deep, ratio, price, password, id, since, raw, nested))

/// `body.steps[0].name missing`, one a violation, easy to compare.
inline std::string brief(const edm::violation& v)
{
    std::string out;
    for (std::size_t i = 0; i != v.loc.size(); ++i) {
        if (v.indexes >> i & 1)
            out += '[' + v.loc[i] + ']';
        else
            out += (i ? "." : "") + v.loc[i];
    }
    return out + ' ' + v.type;
}

inline std::vector<std::string> brief(const std::vector<edm::violation>& all)
{
    std::vector<std::string> out;
    for (const auto& v : all)
        out.push_back(brief(v));
    return out;
}

template <class T>
std::vector<edm::violation> violations(std::string_view json, edm::decode_options options = {})
{
    T value{};
    return edm::decode_into(value, json, options);
}

using strings = std::vector<std::string>;

} // namespace sample
