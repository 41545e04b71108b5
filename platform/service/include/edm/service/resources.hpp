#pragma once

#include <edm/core/environment.hpp>
#include <edm/core/result.hpp>
#include <edm/core/task.hpp>

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm {

namespace security {
class password_hasher;
class token_signer;
} // namespace security

/// A mail to one person. Header values with CR or LF are refused.
struct mail
{
    std::string to;
    std::string subject;
    std::string text;
    std::string html;       ///< empty: text only
    std::string message_id; ///< the stable id of this effect, without angle brackets
    std::string traceparent;
};

/// Sends mail; slow engines work on their own pool. A failure is worth another try.
class mailer
{
  public:
    virtual ~mailer() = default;
    virtual task<std::expected<void, std::string>> send(edm::mail message) = 0;
};

struct http_answer
{
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers; ///< lower-case names
    std::string body;
};

enum class http_problem
{
    refused,
    timeout,
    broken
};

/// Calls outside parties over HTTP. It never repeats a request; redirects are not followed.
class http_caller
{
  public:
    virtual ~http_caller() = default;
    /// `refused`: no connection was made, so nothing was sent. The other problems leave the outcome open.
    virtual task<std::expected<http_answer, http_problem>>
    post(std::string url, std::vector<std::pair<std::string, std::string>> headers, std::string body,
         milliseconds limit) = 0;
};

/// What the platform gives to every service: nothing here is global. Outlives the services.
struct resources
{
    edm::environment environment;
    security::password_hasher* hasher = nullptr;
    const security::token_signer* tokens = nullptr;
    mailer* mail = nullptr;
    http_caller* http = nullptr;
    std::string public_url;  ///< without a slash at the end
    bool development = true; ///< EDM_ENV
};

/// The Message-ID of the mail that an item of due work sends, without angle brackets: the same however often it is
/// sent.
std::string mail_message_id(const resources& from, std::string_view service, std::string_view item);

} // namespace edm
