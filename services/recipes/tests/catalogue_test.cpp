// Catalogue files: the table's form, the rows' limits.

#include "catalogue.hpp"
#include "tsv.hpp"

#include <edm/starter_catalogue/starter_catalogue.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace edm::recipes {
namespace {

using fields = std::vector<std::string>;

const std::string good = "Tea\tHot.|Wet.\tdrink\teasy\t2.5\thot|quick\t1 bag|200 ml water\tBoil.|Wait.\n";

std::string with(std::size_t column, std::string_view value, std::string row = good)
{
    std::size_t from = 0;
    for (std::size_t i = 0; i != column; ++i)
        from = row.find('\t', from) + 1;
    const auto to = row.find_first_of("\t\n", from);
    return row.replace(from, to - from, value);
}

std::string repeated(std::string_view what, std::size_t times)
{
    std::string out;
    for (std::size_t i = 0; i != times; ++i)
        out += what;
    return out;
}

TEST(Tsv, ReadsTabsAndQuotes)
{
    const struct
    {
        const char* text;
        std::vector<fields> rows;
    } table[] = {
        {"", {}},
        {"a\tb", {{"a", "b"}}},
        {"a\tb\n", {{"a", "b"}}},
        {"a\tb\r\nc\td\r\n", {{"a", "b"}, {"c", "d"}}},
        {"\xef\xbb\xbf"
         "a",
         {{"a"}}},
        {"\t\n", {{"", ""}}},
        {"a\n\n\r\nb\n", {{"a"}, {"b"}}},
        {"\"a\tb\"\tc\n", {{"a\tb", "c"}}},
        {"\"a\nb\"\tc\n", {{"a\nb", "c"}}},
        {"\"say \"\"hi\"\"\"\tc\n", {{"say \"hi\"", "c"}}},
        {"\"\"\t\"\"\n", {{"", ""}}},
        {"12\" pan\tc\n", {{"12\" pan", "c"}}},
        {"a\rb\n", {{"a\rb"}}},
    };
    for (const auto& [text, rows] : table) {
        std::vector<fields> read;
        for (const auto& record : read_tsv(text)) {
            EXPECT_EQ(record.problem, "") << text;
            read.push_back(record.fields);
        }
        EXPECT_EQ(read, rows) << text;
    }
}

TEST(Tsv, RowsAreNumberedWithTheBlankOnes)
{
    const auto read = read_tsv("a\n\nb\n");
    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(read[0].row, 1);
    EXPECT_EQ(read[1].row, 3);
}

TEST(Tsv, TellsOfQuotesThatDoNotFit)
{
    EXPECT_EQ(read_tsv("a\t\"b\nc\n")[0].problem, "column 2: the quotation mark that opens it is never closed");
    const auto read = read_tsv("\"a\"b\tc\nd\n");
    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(read[0].problem, "column 1: text follows the closing quotation mark");
    EXPECT_EQ(read[1].fields, fields{"d"});
}

TEST(Tsv, WhatIsQuotedComesBack)
{
    EXPECT_TRUE(rc::check("quoted and read", [](const std::vector<std::string>& row) {
        RC_PRE(!row.empty());
        std::string text;
        for (const auto& field : row) {
            text += text.empty() ? "\"" : "\t\"";
            for (char c : field)
                text += c == '"' ? std::string{"\"\""} : std::string{c};
            text += '"';
        }
        const auto read = read_tsv(text);
        if (row.size() == 1 && row[0].empty())
            RC_ASSERT(read.empty());
        else
            RC_ASSERT(read.size() == 1u && read[0].fields == row && read[0].problem.empty());
    }));
    EXPECT_TRUE(rc::check("any text at all is read to its end", [](const std::string& text) { read_tsv(text); }));
}

TEST(Catalogue, ReadsARow)
{
    const auto rows = read_catalogue(good);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 1u);
    const auto made = to_recipe((*rows)[0], "tea", nullptr, time_point{});
    EXPECT_EQ(made.id, "tea");
    EXPECT_EQ(made.name, "Tea");
    EXPECT_EQ(made.description, "Hot.\nWet.");
    EXPECT_EQ(made.category, "drink");
    EXPECT_EQ(made.easiness, difficulty::easy);
    EXPECT_EQ(made.price.value, 250);
    EXPECT_EQ(made.tags, (fields{"hot", "quick"}));
    EXPECT_EQ(made.ingredients, (fields{"1 bag", "200 ml water"}));
    EXPECT_EQ(made.directions, "Boil.\nWait.");
    EXPECT_TRUE(made.for_sale);
}

TEST(Catalogue, TakesValuesAtTheirLimits)
{
    const struct
    {
        const char* what;
        std::size_t column;
        std::string value;
    } table[] = {
        {"a name of 100 characters, not bytes", 0, repeated("é", 100)},
        {"no description", 1, ""},
        {"the longest description", 1, repeated("d", 2048)},
        {"no category", 2, ""},
        {"the longest category", 2, repeated("c", 20)},
        {"hard", 3, "hard"},
        {"blanks around", 3, " medium "},
        {"free", 4, "0"},
        {"two decimals", 4, "0.01"},
        {"the highest price", 4, "99999999.99"},
        {"no tags", 5, ""},
        {"20 tags of 40", 5, repeated(repeated("t", 40) + "|", 20)},
        {"80 ingredients of 300", 6, repeated(repeated("i", 300) + "|", 80)},
        {"the longest directions", 7, repeated("d", 8192)},
        {"a quoted tab", 7, "\"a\tb\""},
    };
    for (const auto& [what, column, value] : table)
        EXPECT_TRUE(read_catalogue(with(column, value))) << what;
}

