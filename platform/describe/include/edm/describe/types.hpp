#pragma once

#include <edm/core/time.hpp>

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm {

namespace describing {
template <class S>
concept text_like =
    std::same_as<S, std::string> || std::same_as<S, std::string_view> || std::convertible_to<const S&, const char*>;
}

/// Overwrites the whole capacity of `text`, in a way that the compiler keeps, and empties it.
void wipe(std::string& text) noexcept;

/// Text of `Min` to `Max` Unicode code points. The bounds are checked by `decode`, not by the program's own
/// assignments.
template <std::size_t Min, std::size_t Max>
struct text
{
    static_assert(Min <= Max, "text<Min, Max>: write the smaller length first");

    std::string value;

    text() = default;
    text(std::string v) : value(std::move(v)) {}
    text(std::string_view v) : value(v) {}
    text(const char* v) : value(v) {}

    operator const std::string&() const noexcept { return value; }
    operator std::string_view() const noexcept { return value; }
    const std::string& str() const noexcept { return value; }
    bool empty() const noexcept { return value.empty(); }

    bool operator==(const text&) const = default;
    auto operator<=>(const text&) const = default;
    template <describing::text_like S>
    friend bool operator==(const text& a, const S& b) noexcept
    {
        return std::string_view{a.value} == std::string_view(b);
    }
    template <describing::text_like S>
    friend auto operator<=>(const text& a, const S& b) noexcept
    {
        return std::string_view{a.value} <=> std::string_view(b);
    }
};

/// Text that is read and never written: encoding a struct that holds one does not compile, nothing formats it, and
/// violations do not show it. It is overwritten when it is destroyed, moved from or assigned.
template <std::size_t Min, std::size_t Max>
struct secret
{
    static_assert(Min <= Max, "secret<Min, Max>: write the smaller length first");

    std::string value_; ///< for the decoder; read it with `reveal()`

    secret() = default;
    explicit secret(std::string v) : value_(std::move(v)) { wipe(v); }
    secret(const secret&) = default;
    secret(secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }
    secret& operator=(const secret& other)
    {
        if (this != &other) {
            wipe(value_);
            value_ = other.value_;
        }
        return *this;
    }
    secret& operator=(secret&& other) noexcept
    {
        if (this != &other) {
            wipe(value_);
            value_ = std::move(other.value_);
            wipe(other.value_);
        }
        return *this;
    }
    ~secret() { wipe(value_); }

    const std::string& reveal() const noexcept { return value_; }
};

/// An e-mail address in lower case: ASCII, at most 254 characters, `local@domain` with a dot in the domain.
/// `decode` checks and lowers it.
struct email
{
    std::string value;

    operator const std::string&() const noexcept { return value; }
    operator std::string_view() const noexcept { return value; }
    const std::string& str() const noexcept { return value; }
    bool empty() const noexcept { return value.empty(); }

    bool operator==(const email&) const = default;
    auto operator<=>(const email&) const = default;
    template <describing::text_like S>
    friend bool operator==(const email& a, const S& b) noexcept
    {
        return std::string_view{a.value} == std::string_view(b);
    }
    template <describing::text_like S>
    friend auto operator<=>(const email& a, const S& b) noexcept
    {
        return std::string_view{a.value} <=> std::string_view(b);
    }
};

struct minor_units;

/// An amount from 0 to 99,999,999.99, in JSON a decimal number with at most two places, which never is a double here.
struct money
{
    std::int64_t minor = 0; ///< hundredths

    explicit operator minor_units() const noexcept;
    bool operator==(const money&) const = default;
    auto operator<=>(const money&) const = default;
};

/// An amount as documents and events keep it: a JSON integer of hundredths.
struct minor_units
{
    std::int64_t value = 0;

    explicit operator money() const noexcept { return money{value}; }
    bool operator==(const minor_units&) const = default;
    auto operator<=>(const minor_units&) const = default;
};

inline money::operator minor_units() const noexcept
{
    return minor_units{minor};
}

/// An integer from `Min` to `Max`.
template <auto Min, auto Max>
struct whole
{
    static_assert(Min <= Max, "whole<Min, Max>: write the smaller bound first");

    std::int64_t value = Min > 0 ? std::int64_t{Min} : Max < 0 ? std::int64_t{Max} : 0;

    whole() = default;
    whole(std::int64_t v) : value(v) {}
    operator std::int64_t() const noexcept { return value; }
};

/// A list of `Min` to `Max` items.
template <class T, std::size_t Min, std::size_t Max>
struct list
{
    static_assert(Min <= Max, "list<T, Min, Max>: write the smaller size first");

    std::vector<T> value;

    list() = default;
    list(std::vector<T> v) : value(std::move(v)) {}
    list(std::initializer_list<T> v) : value(v) {}

    auto begin() const noexcept { return value.begin(); }
    auto end() const noexcept { return value.end(); }
    auto begin() noexcept { return value.begin(); }
    auto end() noexcept { return value.end(); }
    std::size_t size() const noexcept { return value.size(); }
    bool empty() const noexcept { return value.empty(); }
    const T& operator[](std::size_t n) const noexcept { return value[n]; }
    T& operator[](std::size_t n) noexcept { return value[n]; }
    void push_back(T item) { value.push_back(std::move(item)); }

    bool operator==(const list&) const = default;
};

/// Any JSON, kept as text: numbers digit by digit, members in their order; white space and the spelling of escapes in
/// strings are not kept. Encoded as it is; empty is `null`.
struct raw_json
{
    std::string value;

    bool operator==(const raw_json&) const = default;
};

} // namespace edm
