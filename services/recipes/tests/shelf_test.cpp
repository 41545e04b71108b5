// The listing: order, filters, pages, and what of it a user sees.

#include "shelf.hpp"

#include <gtest/gtest.h>

#include <set>

namespace edm::recipes {
namespace {

document<recipe> made(std::string id, std::string name, std::int64_t price, difficulty easiness, std::string category,
                      std::vector<std::string> tags, int age, bool for_sale = true)
{
    return {id, recipe{.id = id,
                       .name = std::move(name),
                       .description = "Of " + id + ".",
                       .category = std::move(category),
                       .easiness = easiness,
                       .price = {price},
                       .tags = std::move(tags),
                       .ingredients = {"secret ingredient"},
                       .directions = "secret directions",
                       .for_sale = for_sale,
                       .modif_datetime = time_point{milliseconds{1'800'000'000'000 - age * 1000}}}};
}

const shelf& books()
{
    static const shelf all{{made("apple-pie", "Apple pie", 500, difficulty::medium, "Dessert", {"fruit", "baked"}, 3),
                            made("brulee", "Crème brûlée", 490, difficulty::hard, "dessert", {"French"}, 2),
                            made("gone", "Gone", 100, difficulty::easy, "soup", {}, 4, false),
                            made("tea", "tea", 0, difficulty::easy, "drink", {"hot"}, 1),
                            made("soup", "Soup", 490, difficulty::easy, "soup", {"hot", "quick meal"}, 0)}};
    return all;
}

user_recipes owner_of(const std::string& id, bool purchased = true)
{
    user_recipes of;
    of.recipes[id] = {.requested = 1, .answered = purchased ? 1 : 0, .purchased = purchased};
    return of;
}

std::vector<listed_recipe> read(const list_reply& page)
{
    std::vector<listed_recipe> out;
    EXPECT_TRUE(decode_into(out, page.all_recipes.json).empty()) << page.all_recipes.json;
    return out;
}

std::string ids(const list_request& request, const user_recipes& of = {})
{
    std::string out;
    const auto page = books().page(request, of);
    EXPECT_TRUE(page);
    for (const auto& one : read(*page))
        out += one.id + ' ';
    return out;
}

TEST(Shelf, ListsWhatIsForSaleByName)
{
    EXPECT_EQ(ids({}), "apple-pie brulee soup tea ");
    EXPECT_EQ(books().page({}, {})->next, std::nullopt);
}

TEST(Shelf, AnEmptyOneIsAnEmptyList)
{
    EXPECT_EQ(shelf{{}}.page({}, {})->all_recipes.json, "[]");
}

TEST(Shelf, EncodesARecipeForAUserWhoBoughtNothing)
{
    list_request request;
    request.q = "brulee";
    EXPECT_EQ(books().page(request, {})->all_recipes.json,
              R"([{"id":"brulee","summary":{"name":"Crème brûlée","description":"Of brulee."},"category":"dessert",)"
              R"("easiness":"hard","tags":["French"],"price":4.90,"status":"available",)"
              R"("modif_datetime":"2027-01-15T07:59:58.000Z"}])");
}

TEST(Shelf, ThePriceIsOnlyThereWhereTheRecipeIsNotBought)
{
    for (const auto& one : read(*books().page({}, owner_of("tea")))) {
        EXPECT_EQ(one.price.has_value(), one.id != "tea");
        EXPECT_EQ(one.status, one.id == "tea" ? availability::purchased : availability::available);
    }
    for (const auto& one : read(*books().page({}, owner_of("tea", false)))) {
        EXPECT_TRUE(one.price);
        EXPECT_EQ(one.status, one.id == "tea" ? availability::requested : availability::available);
    }
}

TEST(Shelf, NeverHoldsWhatIsSold)
{
    EXPECT_EQ(books().page({}, owner_of("tea"))->all_recipes.json.find("secret"), std::string::npos);
}

TEST(Shelf, AWithdrawnRecipeIsForItsOwnersOnly)
{
    EXPECT_EQ(ids({}, owner_of("gone")), "apple-pie brulee gone soup tea ");
    EXPECT_EQ(ids({}, owner_of("gone", false)), "apple-pie brulee gone soup tea ");
}

TEST(Shelf, SortsAndFilters)
{
    const auto asked = [](auto set) {
        list_request request;
        set(request);
        return request;
    };
    const struct
    {
        const char* what;
        list_request request;
        const char* ids;
    } table[] = {
        {"name_desc", asked([](auto& r) { r.sort = sorting::name_desc; }), "tea soup brulee apple-pie "},
        {"price", asked([](auto& r) { r.sort = sorting::price; }), "tea brulee soup apple-pie "},
        {"price_desc", asked([](auto& r) { r.sort = sorting::price_desc; }), "apple-pie brulee soup tea "},
        {"newest", asked([](auto& r) { r.sort = sorting::newest; }), "soup tea brulee apple-pie "},
        {"oldest", asked([](auto& r) { r.sort = sorting::oldest; }), "apple-pie brulee tea soup "},
        {"category", asked([](auto& r) { r.category = "DESSERT"; }), "apple-pie brulee "},
        {"tag", asked([](auto& r) { r.tag = "french"; }), "brulee "},
        {"a part of a tag", asked([](auto& r) { r.tag = "quick"; }), ""},
        {"easiness", asked([](auto& r) { r.easiness = difficulty::easy; }), "soup tea "},
        {"q in name", asked([](auto& r) { r.q = "CREME"; }), "brulee "},
        {"q in tags", asked([](auto& r) { r.q = "quick"; }), "soup "},
        {"q in description", asked([](auto& r) { r.q = "of tea"; }), "tea "},
        {"q of two words", asked([](auto& r) { r.q = "dessert fruit"; }), "apple-pie "},
        {"q of blanks", asked([](auto& r) { r.q = "  "; }), "apple-pie brulee soup tea "},
        {"q without hits", asked([](auto& r) { r.q = "pizza"; }), ""},
        {"two filters", asked([](auto& r) {
             r.q = "hot";
             r.easiness = difficulty::easy;
             r.category = "soup";
         }),
         "soup "},
        {"status", asked([](auto& r) { r.status = availability::purchased; }), ""},
    };
    for (const auto& [what, request, expected] : table)
        EXPECT_EQ(ids(request), expected) << what;
    list_request mine;
    mine.status = availability::purchased;
    EXPECT_EQ(ids(mine, owner_of("tea")), "tea ");
    mine.status = availability::available;
    EXPECT_EQ(ids(mine, owner_of("tea")), "apple-pie brulee soup ");
}

TEST(Shelf, PagesAddUpToTheListInEveryOrder)
{
    for (auto sort :
         {sorting::name, sorting::name_desc, sorting::price, sorting::price_desc, sorting::newest, sorting::oldest})
        for (std::int64_t limit : {1, 2, 3, 4, 10}) {
            list_request request;
            request.sort = sort;
            const auto whole = ids(request);
            request.limit = limit;
            std::string joined;
            for (;;) {
                joined += ids(request);
                const auto next = books().page(request, {})->next;
                if (!next)
                    break;
                request.after = *next;
            }
            EXPECT_EQ(joined, whole);
        }
}

TEST(Shelf, APlaceThatIsNoneIsToldSo)
{
    list_request request;
    request.after = "nowhere";
    EXPECT_FALSE(books().page(request, {}));
}

} // namespace
} // namespace edm::recipes
