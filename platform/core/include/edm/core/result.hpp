#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace edm {

/// One kind of expected failure of a service: the name on the wire, the HTTP status, the sentence that people read.
/// Declared as a constant in the service's table of errors; compared by address.
struct error_kind
{
    int status;               ///< HTTP status code
    std::string_view name;    ///< wire name, such as `user_already_signed_up`
    std::string_view message; ///< one sentence
};

/// An expected failure: its kind, and where it helps a sentence of its own instead of the kind's.
struct failure
{
    const error_kind* kind;
    std::string message;         ///< empty: the kind's own
    int retry_after_seconds = 0; ///< 0: no Retry-After header
    std::string data_json{};     ///< JSON for `details.data`, empty: none

    failure(const error_kind& k) : kind(&k) {}
    failure(const error_kind& k, std::string text) : kind(&k), message(std::move(text)) {}
    failure&& retry_after(int seconds) &&
    {
        retry_after_seconds = seconds;
        return std::move(*this);
    }
    failure&& with_data(std::string json) &&
    {
        data_json = std::move(json);
        return std::move(*this);
    }
    std::string_view text() const { return message.empty() ? kind->message : std::string_view{message}; }
    bool is(const error_kind& k) const noexcept { return kind == &k; }
};

/// A value, or an expected failure. Unexpected failures are exceptions.
template <class T>
using result = std::expected<T, failure>;

/// A failure as the error of any `result`: `return fail(already_signed_up);`
inline std::unexpected<failure> fail(const error_kind& kind)
{
    return std::unexpected<failure>{failure{kind}};
}
inline std::unexpected<failure> fail(const error_kind& kind, std::string message)
{
    return std::unexpected<failure>{failure{kind, std::move(message)}};
}
inline std::unexpected<failure> fail(failure why)
{
    return std::unexpected<failure>{std::move(why)};
}

/// A value without content, for results that only succeed.
struct nothing
{
    bool operator==(const nothing&) const = default;
};

namespace errors {
/// Failures that the platform itself answers with, at any endpoint.
inline constexpr error_kind invalid_token{401, "invalid_token", "The access token is missing or invalid."};
inline constexpr error_kind expired_token{401, "expired_token", "The access token has expired."};
inline constexpr error_kind invalid_user{403, "invalid_user", "This user may not do that."};
inline constexpr error_kind not_found{404, "not_found", "There is no such resource."};
inline constexpr error_kind method_not_allowed{405, "method_not_allowed",
                                               "This resource does not support that method."};
inline constexpr error_kind timed_out{408, "request_timeout", "The request took too long to arrive."};
inline constexpr error_kind too_large{413, "content_too_large", "The request is too large."};
inline constexpr error_kind too_many{429, "too_many_requests", "Too many requests; try again later."};
inline constexpr error_kind too_many_streams{429, "too_many_streams",
                                             "This user has as many streams open as they may."};
inline constexpr error_kind internal{500, "internal_error", "Something went wrong here."};
inline constexpr error_kind not_here{503, "not_here", "This service does not run in this process."};
inline constexpr error_kind overloaded{503, "overloaded", "Too much work is waiting; try again later."};
inline constexpr error_kind store_away{503, "store_away", "The database is away; nothing was stored; try again later."};
inline constexpr error_kind busy{503, "document_busy", "The document is changed too often at once; try again later."};
inline constexpr error_kind not_yet{503, "not_yet_visible", "The change named by Edm-After has not arrived yet."};
inline constexpr error_kind too_slow{503, "took_too_long", "The request took too long; nothing was stored; try again."};
inline constexpr error_kind store_full{507, "store_full", "The disk is full; nothing was stored."};
inline constexpr error_kind outcome_unknown{500, "outcome_unknown", "It is not known whether the change was stored."};
} // namespace errors

} // namespace edm