struct bad_row
{
    const char* what;
    std::string file;
    bool form;
    std::vector<std::pair<std::int64_t, std::string>> at; ///< row and column
};

TEST(Catalogue, NamesRowAndColumnOfEveryError)
{
    const std::string second = with(0, "Coffee");
    const bad_row table[] = {
        {"no name", with(0, ""), false, {{1, "name"}}},
        {"a blank name", with(0, "  "), false, {{1, "name"}}},
        {"a long name", with(0, repeated("é", 101)), false, {{1, "name"}}},
        {"a long description", with(1, repeated("d", 2049)), false, {{1, "description"}}},
        {"a long category", with(2, repeated("c", 21)), false, {{1, "category"}}},
        {"no easiness", with(3, ""), false, {{1, "easiness"}}},
        {"unknown easiness", with(3, "trivial"), false, {{1, "easiness"}}},
        {"no price", with(4, ""), false, {{1, "price"}}},
        {"a negative price", with(4, "-1"), false, {{1, "price"}}},
        {"three decimals", with(4, "1.234"), false, {{1, "price"}}},
        {"a word as price", with(4, "cheap"), false, {{1, "price"}}},
        {"a comma in the price", with(4, "1,50"), false, {{1, "price"}}},
        {"NaN", with(4, "NaN"), false, {{1, "price"}}},
        {"a price too high", with(4, "100000000"), false, {{1, "price"}}},
        {"21 tags", with(5, repeated("t|", 21)), false, {{1, "tags"}}},
        {"a long tag", with(5, "ok|" + repeated("t", 41)), false, {{1, "tags"}}},
        {"no ingredient", with(6, ""), false, {{1, "ingredients"}}},
        {"only bars", with(6, "||"), false, {{1, "ingredients"}}},
        {"81 ingredients", with(6, repeated("i|", 90)), false, {{1, "ingredients"}}},
        {"a long ingredient", with(6, repeated("i", 301)), false, {{1, "ingredients"}}},
        {"no directions", with(7, ""), false, {{1, "directions"}}},
        {"long directions", with(7, repeated("d", 8193)), false, {{1, "directions"}}},
        {"a name twice", good + second + good, false, {{3, "name"}}},
        {"two errors in a row", with(3, "x", with(4, "y")), false, {{1, "easiness"}, {1, "price"}}},
        {"errors in two rows", with(4, "x") + second + with(0, ""), false, {{1, "price"}, {3, "name"}}},
        {"seven columns", "a\tb\tc\teasy\t1\tt\ti\n", true, {{1, ""}}},
        {"nine columns", good.substr(0, good.size() - 1) + "\tx\n", true, {{1, ""}}},
        {"commas", good + "a,b,c,easy,1,t,i,d\n", true, {{2, ""}}},
        {"a header",
         "name\tdescription\tcategory\teasiness\tprice\ttags\tingredients\tdirections\n" + good,
         false,
         {{1, "easiness"}, {1, "price"}}},
        {"an open quote", good + "\"Coffee\td\n", true, {{2, ""}}},
        {"not UTF-8", with(1, "\xe9t\xe9"), true, {{1, "description"}}},
        {"binary", std::string("\x1f\x8b\x08\x00\xff\xfe", 6), true, {{1, ""}}},
    };
    for (const auto& [what, file, form, at] : table) {
        const auto rows = read_catalogue(file);
        ASSERT_FALSE(rows) << what;
        EXPECT_EQ(rows.error().form, form) << what;
        std::vector<std::pair<std::int64_t, std::string>> found;
        for (const auto& error : rows.error().errors) {
            found.emplace_back(error.row, error.column.value_or(""));
            EXPECT_FALSE(error.message.empty()) << what;
        }
        EXPECT_EQ(found, at) << what;
        EXPECT_EQ(rows.error().total, static_cast<std::int64_t>(at.size())) << what;
    }
}

TEST(Catalogue, CountsAllErrorsAndListsAThousand)
{
    const auto rows = read_catalogue(repeated("x\n", 1500));
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().errors.size(), 1000u);
    EXPECT_EQ(rows.error().total, 1500);
}

TEST(Catalogue, AnEqualRowSaysNothingNewWhateverElseIsStored)
{
    const auto row = read_catalogue(good)->front();
    auto stored = to_recipe(row, "tea", nullptr, time_point{});
    EXPECT_TRUE(same_content(row, stored));
    stored.for_sale = false;
    stored.modif_datetime += milliseconds{1};
    EXPECT_TRUE(same_content(row, stored));
    EXPECT_FALSE(to_recipe(row, "tea", &stored, time_point{}).for_sale) << "withdrawn stays withdrawn";
    for (std::size_t column = 0; column != 8; ++column) {
        const char* values[] = {"Tee", "Cold.", "food", "hard", "2.51", "hot", "1 bag", "Boil."};
        EXPECT_FALSE(same_content(read_catalogue(with(column, values[column]))->front(), stored)) << column;
    }
}

TEST(Catalogue, OfTheBinaryIsValid)
{
    const auto rows = read_catalogue(starter_catalogue::find_asset("/starter.tsv")->body);
    ASSERT_TRUE(rows) << rows.error().errors.front().row << ": " << rows.error().errors.front().message;
    EXPECT_GE(rows->size(), 10u);
}

} // namespace
} // namespace edm::recipes
