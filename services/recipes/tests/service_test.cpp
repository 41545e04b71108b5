// Recipes as a whole: catalogues, listing, details, purchases that are heard of.

#include "stage.hpp"

namespace edm::recipes {
namespace {

TEST_F(Recipes, LoadsACatalogueAndListsIt)
{
    EXPECT_TRUE(has(list(), R"("all_recipes":[])"));
    const auto loaded = load(pie + tea);
    EXPECT_EQ(loaded.status, 201);
    EXPECT_TRUE(has(loaded.body, R"("api_recipes_loaded")")) << loaded.body;
    EXPECT_TRUE(has(loaded.body, R"({"recipes":2,"changed":2})")) << loaded.body;
    EXPECT_EQ(published(), "apple-pie:500:true tea:50:true ");
    const auto listed = list();
    EXPECT_TRUE(has(
        listed,
        R"({"id":"apple-pie","summary":{"name":"Apple pie","description":"With fruit."},"category":"dessert","easiness":"medium","tags":["fruit"],"price":5.00,"status":"available","modif_datetime":"2026-01-15T00:00:00.000Z"},{"id":"tea",)"))
        << listed;
    EXPECT_FALSE(has(listed, "apples"));
}

TEST_F(Recipes, OnlyTheAdministratorLoads)
{
    EXPECT_EQ(load(pie, false).status, 403);
    EXPECT_EQ(sut.upload("/load-recipes", "recipes_csv", pie, {}).status, 401);
    EXPECT_EQ(sut.get("/get-all-recipes").status, 401);
}

TEST_F(Recipes, APurchaseOpensTheRecipe)
{
    load(pie + tea);
    const auto before = details("tea").body;
    EXPECT_TRUE(has(before, R"("price":0.50,"status":"available")")) << before;
    EXPECT_FALSE(has(before, "Boil"));
    request("tea", 1);
    EXPECT_TRUE(has(details("tea").body, R"("price":0.50,"status":"requested")"));
    EXPECT_FALSE(has(details("tea").body, "Boil"));
    status("tea", 1, 1);
    const auto after = details("tea").body;
    EXPECT_TRUE(has(after, R"("status":"purchased")")) << after;
    EXPECT_TRUE(has(after, R"("recipe":{"ingredients":["1 bag"],"directions":"Boil."})")) << after;
    EXPECT_FALSE(has(after, "price"));
    EXPECT_FALSE(has(details("tea", "bea@example.com").body, "Boil"));
    EXPECT_TRUE(has(list("?status=purchased"), R"("id":"tea")"));
    EXPECT_FALSE(has(list("?status=purchased"), R"("id":"apple-pie")"));
}

TEST_F(Recipes, AStatusThatOvertakesItsRequestWritesBoth)
{
    load(tea);
    status("tea", 1, 1);
    EXPECT_TRUE(has(details("tea").body, "purchased"));
    request("tea", 1);
    EXPECT_TRUE(has(details("tea").body, "purchased"));
}

TEST_F(Recipes, AFailedPurchaseIsAvailableAgain)
{
    load(tea);
    request("tea", 1);
    status("tea", 1, 3);
    EXPECT_TRUE(has(details("tea").body, "available"));
    request("tea", 2);
    EXPECT_TRUE(has(details("tea").body, "requested"));
}

TEST_F(Recipes, TellsWhatIsNotThere)
{
    EXPECT_EQ(details("nothing").status, 404);
    EXPECT_TRUE(has(list("?after=nothing"), "api_unknown_place"));
}

TEST_F(Recipes, PagesTheListing)
{
    load(pie + tea);
    EXPECT_TRUE(has(list("?limit=1"), R"("next":"apple-pie")"));
    const auto second = list("?limit=1&after=apple-pie");
    EXPECT_TRUE(has(second, R"("id":"tea")"));
    EXPECT_FALSE(has(second, "next"));
}

TEST_F(Recipes, RefusesQueriesThatDoNotFit)
{
    for (const char* query : {"?limit=0", "?limit=-1", "?limit=x", "?limit=10001", "?limit=1.5", "?easiness=trivial",
                              "?status=sold", "?sort=random", "?after="})
        EXPECT_EQ(sut.get(std::string{"/get-all-recipes"} + query, {sut.token(ana)}).status, 422) << query;
    EXPECT_EQ(sut.get("/get-all-recipes?q=" + std::string(201, 'q'), {sut.token(ana)}).status, 422);
}

TEST_F(Recipes, SaysWhatIsWrongWithAQuery)
{
    EXPECT_EQ(
        testing::violations_of(sut.get("/get-all-recipes?limit=x&easiness=trivial&sort=1&after=", {sut.token(ana)})),
        "422 query.limit int_parsing, query.easiness enum, query.sort enum, query.after string_too_short");
    EXPECT_EQ(testing::violations_of(details(std::string(201, 'r'))), "422 path.recipe_id string_too_long");
    EXPECT_EQ(testing::violations_of(sut.get("/get-all-recipes?q=%ff", {sut.token(ana)})), "422 query.q value_error");
}

} // namespace
} // namespace edm::recipes
