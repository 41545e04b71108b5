#pragma once

#include "client_channel.hpp"
#include "client_target.hpp"

#include <expected>
#include <vector>

namespace edm::web {

/// The endpoints of a target: numeric addresses and `localhost` at once, unix sockets too, other names by the system's
/// resolver (a thread of Asio's). Ends after `patience`, even where the resolver does not.
task<std::expected<std::vector<client_channel::endpoint>, client_error>> resolve(io_executor& on, client_target to,
                                                                                 milliseconds patience);

} // namespace edm::web
