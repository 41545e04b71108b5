#include "sample.hpp"

namespace {

using namespace sample;

std::vector<edm::violation> assign(filter& out, std::string_view name, std::string_view text)
{
    return edm::assign(edm::describe<filter>(), &out, name, text, "query");
}

TEST(Assign, ConvertsTextByTheKindOfTheField)
{
    filter f;
    for (auto [name, text] : {std::pair{"limit", "-7"},
                              {"levels", "hard"},
                              {"levels", "easy"},
                              {"deep", "Yes"},
                              {"ratio", "1e-1"},
                              {"price", "02.34"},
                              {"password", "12345678"},
                              {"id", "A@b.Co"},
                              {"since", "2026-11-24T14:31:12+01:00"},
                              {"raw", "[1, 2]"},
                              {"unknown", "x"}})
        EXPECT_TRUE(assign(f, name, text).empty()) << name;
    EXPECT_EQ(f.limit, -7);
    EXPECT_EQ(f.levels, (std::vector{difficulty::hard, difficulty::easy}));
    EXPECT_TRUE(f.deep);
    EXPECT_EQ(f.ratio, 0.1);
    EXPECT_EQ(f.price.minor, 234);
    EXPECT_EQ(f.password.reveal(), "12345678");
    EXPECT_EQ(*f.id, "a@b.co");
    EXPECT_EQ(edm::to_rfc3339(*f.since), "2026-11-24T13:31:12.000Z");
    EXPECT_EQ(f.raw.value, "[1,2]");
}

TEST(Assign, RefusesBadText)
{
    struct
    {
        const char *name, *text, *violation;
    } table[]{
        {"limit", "", "query.limit int_parsing"},
        {"limit", "x", "query.limit int_parsing"},
        {"limit", "1.0", "query.limit int_parsing"},
        {"limit", " 1", "query.limit int_parsing"},
        {"limit", "+1", "query.limit int_parsing"},
        {"limit", "-", "query.limit int_parsing"},
        {"limit", "99999999999999999999999", "query.limit less_than_equal"},
        {"levels", "simple", "query.levels[0] enum"},
        {"deep", "maybe", "query.deep bool_parsing"},
        {"ratio", "nan", "query.ratio float_parsing"},
        {"ratio", "1.", "query.ratio float_parsing"},
        {"ratio", "1e", "query.ratio float_parsing"},
        {"ratio", "0x1", "query.ratio float_parsing"},
        {"ratio", "1e999", "query.ratio finite_number"},
        {"price", "2,34", "query.price float_parsing"},
        {"price", "-1", "query.price greater_than_equal"},
        {"password", "short", "query.password string_too_short"},
        {"password", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "query.password string_unicode"},
        {"id", "a", "query.id value_error"},
        {"since", "yesterday", "query.since datetime_parsing"},
        {"raw", "{", "query.raw value_error"},
        {"nested", "{}", "query.nested model_attributes_type"},
    };
    for (const auto& row : table) {
        filter f;
        EXPECT_EQ(brief(assign(f, row.name, row.text)), strings{row.violation}) << row.name << " " << row.text;
    }
}

TEST(Assign, AListTakesOneMoreUntilItIsFull)
{
    filter f;
    EXPECT_TRUE(assign(f, "pages", "1").empty());
    EXPECT_EQ(brief(assign(f, "pages", "x")), strings{"query.pages[1] int_parsing"});
    EXPECT_EQ(brief(assign(f, "pages", "3")), strings{"query.pages too_long"});
    EXPECT_EQ(f.pages.size(), 2u);
}

TEST(Assign, MissingFields)
{
    constexpr std::array<std::string_view, 2> present{"description", "steps"};
    EXPECT_EQ(brief(edm::missing_violations(edm::describe<recipe>(), present, "path")),
              (strings{"path.price missing", "path.level missing", "path.amounts missing"}));
    EXPECT_EQ(brief(edm::missing_violations(edm::describe<profile>(), {}, "header")),
              strings{"header.user_name missing"});
}

} // namespace
