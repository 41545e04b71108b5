#pragma once

#include <edm/config/settings.hpp>
#include <edm/service/registry.hpp>

#include <initializer_list>
#include <memory>
#include <string>

namespace edm::testing {

/// What one service declares, and the topics that it takes from others, published by somebody: who does not matter.
/// Enough for `check_subscription`; nothing runs.
class declared_service
{
  public:
    using factory = std::unique_ptr<service> (*)(const resources&);

    declared_service(factory make, std::initializer_list<const char*> topics_of_others) : made_(make(from_))
    {
        registry r{model, settings_, std::string{made_->name()}};
        made_->declare(r);
        r.finish();
        for (std::string topic : topics_of_others)
            model.topics.push_back({.service = "outside", .name = topic, .event_type = "edm." + topic + ".v1"});
    }
    declared_service(const declared_service&) = delete;
    declared_service& operator=(const declared_service&) = delete;

  private:
    resources from_;
    std::unique_ptr<service> made_;
    config::settings settings_;

  public:
    edm::model model;
};

} // namespace edm::testing
