#include <edm/web/server.hpp>

#include "acceptor.hpp"

#include <future>

namespace edm::web {

struct server::state
{
    std::shared_ptr<server_core> core;
    std::vector<std::shared_ptr<server_context>> contexts;
    std::vector<std::shared_ptr<acceptor>> acceptors;
    std::uint16_t port = 0;
    bool stopped = false;

    /// Does `what` with every connection, on its context.
    void each_connection(void (connection::*what)())
    {
        for (const auto& context : contexts)
            context->on.post([context, what] {
                std::vector<std::shared_ptr<connection>> all;
                for (auto* each : context->connections)
                    all.push_back(each->shared_from_this());
                for (const auto& each : all)
                    ((*each).*what)();
            });
    }
};

server::server(contexts& on, handler& answers, limits with, environment env) : state_(std::make_unique<state>())
{
    state_->core = std::make_shared<server_core>(answers, with, env);
    for (std::size_t i = 0; i < on.size(); ++i)
        state_->contexts.push_back(std::make_shared<server_context>(state_->core, io_of(on.at(i))));
}

server::~server()
{
    stop(milliseconds{0});
}

std::uint16_t server::listen(std::string_view host, std::uint16_t port)
{
    auto listening = std::make_shared<acceptor>(state_->core, state_->contexts);
    state_->port = listening->listen_tcp(host, port);
    listening->start();
    state_->acceptors.push_back(std::move(listening));
    return state_->port;
}

void server::listen_unix(const std::string& path)
{
    auto listening = std::make_shared<acceptor>(state_->core, state_->contexts);
    listening->listen_unix(path);
    listening->start();
    state_->acceptors.push_back(std::move(listening));
}

std::uint16_t server::port() const noexcept
{
    return state_->port;
}

bool server::stop(milliseconds grace)
{
    constexpr milliseconds to_close{1'000};
    if (std::exchange(state_->stopped, true))
        return state_->core->wait_empty(grace);
    state_->core->stopping = true;
    if (!state_->acceptors.empty()) {
        auto closed = std::make_shared<std::promise<void>>();
        state_->contexts.front()->on.post([all = state_->acceptors, closed] {
            for (const auto& each : all)
                each->close();
            closed->set_value();
        });
        closed->get_future().wait_for(to_close); // contexts that do not run cannot close
    }
    state_->each_connection(&connection::drain);
    bool ended = state_->core->wait_empty(grace);
    if (!ended) {
        state_->each_connection(&connection::abort);
        ended = state_->core->wait_empty(to_close);
    }
    return ended;
}

server_counts server::counts() const noexcept
{
    const auto& core = *state_->core;
    return {core.open.load(),     core.streams.load(), core.places->taken(),  core.accepted.load(),
            core.requests.load(), core.refused.load(), core.body_bytes.load()};
}

} // namespace edm::web
