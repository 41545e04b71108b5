#include <edm/config/setting.hpp>

#include <edm/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <expected>
#include <stdexcept>

namespace edm::config {

namespace {

template <class T>
using parsed = std::expected<T, std::string>;

parsed<std::string> parse(const std::string& text, std::type_identity<std::string>)
{
    return text;
}

parsed<std::int64_t> parse(const std::string& text, std::type_identity<std::int64_t>)
{
    std::int64_t n = 0;
    const char* last = text.data() + text.size();
    auto [end, problem] = std::from_chars(text.data(), last, n);
    if (problem != std::errc{} || end != last)
        return std::unexpected{std::string{"is not a whole number. Write digits only, such as 42."}};
    return n;
}

parsed<bool> parse(const std::string& text, std::type_identity<bool>)
{
    auto word = ascii_lower(text);
    if (word == "true" || word == "yes" || word == "on" || word == "1")
        return true;
    if (word == "false" || word == "no" || word == "off" || word == "0")
        return false;
    return std::unexpected{std::string{"is neither yes nor no. Write true or false."}};
}

parsed<milliseconds> parse(const std::string& text, std::type_identity<milliseconds>)
{
    if (auto length = parse_duration(text))
        return *length;
    return std::unexpected{
        std::string{"is not a duration. Write a whole number and a unit: 250ms, 5s, 10m, 24h, 30d."}};
}

std::string print(const std::string& value)
{
    return value;
}
std::string print(std::int64_t value)
{
    return fmt::format("{}", value);
}
std::string print(bool value)
{
    return value ? "true" : "false";
}
std::string print(milliseconds value)
{
    return format_duration(value);
}

std::int64_t measure(const std::string& value)
{
    return static_cast<std::int64_t>(code_points(value));
}
std::int64_t measure(std::int64_t value)
{
    return value;
}
bool measure(bool value)
{
    return value;
}
milliseconds measure(milliseconds value)
{
    return value;
}

template <class T>
std::string range(const setting_options<T>& o)
{
    constexpr auto unit = std::same_as<T, std::string> ? " characters" : "";
    if (o.min && o.max && *o.min == *o.max)
        return fmt::format("{}{}", print(*o.min), unit);
    if (o.min && o.max)
        return fmt::format("{} to {}{}", print(*o.min), print(*o.max), unit);
    if (o.min)
        return fmt::format("at least {}{}", print(*o.min), unit);
    if (o.max)
        return fmt::format("at most {}{}", print(*o.max), unit);
    return {};
}

template <class T>
std::optional<std::string> problem_of(const setting_options<T>& o, const T& value)
{
    if ((o.min && measure(value) < *o.min) || (o.max && measure(value) > *o.max))
        return fmt::format("{} {}.",
                           std::same_as<T, std::string> ? "has the wrong length. Allowed:"
                                                        : "is out of range. "
                                                          "Allowed:",
                           range(o));
    if constexpr (std::same_as<T, std::string>) {
        if (!o.choices.empty() && std::ranges::find(o.choices, value) == o.choices.end())
            return fmt::format("is not one of the choices. Write one of: {}.", fmt::join(o.choices, ", "));
    }
    return o.validate ? o.validate(value) : std::nullopt;
}

} // namespace

void setting_base::refuse_early_read() const
{
    throw std::logic_error{"the setting " + name_ + " was read before settings were loaded"};
}

template <setting_type T>
std::optional<std::string> setting<T>::take(const std::string& text)
{
    auto value = parse(text, std::type_identity<T>{});
    if (!value)
        return value.error();
    if (auto problem = problem_of(options_, *value))
        return problem;
    value_ = std::move(*value);
    return {};
}

template <setting_type T>
std::optional<std::string> setting<T>::default_text() const
{
    if (options_.default_value)
        return print(*options_.default_value);
    return {};
}

template <setting_type T>
std::string setting<T>::value_text() const
{
    return print(value_);
}

template <setting_type T>
std::string setting<T>::allowed() const
{
    if (!options_.choices.empty())
        return fmt::format("{}", fmt::join(options_.choices, ", "));
    if constexpr (std::same_as<T, bool>)
        return "true, false";
    return range(options_);
}

template class setting<std::string>;
template class setting<std::int64_t>;
template class setting<bool>;
template class setting<milliseconds>;

} // namespace edm::config
