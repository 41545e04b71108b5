#pragma once

#include <edm/testing_engines/answers.hpp>
#include <edm/testing_engines/one_service.hpp>

#include <edm/contracts/ids.hpp>
#include <edm/contracts/purchasing.hpp>
#include <edm/contracts/recipes.hpp>
#include <edm/recipes/recipes.hpp>

#include <gtest/gtest.h>

#include <string>

namespace edm::recipes {

inline const std::string ana = "ana@example.com";
inline const std::string pie = "Apple pie\tWith fruit.\tdessert\tmedium\t5\tfruit\t3 apples|flour\tBake.|Cool.\n";
inline const std::string tea = "Tea\tHot.\tdrink\teasy\t0.5\t\t1 bag\tBoil.\n";

/// The service alone, with what its tests ask of it.
class Recipes : public ::testing::Test
{
  protected:
    explicit Recipes(bool development = false) : development_(development) {}

    auto load(const std::string& file, bool administrator = true)
    {
        return sut.upload("/load-recipes", "recipes_csv", file, {sut.token("adm@example.com", administrator)});
    }
    std::string list(const std::string& query = {}, const std::string& user = ana)
    {
        return sut.get("/get-all-recipes" + query, {sut.token(user)}).body;
    }
    auto details(const std::string& id, const std::string& user = ana)
    {
        return sut.get("/get-recipe-details/" + id, {sut.token(user)});
    }
    void request(const std::string& recipe, std::int64_t attempt)
    {
        sut.deliver(contracts::recipe_purchase_requested{ana, recipe, attempt}, contracts::purchase_id(ana, recipe));
    }
    void status(const std::string& recipe, std::int64_t attempt, std::int64_t how)
    {
        sut.deliver(contracts::purchase_status_changed{ana, recipe, attempt, how, "2026-01-15T00:00:00.000Z"},
                    contracts::purchase_id(ana, recipe));
    }
    std::string published()
    {
        std::string out;
        for (const auto& e : sut.published<contracts::recipe_published>())
            out += fmt::format("{}:{}:{} ", e.recipe_id, e.price, e.for_sale);
        return out;
    }
    static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

    bool development_;
    testing::one_service sut{[this](resources& with) {
        with.development = development_;
        return make_recipes(with);
    }};
};

} // namespace edm::recipes
