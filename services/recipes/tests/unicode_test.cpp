// Slugs, ids, and folding for searches.

#include "unicode.hpp"

#include <edm/core/text.hpp>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

namespace edm::recipes {
namespace {

using names = std::vector<std::string>;

std::string hashed(const std::string& name, std::size_t digits = 8)
{
    return "slug-" + to_hex(sha256(name)).substr(0, digits);
}

std::function<std::optional<std::string>(std::string_view)>
stored(std::map<std::string, std::string, std::less<>> by_id)
{
    return [by_id = std::move(by_id)](std::string_view id) -> std::optional<std::string> {
        const auto at = by_id.find(id);
        return at == by_id.end() ? std::nullopt : std::optional{at->second};
    };
}

const auto nothing_stored = stored({});

TEST(Slug, IsWhatIsAsciiOfTheNameInLowerCase)
{
    const struct
    {
        const char* name;
        const char* slug;
    } table[] = {
        {"Crème brûlée", "creme-brulee"},
        {"Cre\u0300me bru\u0302le\u0301e", "creme-brulee"},
        {"Spaghetti alla carbonara", "spaghetti-alla-carbonara"},
        {"  Fish & chips!  ", "fish-chips"},
        {"Shepherd's pie", "shepherds-pie"},
        {"Shepherd’s pie", "shepherds-pie"},
        {"Ørret", "rret"},
        {"a_b/c—d", "a-b-c-d"},
        {"Ｆｕｌｌ　ｗｉｄｔｈ", "full-width"},
        {"½ chicken", "1-2-chicken"},
        {"ﬁsh", "fish"},
        {"Борщ", ""},
        {"麻婆豆腐", ""},
        {"---", ""},
        {"", ""},
        {"7UP cake", "7up-cake"},
        {"İstanbul", "istanbul"},
    };
    for (const auto& [name, expected] : table)
        EXPECT_EQ(slug(name), expected) << name;
}

TEST(Slug, StaysAnId)
{
    std::string name;
    for (int i = 0; i != 100; ++i)
        name += "㏂"; // decomposes to four characters
    EXPECT_LE(slug(name).size(), 100u);
    EXPECT_TRUE(rc::check("letters, digits and single dashes", [](const std::string& text) {
        const auto made = slug(text);
        RC_ASSERT(made.size() <= 100u);
        RC_ASSERT(made.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
        RC_ASSERT(made.find("--") == std::string::npos);
        RC_ASSERT(!made.starts_with('-') && !made.ends_with('-'));
    }));
}

TEST(Fold, ForgetsCaseAccentsAndForms)
{
    EXPECT_EQ(fold("CRÈME Brûlée"), "creme brulee");
    EXPECT_EQ(fold("Straße"), "strasse");
    EXPECT_EQ(fold("БОРЩ"), "борщ");
    EXPECT_EQ(fold("ｔｅａ"), "tea");
    EXPECT_EQ(fold("\xff"), "");
}

TEST(Ids, OfAnEmptySlugAreOfTheHash)
{
    EXPECT_EQ(assign_ids(names{"麻婆豆腐", "Борщ"}, nothing_stored), (names{hashed("麻婆豆腐"), hashed("Борщ")}));
    EXPECT_EQ(hashed("Борщ").size(), 13u);
}

TEST(Ids, TheFirstHolderKeepsThePlainSlug)
{
    EXPECT_EQ(assign_ids(names{"Creme brulee", "Crème brûlée"}, nothing_stored),
              (names{"creme-brulee", hashed("Crème brûlée")}));
    EXPECT_EQ(assign_ids(names{"Creme brulee"}, stored({{"creme-brulee", "Crème brûlée"}})),
              names{hashed("Creme brulee")});
    EXPECT_EQ(assign_ids(names{"Crème brûlée"}, stored({{"creme-brulee", "Crème brûlée"}})), names{"creme-brulee"});
}

TEST(Ids, ARecipeKeepsTheIdUnderWhichItIsStored)
{
    const auto second = hashed("Creme brulee");
    EXPECT_EQ(assign_ids(names{"Creme brulee"}, stored({{second, "Creme brulee"}})), names{second});
}

TEST(Ids, TakenHashesGetMoreDigits)
{
    EXPECT_EQ(assign_ids(names{"Борщ"}, stored({{hashed("Борщ"), "another"}})), names{hashed("Борщ", 16)});
}

TEST(Ids, LoadingTheSameFileAgainGivesTheSameIds)
{
    EXPECT_TRUE(rc::check("again, also after a fault in the middle", [] {
        const auto letters = rc::gen::element<std::string>("a", "A", "à", "b", "б", "a b", "A-b", "");
        const auto drawn = *rc::gen::unique<names>(
            rc::gen::map(rc::gen::pair(letters, letters), [](auto two) { return two.first + two.second; }));
        const auto first = assign_ids(drawn, nothing_stored);
        std::map<std::string, std::string, std::less<>> kept;
        for (std::size_t i = 0; i != drawn.size(); ++i) {
            RC_ASSERT(kept.emplace(first[i], drawn[i]).second);
            if (!*rc::gen::arbitrary<bool>())
                kept.erase(first[i]);
        }
        RC_ASSERT(assign_ids(drawn, stored(kept)) == first);
    }));
}

} // namespace
} // namespace edm::recipes
