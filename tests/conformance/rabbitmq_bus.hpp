#pragma once

#include "buses.hpp"
#include "rabbitmq_server.hpp"

#include <edm/bus_rabbitmq/bus_rabbitmq.hpp>

namespace edm::conformance {

/// Each test begins with a broker that holds nothing of ours.
class rabbitmq_under_test final : public bus_under_test
{
  public:
    rabbitmq_under_test() : server_(*rabbitmq_server::get())
    {
        server_.start();
        server_.remove_everything();
    }
    std::unique_ptr<bus> make(std::map<std::string, store*, std::less<>> stores, executor& context) override
    {
        return bus_rabbitmq::make_bus({.urls = server_.url(),
                                       .stores = std::move(stores),
                                       .contexts = {&context},
                                       .heartbeat_seconds = 2,
                                       .sole_owner = true});
    }
    void fence(const std::string& subscription) override
    {
        auto e = whole_event("news", std::string{fence_key}, ++fences_);
        server_.publish("edm." + subscription, "application/cloudevents+json", e->bytes);
    }

  private:
    rabbitmq_server& server_;
    std::uint64_t fences_ = 0;
};

inline std::unique_ptr<bus_under_test> make_rabbitmq()
{
    return std::make_unique<rabbitmq_under_test>();
}

} // namespace edm::conformance
