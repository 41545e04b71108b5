#include "scalar.hpp"

#include <edm/core/text.hpp>
#include <edm/core/time.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

namespace edm::describing {

namespace {

/// `|number| * 10^places` as an integer, digit by digit.
struct scaled
{
    std::uint64_t magnitude = 0;
    bool negative = false;
    bool inexact = false; ///< there are further digits that are not zero
    bool huge = false;    ///< over 64 bits
};

bool digit(char c)
{
    return c >= '0' && c <= '9';
}

void push_digit(scaled& n, unsigned d)
{
    n.huge = n.huge || __builtin_mul_overflow(n.magnitude, std::uint64_t{10}, &n.magnitude) ||
             __builtin_add_overflow(n.magnitude, std::uint64_t{d}, &n.magnitude);
}

scaled scale(std::string_view number, long places)
{
    scaled result;
    result.negative = number.starts_with('-');
    if (result.negative)
        number.remove_prefix(1);
    std::string_view mantissa = number;
    long exponent = 0;
    if (auto e = number.find_first_of("eE"); e != std::string_view::npos) {
        mantissa = number.substr(0, e);
        std::string_view power = number.substr(e + 1);
        if (power.starts_with('+'))
            power.remove_prefix(1);
        auto [_, failed] = std::from_chars(power.data(), power.data() + power.size(), exponent);
        constexpr long far = 1'000'000'000;
        if (failed == std::errc::result_out_of_range)
            exponent = power.starts_with('-') ? -far : far;
        exponent = std::clamp(exponent, -far, far);
    }
    // Digits before this place count, all others have to be zero.
    long end = static_cast<long>(std::min(mantissa.find('.'), mantissa.size())) + exponent + places;
    long at = 0;
    for (char c : mantissa) {
        if (c == '.')
            continue;
        if (at < end)
            push_digit(result, static_cast<unsigned>(c - '0'));
        else if (c != '0')
            result.inexact = true;
        ++at;
    }
    for (; at < end && result.magnitude != 0 && !result.huge; ++at)
        push_digit(result, 0);
    return result;
}

void store_integer(void* out, std::uint8_t width, std::int64_t value)
{
    switch (width) {
    case 1: {
        auto v = static_cast<std::int8_t>(value);
        std::memcpy(out, &v, 1);
        break;
    }
    case 2: {
        auto v = static_cast<std::int16_t>(value);
        std::memcpy(out, &v, 2);
        break;
    }
    case 4: {
        auto v = static_cast<std::int32_t>(value);
        std::memcpy(out, &v, 4);
        break;
    }
    default:
        std::memcpy(out, &value, 8);
    }
}

problem too_small(std::string_view bound)
{
    return {"greater_than_equal", fmt::format("Input should be greater than or equal to {}", bound)};
}

problem too_big(std::string_view bound)
{
    return {"less_than_equal", fmt::format("Input should be less than or equal to {}", bound)};
}

problem has_fraction()
{
    return {"int_from_float", "Input should be a valid integer, got a number with a fractional part"};
}

problem set_integer(const type& t, void* out, std::string_view number)
{
    scaled n = scale(number, 0);
    if (n.inexact && !n.huge)
        return has_fraction();
    constexpr std::uint64_t limit = std::uint64_t{1} << 63;
    if (n.negative) {
        bool out_of_range = n.huge || n.magnitude > limit;
        auto value = static_cast<std::int64_t>(0 - n.magnitude);
        if (out_of_range || value < t.min)
            return too_small(fmt::to_string(t.min));
        if (value > t.max)
            return too_big(fmt::to_string(t.max));
        store_integer(out, t.width, value);
        return {};
    }
    auto value = static_cast<std::int64_t>(n.magnitude);
    if (n.huge || n.magnitude >= limit || value > t.max)
        return too_big(fmt::to_string(t.max));
    if (value < t.min)
        return too_small(fmt::to_string(t.min));
    store_integer(out, t.width, value);
    return {};
}

problem set_unsigned(const type& t, void* out, std::string_view number)
{
    scaled n = scale(number, 0);
    if (n.inexact && !n.huge)
        return has_fraction();
    if (n.negative && (n.magnitude != 0 || n.huge))
        return too_small("0");
    std::uint64_t max = std::numeric_limits<std::uint64_t>::max() >> (64 - 8 * t.width);
    if (n.huge || n.magnitude > max)
        return too_big(fmt::to_string(max));
    store_integer(out, t.width, static_cast<std::int64_t>(n.magnitude));
    return {};
}

problem set_money(const type& t, void* out, std::string_view number)
{
    scaled n = scale(number, 2);
    auto max = static_cast<std::uint64_t>(t.max);
    if (n.negative && (n.magnitude != 0 || n.huge || n.inexact))
        return too_small("0");
    if (n.huge || n.magnitude > max)
        return too_big(fmt::format("{}.{:02}", max / 100, max % 100));
    if (n.inexact)
        return {"decimal_max_places", "Decimal input should have no more than 2 decimal places"};
    store_integer(out, 8, static_cast<std::int64_t>(n.magnitude));
    return {};
}

problem set_double(void* out, std::string_view number)
{
    double value = 0;
    auto [_, failed] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (failed == std::errc::result_out_of_range) {
        if (scale(number, 0).huge)
            return {"finite_number", "Input should be a finite number"};
        value = 0; // nearer to zero than any double
    }
    std::memcpy(out, &value, sizeof value);
    return {};
}

std::string count(std::int64_t n, std::string_view noun)
{
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

problem check_length(const type& t, std::string_view text, lower_bounds bounds)
{
    auto min = bounds == lower_bounds::hold ? t.min : 0;
    auto length = static_cast<std::int64_t>(text.size());
    if (length <= t.max && length >= 4 * std::min<std::int64_t>(min, 1'000'000'000))
        return {};
    length = static_cast<std::int64_t>(code_points(text));
    if (length < min)
        return {"string_too_short", "String should have at least " + count(min, "character")};
    if (length > t.max)
        return {"string_too_long", "String should have at most " + count(t.max, "character")};
    return {};
}

problem wrong_enumerator(const type& t)
{
    std::string msg = "Input should be ";
    for (std::size_t i = 0; i != t.names.size(); ++i) {
        if (i != 0)
            msg += i + 1 == t.names.size() ? " or " : ", ";
        msg.append("'").append(t.names[i]).append("'");
    }
    return {"enum", std::move(msg)};
}

bool follows_number_grammar(std::string_view text, bool fraction)
{
    auto digits = [&] {
        std::size_t n = 0;
        while (n != text.size() && digit(text[n]))
            ++n;
        text.remove_prefix(n);
        return n != 0;
    };
    if (text.starts_with('-'))
        text.remove_prefix(1);
    if (!digits())
        return false;
    if (fraction && text.starts_with('.')) {
        text.remove_prefix(1);
        if (!digits())
            return false;
    }
    if (fraction && (text.starts_with('e') || text.starts_with('E'))) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-'))
            text.remove_prefix(1);
        if (!digits())
            return false;
    }
    return text.empty();
}

} // namespace

problem wrong_type(const type& t)
{
    switch (t.kind) {
    case kind::text:
    case kind::secret:
    case kind::email:
        return {"string_type", "Input should be a valid string"};
    case kind::integer:
    case kind::unsigned_integer:
        return {"int_type", "Input should be a valid integer"};
    case kind::money:
    case kind::floating:
        return {"float_type", "Input should be a valid number"};
    case kind::boolean:
        return {"bool_type", "Input should be a valid boolean"};
    case kind::time:
        return {"datetime_type", "Input should be a valid datetime"};
    case kind::enumeration:
        return wrong_enumerator(t);
    case kind::list:
        return {"list_type", "Input should be a valid list"};
    case kind::map:
        return {"dict_type", "Input should be a valid dictionary"};
    case kind::object:
        return {"model_attributes_type", "Input should be a valid dictionary or object to extract fields from"};
    case kind::optional:
        return wrong_type(*t.element);
    case kind::raw:
        break;
    }
    return {"value_error", "Value error, the value is not JSON"};
}

problem set_text(const type& t, void* out, std::string_view text, lower_bounds bounds)
{
    switch (t.kind) {
    case kind::text:
    case kind::secret: {
        if (auto p = check_length(t, text, bounds))
            return p;
        static_cast<std::string*>(out)->assign(text);
        return {};
    }
    case kind::email:
        if (const char* flaw = email_flaw(text); flaw && !(text.empty() && bounds == lower_bounds::are_waived))
            return {"value_error", fmt::format("value is not a valid email address: {}", flaw)};
        *static_cast<std::string*>(out) = ascii_lower(text);
        return {};
    case kind::time:
        if (auto when = from_rfc3339(text); when && has_rfc3339(*when)) {
            *static_cast<time_point*>(out) = *when;
            return {};
        }
        return {"datetime_parsing", "Input should be a valid datetime with an offset, as in RFC 3339"};
    case kind::enumeration:
        for (std::size_t i = 0; i != t.names.size(); ++i) {
            if (t.names[i] == text) {
                store_integer(out, t.width, t.values[i]);
                return {};
            }
        }
        return wrong_enumerator(t);
    default:
        return wrong_type(t);
    }
}

problem set_number(const type& t, void* out, std::string_view number)
{
    switch (t.kind) {
    case kind::integer:
        return set_integer(t, out, number);
    case kind::unsigned_integer:
        return set_unsigned(t, out, number);
    case kind::money:
        return set_money(t, out, number);
    case kind::floating:
        return set_double(out, number);
    default:
        return wrong_type(t);
    }
}

problem parse_number(const type& t, void* out, std::string_view text)
{
    bool fraction = t.kind == kind::floating || t.kind == kind::money;
    if (follows_number_grammar(text, fraction))
        return set_number(t, out, text);
    if (fraction)
        return {"float_parsing", "Input should be a valid number, unable to parse string as a number"};
    return {"int_parsing", "Input should be a valid integer, unable to parse string as an integer"};
}

problem check_size(const type& t, std::size_t items, lower_bounds bounds)
{
    auto n = static_cast<std::int64_t>(items);
    if (n < t.min && bounds == lower_bounds::hold)
        return {"too_short",
                fmt::format("List should have at least {} after validation, not {}", count(t.min, "item"), n)};
    if (n > t.max)
        return {"too_long",
                fmt::format("List should have at most {} after validation, not {}", count(t.max, "item"), n)};
    return {};
}

bool has_rfc3339(time_point when) noexcept
{
    using namespace std::chrono;
    constexpr sys_days first{year{0} / January / 1}, end{year{10'000} / January / 1};
    return when >= first && when < end;
}

std::int64_t load_integer(const void* from, std::uint8_t width, bool is_signed)
{
    std::uint64_t bits = 0;
    std::memcpy(&bits, from, width); // little-endian, checked below
    static_assert(std::endian::native == std::endian::little);
    if (is_signed && width < 8) {
        unsigned unused = 64 - 8u * width;
        return static_cast<std::int64_t>(bits << unused) >> unused;
    }
    return static_cast<std::int64_t>(bits);
}

} // namespace edm::describing
