#pragma once

#include <edm/describe/reflect.hpp>

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm {

/// One thing that is wrong with an input: where, one sentence, and its type, as pydantic v2 names it. It never holds
/// a part of the input but names of fields and keys.
struct violation
{
    std::vector<std::string> loc; ///< from the root: `body`, `credentials`, `password`
    std::string msg;
    std::string type;
    std::uint64_t indexes = 0; ///< bit n: loc[n] is an index of a list, a number in JSON

    bool operator==(const violation&) const = default;
};

struct decode_options
{
    std::string_view root = "body"; ///< first part of each `loc`
    /// For documents and events that were written earlier: a missing field keeps its member's initializer, and lower
    /// bounds of lengths and sizes do not count (an empty e-mail address is one of length 0), for an initializer that
    /// was stored since then has to be read again.
    bool lenient = false;
    bool forbid_unknown = false; ///< unknown fields are violations, else they are ignored
    std::span<const std::string_view> skip =
        {}; ///< fields of the outermost struct that come from elsewhere (path, header)
};

/// No more violations of one input are reported than this: a hostile body does not choose the size of its answer.
inline constexpr std::size_t max_violations = 256;

/// Reads JSON (RFC 8259, UTF-8, depth at most 32, no known field or map key twice) into the value that `t` describes.
/// Returns every violation at once, ordered by fields; none: `out` is complete. Where there are any, `out` is partly
/// filled. JSON that is malformed yields one violation, `json_invalid` with the byte offset in `loc`.
std::vector<violation> decode_into(const type& t, void* out, std::string_view json, const decode_options& options = {});

template <class T>
    requires(!std::is_const_v<T> && !std::same_as<T, type>)
std::vector<violation> decode_into(T& out, std::string_view json, const decode_options& options = {})
{
    return decode_into(describe<T>(), &out, json, options);
}

template <class T>
std::expected<T, std::vector<violation>> decode(std::string_view json, const decode_options& options = {})
{
    T value{};
    auto violations = decode_into(describe<T>(), &value, json, options);
    if (!violations.empty())
        return std::unexpected{std::move(violations)};
    return value;
}

/// Converts text of a query, path, header or form into the field of that name; a list gets one more item. A name that
/// is no field of `struct_type` is ignored. Structs and maps cannot come from text.
std::vector<violation> assign(const type& struct_type, void* out, std::string_view field_name, std::string_view text,
                              std::string_view root);
/// A violation for each required field that is not among `present`.
std::vector<violation> missing_violations(const type& struct_type, std::span<const std::string_view> present,
                                          std::string_view root);

/// The body of a 422 answer, as FastAPI writes it: `{"detail":[{"loc":["body","id"],"msg":"…","type":"…"}]}`.
std::string violations_json(std::span<const violation> violations);

} // namespace edm
