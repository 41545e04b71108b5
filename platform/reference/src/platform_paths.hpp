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
    std::string operation; ///< a path item's `get`: an operation object
};

/// The tag of the platform's own routes.
inline constexpr std::string_view platform_tag = "platform";
inline constexpr std::string_view platform_text = "Health, metrics and the trail of a key.";

/// Routes for probes, monitoring and the administrator, in the order of their paths.
std::span<const platform_path> platform_paths();

} // namespace edm::reference
