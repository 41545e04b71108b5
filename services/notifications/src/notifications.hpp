#pragma once

#include "api.hpp"
#include "documents.hpp"

#include <edm/service/service.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edm::notifications {

class notifications : public service
{
  public:
    std::string_view name() const override { return "notifications"; }
    std::string_view description() const override { return "Tells users what became of their purchases."; }
    void declare(registry& r) override;

    /// `GET /notifications`
    task<> follow(call& c, event_stream& out, follow_request request);

  private:
    struct round
    {
        enum
        {
            nothing_new,
            sent_all,
            sent_some,
            unreadable,
            gone
        } outcome;
        std::optional<std::int64_t> place;
    };

    task<round> send_news(event_stream& out, std::string user, std::optional<std::int64_t> place) const;
    task<result<std::vector<stream_event>>> render(std::string user, std::int64_t before,
                                                   std::vector<entry> entries) const;
    task<result<std::string>> name_in(const database<named>& names, std::string id) const;

    database<timeline> timelines_;
    database<named> user_names_;
    database<named> recipe_names_;
};

} // namespace edm::notifications
