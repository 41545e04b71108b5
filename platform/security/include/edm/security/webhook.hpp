#pragma once

#include <edm/core/time.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edm::security {

/// Whether this is a secret of Standard Webhooks 1.0: `whsec_` and 24 to 64 bytes in base64.
bool is_webhook_secret(std::string_view secret);
/// What is wrong with the value of a setting that should be one, for its check.
std::optional<std::string> webhook_secret_problem(const std::string& secret);

/// The `webhook-signature` of a message (Standard Webhooks 1.0): `v1,<base64 HMAC-SHA256 of id.timestamp.body>`.
/// Throws std::invalid_argument for what is no webhook secret. `timestamp` in Unix seconds.
std::string sign_webhook(std::string_view secret, std::string_view id, std::string_view timestamp,
                         std::string_view body);

/// Whether one of the signatures (separated by blanks) is by one of the secrets, and the timestamp within 5 minutes.
/// Throws std::invalid_argument where one of the secrets is none: a secret that is skipped would never be missed.
bool verify_webhook(const std::vector<std::string>& secrets, std::string_view id, std::string_view timestamp,
                    std::string_view signatures, std::string_view body, time_point now);

} // namespace edm::security
