#pragma once

#include "api.hpp"
#include "catalogue.hpp"
#include "documents.hpp"
#include "shelf_keeper.hpp"

#include <edm/service/service.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace edm::recipes {

class recipes final : public service
{
  public:
    explicit recipes(const resources& from) : from_(from), shelf_(recipes_, from.environment) {}

    std::string_view name() const override { return "recipes"; }
    std::string_view description() const override;
    void declare(registry& r) override;
    /// Listens for changes; in development, loads what is missing of the starter catalogue.
    task<> start() override;

  private:
    /// `POST /load-recipes`
    task<result<load_reply>> load(call& by, load_request request);
    /// `GET /get-all-recipes`
    task<result<list_reply>> list(call& by, list_request request);
    /// `GET /get-recipe-details/{recipe_id}`
    task<result<details_reply>> details(call& by, details_request request);

    /// How a row meets what is stored under its id: overwrites it, or only fills a free place.
    enum class mode
    {
        overwrite,
        fill
    };
    struct stored_count
    {
        std::int64_t stored = 0;  ///< rows that are stored now
        std::int64_t changed = 0; ///< those that were written
        std::optional<failure> stopped_by;
    };
    task<result<stored_count>> store(call& by, std::vector<catalogue_row> rows, mode how);
    task<result<user_recipes>> owned_by(std::string user_id) const;

    void declare_endpoints(registry& r);

    const resources& from_;
    database<recipe> recipes_;
    database<user_recipes> user_recipes_;
    shelf_keeper shelf_;
};

} // namespace edm::recipes
