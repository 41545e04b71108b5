#pragma once

#include "card.hpp"

#include <edm/service/service.hpp>

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm::payment_provider {

/// What is wrong with a Fernet key; none: nothing.
std::optional<std::string> key_problem(const std::string& key);

/// A Fernet token over a card's JSON.
std::string seal(const std::string& key, std::string_view plaintext, const environment& at);
/// The card that a token holds. The error is for people and shows neither.
std::expected<card, std::string> unseal(const std::string& key, std::string_view token, time_point now);

/// The headers of a signed webhook, `content-type` and trace included.
std::vector<std::pair<std::string, std::string>> signed_headers(const std::string& secret, const std::string& id,
                                                                time_point now, const std::string& body);

} // namespace edm::payment_provider
