#pragma once

#include <edm/config/platform_settings.hpp>

namespace edm::app {

/// Logs go to stderr as the settings say. What libraries and engines write through spdlog takes the same way, as the
/// field `what` of an event `message`.
/// @param only_warnings leaves out what is less, whatever the settings say
void configure_log(const platform_settings& platform, bool only_warnings);

} // namespace edm::app
