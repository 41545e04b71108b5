#pragma once

#include "program.hpp"

#include <map>
#include <string>
#include <vector>

namespace edm::app {

/// The processes that run each service.
using places = std::map<std::string, std::vector<config::listen_address>, std::less<>>;

/// A complete configuration for nginx that joins processes under one address: each declared route goes to the processes
/// that run its service, what every process serves goes to any of them, what tells of one process alone to none.
/// Throws usage_error where a route cannot be told from another service's by its path.
/// @param listen what nginx's `listen` takes: a port, or an address and a port
std::string nginx_config(const program& declared, const places& at, std::string_view listen);

} // namespace edm::app
