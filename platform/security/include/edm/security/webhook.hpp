#pragma once

#include <edm/core/time.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace edm::security {

/// The `webhook-signature` of a message (Standard Webhooks 1.0): `v1,<base64 HMAC-SHA256 of id.timestamp.body>`.
/// The secret is `whsec_<base64>`; throws std::invalid_argument for another. `timestamp` in Unix seconds.
std::string sign_webhook(std::string_view secret, std::string_view id, std::string_view timestamp,
                         std::string_view body);

/// Whether one of the signatures (separated by blanks) is by one of the secrets, and the timestamp within 5 minutes.
bool verify_webhook(const std::vector<std::string>& secrets, std::string_view id, std::string_view timestamp,
                    std::string_view signatures, std::string_view body, time_point now);

} // namespace edm::security
