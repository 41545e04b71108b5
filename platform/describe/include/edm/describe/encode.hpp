#pragma once

#include <edm/describe/reflect.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace edm {

/// Appends `text` as a JSON string. Malformed UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Appends the JSON of the value that `t` describes: fields in their order, absent optionals left out.
/// Throws std::logic_error where it meets a secret, an enumeration without a name for its value, or a time outside the
/// years 0000 to 9999 (RFC 3339).
void encode_to(std::string& out, const type& t, const void* value);

template <class T>
void encode_to(std::string& out, const T& value)
{
    static_assert(!describing::type_of<T>.secret,
                  "this struct holds a secret<>, which is never encoded: copy the other "
                  "fields into a struct without it");
    encode_to(out, describe<T>(), &value);
}

template <class T>
std::string encode(const T& value)
{
    std::string out;
    encode_to(out, value);
    return out;
}

} // namespace edm
