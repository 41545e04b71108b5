#pragma once

#include <edm/core/environment.hpp>
#include <edm/service/access_guard.hpp>
#include <edm/service/endpoint.hpp>
#include <edm/web/http.hpp>

#include <memory>

namespace edm::gateway {

struct stream_parts
{
    const edm::endpoint* endpoint;
    std::shared_ptr<call> on_behalf;
    std::shared_ptr<void> request;
    std::shared_ptr<access_guard> guard; ///< null: anybody may listen
    const edm::environment* environment;
    std::shared_ptr<void> seat; ///< one of those that the user may have
};

/// Runs an endpoint's stream over a connection; ends it when the reader's access does.
task<> run_stream(stream_parts p, web::stream_writer& to);

} // namespace edm::gateway
