#include "resolve.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <fmt/format.h>

#include <optional>
#include <sys/un.h>

namespace edm::web {

namespace {

using endpoints = std::vector<client_channel::endpoint>;
using answer = std::expected<endpoints, error_code>;
using tcp = asio::ip::tcp;

std::optional<endpoints> known(const client_target& to)
{
    if (!to.unix_path.empty())
        return endpoints{client_channel::endpoint{asio::local::stream_protocol::endpoint{to.unix_path}}};
    if (to.host == "localhost")
        return endpoints{client_channel::endpoint{tcp::endpoint{asio::ip::address_v4::loopback(), to.port}},
                         client_channel::endpoint{tcp::endpoint{asio::ip::address_v6::loopback(), to.port}}};
    error_code not_numeric;
    const auto address = asio::ip::make_address(to.host, not_numeric);
    if (not_numeric)
        return std::nullopt;
    return endpoints{client_channel::endpoint{tcp::endpoint{address, to.port}}};
}

/// A look-up that is answered by the resolver or by the clock, whichever comes first.
struct lookup
{
    lookup(io_executor& on, resumption<answer> r) : resolver(on.io()), resume(r) {}

    void settle(answer a)
    {
        if (!std::exchange(settled, true))
            resume(std::move(a));
    }

    asio::ip::basic_resolver<tcp, asio::io_context::executor_type> resolver;
    resumption<answer> resume;
    bool settled = false;
};

void start_lookup(io_executor& on, const client_target& to, milliseconds patience, resumption<answer> done)
{
    auto state = std::make_shared<lookup>(on, done);
    state->resolver.async_resolve(to.host, std::to_string(to.port),
                                  [state](error_code failed, tcp::resolver::results_type found) {
                                      endpoints all;
                                      for (const auto& each : found)
                                          all.emplace_back(each.endpoint());
                                      state->settle(failed ? answer{std::unexpected{failed}} : answer{std::move(all)});
                                  });
    on.after(patience, [state] { state->settle(std::unexpected{error_code{asio::error::timed_out}}); });
}

} // namespace

task<std::expected<endpoints, client_error>> resolve(io_executor& on, client_target to, milliseconds patience)
{
    if (to.unix_path.size() >= sizeof(sockaddr_un::sun_path))
        co_return std::unexpected{client_error{client_failure::malformed, "the socket's path is too long"}};
    if (auto at_once = known(to))
        co_return std::move(*at_once);
    answer found = co_await callback<answer>([&](resumption<answer> done) { start_lookup(on, to, patience, done); });
    if (found)
        co_return std::move(*found);
    const bool late = found.error() == asio::error::timed_out;
    co_return std::unexpected{client_error{late ? client_failure::timeout : client_failure::refused,
                                           fmt::format("cannot resolve {}: {}", to.host, found.error().message())}};
}

} // namespace edm::web
