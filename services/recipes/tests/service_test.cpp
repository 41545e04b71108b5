// Recipes as a whole: catalogues, listing, details, purchases that are heard of.

#include <edm/testing_engines/one_service.hpp>

#include <edm/contracts/ids.hpp>
#include <edm/contracts/purchasing.hpp>
#include <edm/contracts/recipes.hpp>
#include <edm/recipes/recipes.hpp>

#include <gtest/gtest.h>

#include <functional>

namespace edm::recipes {
namespace {

const std::string ana = "ana@example.com";
const std::string pie = "Apple pie\tWith fruit.\tdessert\tmedium\t5\tfruit\t3 apples|flour\tBake.|Cool.\n";
const std::string tea = "Tea\tHot.\tdrink\teasy\t0.5\t\t1 bag\tBoil.\n";

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
    edm::testing::one_service sut{[this](resources& with) {
        with.development = development_;
        return make_recipes(with);
    }};
};

class StartedInDevelopment : public Recipes
{
  protected:
    StartedInDevelopment() : Recipes(true) {}
};

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

TEST_F(Recipes, LoadingAgainWritesOnlyWhatDiffers)
{
    load(pie + tea);
    EXPECT_TRUE(has(load(pie + tea).body, R"({"recipes":2,"changed":0})"));
    EXPECT_EQ(published(), "apple-pie:500:true tea:50:true ");
    auto dearer = tea;
    dearer.replace(dearer.find("0.5"), 3, "0.6");
    EXPECT_TRUE(has(load(pie + dearer).body, R"({"recipes":2,"changed":1})"));
    EXPECT_EQ(published(), "apple-pie:500:true tea:50:true tea:60:true ");
    EXPECT_TRUE(has(list(), R"("price":0.60)"));
}

TEST_F(Recipes, ANameThatTakesAnothersSlugGetsAnIdOfItsOwn)
{
    auto other = tea;
    other.replace(0, 3, "TEA");
    const auto id = "slug-" + to_hex(sha256("TEA")).substr(0, 8);
    EXPECT_EQ(load(tea + other).status, 201);
    EXPECT_EQ(load(other).status, 201);
    EXPECT_EQ(published(), fmt::format("{} ", "tea:50:true") + id + ":50:true ");
    EXPECT_EQ(details(id).status, 200);
}

TEST_F(Recipes, StoresNothingOfAFileWithErrors)
{
    const struct
    {
        const char* what;
        std::string file;
        const char* told;
        const char* error;
    } table[] = {
        {"a bad price", pie + "Tea\t\t\teasy\tx\t\ti\td\n", "invalid_csv_content", R"("row":2,"column":"price")"},
        {"too few columns", pie + "Tea\n", "invalid_csv_format", R"("row":2,"message":)"},
        {"a name twice", pie + pie, "invalid_csv_content",
         R"("row":2,"column":"name","message":"Row 1 has the same name")"},
        {"nothing", "\n\n", "api_error_loading_recipes", ""},
        {"two errors", "Tea\t\t\thuh\tx\t\ti\td\n", "invalid_csv_content", R"("total":2)"},
    };
    for (const auto& [what, file, told, error] : table) {
        const auto refused = load(file);
        EXPECT_EQ(refused.status, 400) << what;
        EXPECT_TRUE(has(refused.body, told)) << what << refused.body;
        EXPECT_TRUE(has(refused.body, error)) << what << refused.body;
    }
    std::string many;
    for (int i = 0; i != 10'001; ++i)
        many += fmt::format("Tea {}\t\t\teasy\t1\t\ti\td\n", i);
    EXPECT_TRUE(has(load(many).body, "api_error_loading_recipes"));
    EXPECT_EQ(published(), "");
}

TEST_F(Recipes, LoadsManyInBatches)
{
    std::string many;
    for (int i = 0; i != 1'203; ++i)
        many += fmt::format("Tea {}\t\t\teasy\t1\t\ti\td\n", i);
    EXPECT_TRUE(has(load(many).body, R"({"recipes":1203,"changed":1203})"));
    EXPECT_EQ(sut.published<contracts::recipe_published>().size(), 1203u);
}

TEST_F(Recipes, AFaultInTheMiddleTellsHowManyAreStoredAndLoadingAgainCompletes)
{
    std::string many;
    for (int i = 0; i != 1'203; ++i)
        many += fmt::format("Tea {}\t\t\teasy\t1\t\ti\td\n", i);
    const auto from = sut.faults().writes.load();
    sut.faults().before = [from](std::uint64_t write) -> std::optional<store_failure> {
        return write > from + 1'000 ? std::optional{store_failure::away} : std::nullopt;
    };
    const auto broken = load(many);
    EXPECT_EQ(broken.status, 500);
    EXPECT_TRUE(has(broken.body, "1000 of 1203 stored, load again.")) << broken.body;
    EXPECT_EQ(load(pie).status, 503) << "nothing was stored";
    sut.faults().before = {};
    EXPECT_TRUE(has(load(many).body, R"({"recipes":1203,"changed":203})"));
    EXPECT_EQ(sut.published<contracts::recipe_published>().size(), 1'203u);
}

TEST_F(Recipes, TakesTheFileAndNothingElse)
{
    const auto by = sut.token("adm@example.com", true);
    EXPECT_EQ(sut.upload("/load-recipes", "another_field", pie, {by}).status, 422);
    EXPECT_EQ(sut.post("/load-recipes", R"({"recipes_csv":"x"})", {by}).status, 422);
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

TEST_F(StartedInDevelopment, HasTheStarterCatalogue)
{
    EXPECT_TRUE(has(list("?q=carbonara"), R"("id":"spaghetti-alla-carbonara")"));
    EXPECT_GE(sut.published<contracts::recipe_published>().size(), 10u);
}

} // namespace
} // namespace edm::recipes
