#pragma once

#include "json.hpp"
#include "operation.hpp"
#include "platform_paths.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace edm::reference {

/// The security requirement of what only the administrator may do.
inline constexpr std::string_view administrators = R"([{"OAuth2PasswordBearer":[]}])";

/// An operation object of the platform, without its answers.
json_object operation(std::string_view id, std::string_view summary, std::string_view description);
/// A response object.
std::string answer(std::string_view description, std::string_view content_json);
/// A response object of failures that share a status.
std::string refused(std::initializer_list<const error_kind*> kinds, bool challenge = false);

} // namespace edm::reference
