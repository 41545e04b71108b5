#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace edm {

/// What a value is in memory and in JSON. The interpreters of this module switch on it.
enum class kind : std::uint8_t
{
    text,             ///< std::string; `min` and `max` in code points
    secret,           ///< std::string that is decoded and never encoded
    email,            ///< std::string, lower case
    money,            ///< std::int64_t in minor units; in JSON a decimal with at most two places
    integer,          ///< signed, `width` bytes, between `min` and `max`
    unsigned_integer, ///< unsigned, `width` bytes
    floating,         ///< double
    boolean,          ///< bool
    time,             ///< edm::time_point; in JSON RFC 3339
    enumeration,      ///< `width` bytes; in JSON one of `names`
    optional,         ///< std::optional of `element`
    list,             ///< std::vector of `element`, `min` to `max` items
    map,              ///< std::map from std::string to `element`
    object,           ///< a described struct
    raw,              ///< std::string that holds any JSON; with an `element`, it is written as that type's
};

struct type;

/// One member of a described struct.
struct field
{
    std::string_view name;
    const edm::type* type;
    void* (*at)(void* object); ///< the member's address
    bool may_be_absent;        ///< named by `optional_fields`: absence leaves the member as it was
    std::string_view example;  ///< JSON text; empty: none

    bool required() const noexcept;
    const void* of(const void* object) const { return at(const_cast<void*>(object)); }
};

/// What the interpreters need to do with containers, with types erased.
struct container_operations
{
    std::size_t (*size)(const void* container);               ///< of an optional 0 or 1
    const void* (*nth)(const void* container, std::size_t n); ///< list and optional
    void* (*append)(void* container);                         ///< list: a new last item; optional: a new value
    void (*clear)(void* container);
    /// Map: a new item, null where the key is there already. `stored` becomes the key inside the map.
    void* (*insert)(void* container, std::string_view key, const std::string** stored);
    void (*each)(const void* container, void* context,
                 void (*visit)(void* context, const std::string& key, const void* value)); ///< map, in key order
};

/// The description of a type as data: constant, one per C++ type, compared by address.
struct type
{
    static constexpr std::int64_t unbounded = std::numeric_limits<std::int64_t>::max();

    edm::kind kind{};
    std::uint8_t width = 0;       ///< bytes of integers and enumerations
    bool secret = false;          ///< is a secret or holds one, at any depth
    std::string_view name{};      ///< of structs and enumerations, without namespaces
    std::string_view full_name{}; ///< with namespaces
    std::string_view description{};
    std::string_view format{}; ///< JSON Schema's `format`
    std::int64_t min = 0;
    std::int64_t max = unbounded;
    const type* element = nullptr;
    std::span<const field> fields{};
    std::span<const std::string_view> names{}; ///< of enumerators
    std::span<const std::int64_t> values{};    ///< of enumerators, in the order of `names`
    const container_operations* container = nullptr;

    /// The field of that name, or null.
    const field* find(std::string_view field_name) const noexcept
    {
        for (const field& f : fields)
            if (f.name == field_name)
                return &f;
        return nullptr;
    }
};

inline bool field::required() const noexcept
{
    return !may_be_absent && type->kind != kind::optional;
}

} // namespace edm
