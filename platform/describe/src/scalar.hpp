#pragma once

#include <edm/describe/type.hpp>

#include <edm/core/time.hpp>

#include <string>
#include <string_view>

namespace edm::describing {

/// Whether the lower bounds of lengths and sizes hold. What was written earlier may lack them: a field that came later
/// was stored as its initializer, which may be empty.
enum class lower_bounds : bool
{
    hold,
    are_waived,
};

/// Why a value is refused; converts to false where it is not.
struct problem
{
    std::string_view type{};
    std::string msg{};

    explicit operator bool() const noexcept { return !type.empty(); }
};

/// The value in JSON is of another sort than `t` takes.
problem wrong_type(const type& t);
/// Stores well-formed UTF-8 as a text, secret, e-mail address, time or enumerator.
problem set_text(const type& t, void* out, std::string_view text, lower_bounds bounds = lower_bounds::hold);
/// Stores a number that follows JSON's grammar (leading zeros allowed) as an integer, double or money.
problem set_number(const type& t, void* out, std::string_view number);
/// Stores text as the number of a form or a query, checking the grammar first.
problem parse_number(const type& t, void* out, std::string_view text);
/// The number of items of a list, against its bounds.
problem check_size(const type& t, std::size_t items, lower_bounds bounds = lower_bounds::hold);

/// Why `text` is no e-mail address; null where it is one.
const char* email_flaw(std::string_view text);

/// Whether RFC 3339 can write it: its year is from 0000 to 9999.
bool has_rfc3339(time_point when) noexcept;

std::int64_t load_integer(const void* from, std::uint8_t width, bool is_signed);

} // namespace edm::describing
