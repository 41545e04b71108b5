#pragma once

#include <edm/reference/reference.hpp>

#include <span>
#include <string>
#include <string_view>

namespace edm::reference {

/// A route that the platform itself answers, in every program.
struct platform_path
{
    std::string_view path;
    std::string_view method; ///< in lower case
    std::string operation;   ///< an operation object
};

/// The tag of the platform's own routes.
inline constexpr std::string_view platform_tag = "platform";
inline constexpr std::string_view platform_text = "Health, metrics, the trail of a key, and the operator's commands.";

/// Routes of the administrator for what waits for a decision (`operator_paths.cpp`).
std::span<const platform_path> operator_paths();
/// Routes for probes, monitoring and the administrator.
std::span<const platform_path> platform_paths();

} // namespace edm::reference
