// Loading catalogues: all or nothing of what is wrong, batch by batch of what is right, and the starter catalogue.

#include "stage.hpp"

#include "documents.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace edm::recipes {
namespace {

using Loading = Recipes;
using testing::outcome_of;

TEST_F(Loading, LoadingAgainWritesOnlyWhatDiffers)
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

TEST_F(Loading, ANameThatTakesAnothersSlugGetsAnIdOfItsOwn)
{
    auto other = tea;
    other.replace(0, 3, "TEA");
    const auto id = "slug-" + to_hex(sha256("TEA")).substr(0, 8);
    EXPECT_EQ(load(tea + other).status, 201);
    EXPECT_EQ(load(other).status, 201);
    EXPECT_EQ(published(), fmt::format("{} ", "tea:50:true") + id + ":50:true ");
    EXPECT_EQ(details(id).status, 200);
}

TEST_F(Loading, StoresNothingOfAFileWithErrors)
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

TEST_F(Loading, LoadsManyInBatches)
{
    std::string many;
    for (int i = 0; i != 1'203; ++i)
        many += fmt::format("Tea {}\t\t\teasy\t1\t\ti\td\n", i);
    EXPECT_TRUE(has(load(many).body, R"({"recipes":1203,"changed":1203})"));
    EXPECT_EQ(sut.published<contracts::recipe_published>().size(), 1203u);
}

TEST_F(Loading, AFaultInTheMiddleTellsHowManyAreStoredAndLoadingAgainCompletes)
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

TEST_F(Loading, TakesTheFileAndNothingElse)
{
    const auto by = sut.token("adm@example.com", true);
    EXPECT_EQ(sut.upload("/load-recipes", "another_field", pie, {by}).status, 422);
    EXPECT_EQ(sut.post("/load-recipes", R"({"recipes_csv":"x"})", {by}).status, 422);
}

std::string row(const std::string& name, const std::string& rest = "\t\teasy\t1\t\ti\td")
{
    return name + "\t" + rest + "\n";
}

TEST_F(Loading, RefusesAFileThatIsNotUtf8)
{
    const struct
    {
        const char* what;
        std::string file;
        const char* error;
    } table[] = {
        {"Latin-1 in a name", row("Tea") + row("Cr\xe8me"), R"("row":2,"column":"name")"},
        {"Latin-1 in an ingredient", row("Tea", "\t\teasy\t1\t\t1 jalape\xf1o\td"),
         R"("row":1,"column":"ingredients")"},
        {"a cut-off sequence", row("Tea", "\t\teasy\t1\t\ti\td\xe2\x82"), R"("row":1,"column":"directions")"},
        {"a surrogate", row("Tea \xed\xa0\x80"), R"("row":1,"column":"name")"},
        {"an overlong slash", row("Tea \xc0\xaf"), R"("row":1,"column":"name")"},
        {"UTF-16", std::string("\xff\xfeT\0e\0a\0\t\0", 10), R"("row":1,)"},
    };
    for (const auto& [what, file, error] : table) {
        const auto refused = load(file);
        EXPECT_EQ(outcome_of(refused), "400 invalid_csv_format") << what;
        EXPECT_TRUE(has(refused.body, error)) << what << refused.body;
    }
    EXPECT_EQ(published(), "");
    EXPECT_EQ(load("\xef\xbb\xbf" + row("Crème brûlée")).status, 201) << "a byte order mark is fine";
    EXPECT_EQ(published(), "creme-brulee:100:true ");
}

TEST_F(Loading, NamesRowAndColumnOfEachError)
{
    const auto with = [](const std::string& bad) { return row("First") + row("Second") + bad + row("Fourth"); };
    const struct
    {
        const char* what;
        std::string bad; ///< the third row
        const char* told;
        const char* error;
    } table[] = {
        {"no name", row(""), "invalid_csv_content", R"("row":3,"column":"name")"},
        {"a long name", row(std::string(101, 'n')), "invalid_csv_content", R"("row":3,"column":"name")"},
        {"a long description", row("Third", std::string(2049, 'd') + "\t\teasy\t1\t\ti\td"), "invalid_csv_content",
         R"("row":3,"column":"description")"},
        {"a long category", row("Third", "\t" + std::string(21, 'c') + "\teasy\t1\t\ti\td"), "invalid_csv_content",
         R"("row":3,"column":"category")"},
        {"an unknown easiness", row("Third", "\t\ttrivial\t1\t\ti\td"), "invalid_csv_content",
         R"("row":3,"column":"easiness")"},
        {"no price", row("Third", "\t\teasy\t\t\ti\td"), "invalid_csv_content", R"("row":3,"column":"price")"},
        {"a negative price", row("Third", "\t\teasy\t-1\t\ti\td"), "invalid_csv_content",
         R"("row":3,"column":"price")"},
        {"three decimals", row("Third", "\t\teasy\t1.234\t\ti\td"), "invalid_csv_content",
         R"("row":3,"column":"price")"},
        {"a long tag", row("Third", "\t\teasy\t1\tok|" + std::string(41, 't') + "\ti\td"), "invalid_csv_content",
         R"("row":3,"column":"tags","message":"Item 2)"},
        {"21 tags", row("Third", "\t\teasy\t1\tt|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t|t\ti\td"), "invalid_csv_content",
         R"("row":3,"column":"tags")"},
        {"no ingredient", row("Third", "\t\teasy\t1\t\t\td"), "invalid_csv_content",
         R"("row":3,"column":"ingredients")"},
        {"a long ingredient", row("Third", "\t\teasy\t1\t\t" + std::string(301, 'i') + "\td"), "invalid_csv_content",
         R"("row":3,"column":"ingredients","message":"Item 1)"},
        {"no directions", row("Third", "\t\teasy\t1\t\ti\t"), "invalid_csv_content",
         R"("row":3,"column":"directions")"},
        {"long directions", row("Third", "\t\teasy\t1\t\ti\t" + std::string(8193, 'd')), "invalid_csv_content",
         R"("row":3,"column":"directions")"},
        {"a field over 128 KiB", row("Third", std::string(128 * 1024 + 1, 'd') + "\t\teasy\t1\t\ti\td"),
         "invalid_csv_content", R"("row":3,"column":"description")"},
        {"a name again", row("First"), "invalid_csv_content",
         R"("row":3,"column":"name","message":"Row 1 has the same name")"},
        {"seven columns", row("Third", "\t\teasy\t1\t\ti"), "invalid_csv_format", R"("row":3,"message":)"},
        {"nine columns", row("Third", "\t\teasy\t1\t\ti\td\tmore"), "invalid_csv_format", R"("row":3,"message":)"},
        {"text after a quotation", "\"Third\"x\t\t\teasy\t1\t\ti\td\n", "invalid_csv_format", R"("row":3,)"},
        {"a quotation that never ends", row("\"Third"), "invalid_csv_format", R"("row":3,)"},
    };
    for (const auto& [what, bad, told, error] : table) {
        const auto refused = load(with(bad));
        EXPECT_EQ(outcome_of(refused), fmt::format("400 {}", told)) << what;
        EXPECT_TRUE(has(refused.body, error)) << what << refused.body.substr(0, 500);
        EXPECT_LT(refused.body.size(), 2000u) << what << ": the file is not shown";
    }
    EXPECT_EQ(published(), "") << "nothing of the other rows is stored";
    EXPECT_EQ(load(with(row("Third"))).status, 201);
}

TEST_F(Loading, TellsAThousandErrorsAtMostAndHowManyThereAre)
{
    std::string many;
    for (int i = 0; i != 1'500; ++i)
        many += row(fmt::format("Tea {}", i), "\t\teasy\tx\t\ti\td");
    const auto refused = load(many);
    EXPECT_EQ(outcome_of(refused), "400 invalid_csv_content");
    EXPECT_TRUE(has(refused.body, R"("total":1500)"));
    EXPECT_TRUE(has(refused.body, R"("row":1000,)"));
    EXPECT_FALSE(has(refused.body, R"("row":1001,)"));
}

TEST_F(Loading, TakesTenThousandRowsAndNotOneMore)
{
    std::string many;
    for (int i = 0; i != 10'000; ++i)
        many += row(fmt::format("Tea {}", i));
    const auto refused = load(many + row("Tea"));
    EXPECT_EQ(outcome_of(refused), "400 api_error_loading_recipes");
    EXPECT_TRUE(has(refused.body, "The file holds 10001 recipes; at most 10000 are loaded at once.")) << refused.body;
    EXPECT_EQ(published(), "");
    EXPECT_TRUE(has(load(many).body, R"({"recipes":10000,"changed":10000})"));
}

class StartedInDevelopment : public Recipes
{
  protected:
    StartedInDevelopment() : Recipes(true) {}
};

TEST_F(StartedInDevelopment, HasTheStarterCatalogue)
{
    EXPECT_TRUE(has(list("?q=carbonara"), R"("id":"spaghetti-alla-carbonara")"));
    const auto all = sut.published<contracts::recipe_published>();
    EXPECT_GE(all.size(), 12u);
    std::set<std::string> categories;
    std::set<difficulty> difficulties;
    int beyond_ascii = 0;
    for (const auto& one : all) {
        const auto stored = sut.stored<recipe>("recipe", one.recipe_id);
        ASSERT_TRUE(stored) << one.recipe_id;
        categories.insert(stored->category);
        difficulties.insert(stored->easiness);
        beyond_ascii += std::ranges::any_of(one.recipe_name, [](char c) { return (c & 0x80) != 0; }) ? 1 : 0;
        EXPECT_GT(one.price, 0) << one.recipe_id;
        EXPECT_FALSE(stored->description.empty() || stored->ingredients.empty()) << one.recipe_id;
    }
    EXPECT_GE(categories.size(), 4u);
    EXPECT_EQ(difficulties.size(), 3u);
    EXPECT_GE(beyond_ascii, 3);
}

TEST_F(StartedInDevelopment, AStarterRecipeIsStoredOnceAndLeftAlone)
{
    const auto before = sut.published<contracts::recipe_published>().size();
    EXPECT_EQ(load("Spaghetti alla carbonara\t\t\teasy\t9.99\t\ti\td\n").status, 201);
    sut.restart();
    EXPECT_EQ(sut.published<contracts::recipe_published>().size(), before + 1) << "only the change was told";
    EXPECT_EQ(sut.stored<recipe>("recipe", "spaghetti-alla-carbonara")->price.value, 999);
    EXPECT_TRUE(has(list("?q=carbonara"), R"("price":9.99)"));
}

} // namespace
} // namespace edm::recipes
