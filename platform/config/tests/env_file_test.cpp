#include <edm/config/env_file.hpp>

#include <gtest/gtest.h>

namespace edm::config {
namespace {

struct good_line
{
    const char* title;
    std::string_view text;
    std::string_view value;
};

TEST(EnvFile, ReadsEveryFormOfValue)
{
    using namespace std::string_view_literals;
    const good_line table[] = {
        {"plain", "A=b"sv, "b"sv},
        {"empty", "A="sv, ""sv},
        {"empty with comment", "A= # c"sv, ""sv},
        {"blanks around", "  A \t=  b c  "sv, "b c"sv},
        {"export", "export A=b"sv, "b"sv},
        {"export and tabs", "\texport\tA=b"sv, "b"sv},
        {"comment after a blank", "A=b # c"sv, "b"sv},
        {"no comment without a blank", "A=b#c"sv, "b#c"sv},
        {"equals in the value", "A=b==c"sv, "b==c"sv},
        {"no interpolation", "A=$HOME/${X}"sv, "$HOME/${X}"sv},
        {"backslash is literal unquoted", "A=C:\\n"sv, "C:\\n"sv},
        {"quote inside a plain value", "A=it's"sv, "it's"sv},
        {"single quotes are literal", "A='b # \\n \"$x\" '"sv, "b # \\n \"$x\" "sv},
        {"empty single quotes", "A=''"sv, ""sv},
        {"double quotes with escapes", R"(A="a\n\r\t\"\\\$ # 'x'")"sv, "a\n\r\t\"\\$ # 'x'"sv},
        {"no interpolation in double quotes", R"(A="$HOME")"sv, "$HOME"sv},
        {"comment after quotes", "A='b' # c"sv, "b"sv},
        {"blanks after quotes", "A=\"b\"  "sv, "b"sv},
        {"carriage return", "A=b\r\n"sv, "b"sv},
        {"byte order mark",
         "\xEF\xBB\xBF"
         "A=b"sv,
         "b"sv},
        {"UTF-8", "A=käse"sv, "käse"sv},
    };
    for (const auto& one : table) {
        auto file = parse_env(one.text, ".env");
        EXPECT_TRUE(file.errors.empty()) << one.title;
        ASSERT_EQ(file.entries.size(), 1u) << one.title;
        EXPECT_EQ(file.entries[0].name, "A") << one.title;
        EXPECT_EQ(file.entries[0].value, one.value) << one.title;
    }
}

TEST(EnvFile, AVariableMayBeCalledExport)
{
    auto file = parse_env("export=1\nexport =2\n", ".env");
    ASSERT_EQ(file.entries.size(), 1u);
    EXPECT_EQ(file.entries[0].name, "export");
    EXPECT_EQ(file.errors.size(), 1u) << "set twice";
}

TEST(EnvFile, CountsLinesOverCommentsAndEmptyOnes)
{
    auto file = parse_env("# first\n\n  \n A=1\r\n#B=2\nC=3", ".env");
    ASSERT_EQ(file.entries.size(), 2u);
    EXPECT_EQ(file.entries[0].line, 4u);
    EXPECT_EQ(file.entries[1].line, 6u);
}

TEST(EnvFile, SaysWhatIsWrongWithADamagedLineAndWhatToDo)
{
    using namespace std::string_view_literals;
    const struct
    {
        std::string_view line;
        std::string_view error;
    } table[] = {
        {"hunter2"sv, "`.env`:1: the line has no =. Write NAME=value, or begin it with # for a comment."},
        {"export hunter2"sv, "`.env`:1: the line has no =. Write NAME=value, or begin it with # for a comment."},
        {"1A=hunter2"sv,
         "`.env`:1: what stands before = is no name. A name has letters, digits and _ only, and does not "
         "begin with a digit."},
        {"A B=hunter2"sv, "`.env`:1: what stands before = is no name. A name has letters, digits and _ only, and does "
                          "not begin with a digit."},
        {"=hunter2"sv, "`.env`:1: what stands before = is no name. A name has letters, digits and _ only, and does not "
                       "begin with a digit."},
        {"A='hunter2"sv,
         "`.env`:1: the quote ' is not closed on this line. Add the closing quote; a value that holds a "
         "' goes into double quotes."},
        {"A=\"hunter2"sv,
         "`.env`:1: the quote \" is not closed on this line. Add the closing quote; write a line break "
         "inside a value as \\n."},
        {"A=\"hunter2\\"sv, "`.env`:1: the quote \" is not closed on this line. Add the closing quote; write a line "
                            "break inside a value as \\n."},
        {"A=\"hunter2\\q\""sv,
         "`.env`:1: this escape is unknown. In double quotes write \\\\ for a backslash; known are "
         "\\n \\r \\t \\\" \\\\ \\$."},
        {"A='hunter2'x"sv, "`.env`:1: there is text after the closing '. Quote the whole value, or put a blank before "
                           "the # of a comment."},
        {"A=\"hunter2\"#x"sv, "`.env`:1: there is text after the closing \". Quote the whole value, or put a blank "
                              "before the # of a comment."},
        {"A=hunter2\xff"sv, "`.env`:1: the line is not UTF-8. Save the file as UTF-8."},
        {"A=hunter2\0"sv, "`.env`:1: the line holds a NUL byte. Save the file as plain text."},
    };
    for (const auto& one : table) {
        auto file = parse_env(one.line, ".env");
        EXPECT_TRUE(file.entries.empty()) << one.line;
        ASSERT_EQ(file.errors.size(), 1u) << one.line;
        EXPECT_EQ(file.errors[0], one.error);
        EXPECT_EQ(file.errors[0].find("hunter2"), std::string::npos) << "an error repeats a value";
    }
}

TEST(EnvFile, CollectsEveryErrorAndReadsTheRest)
{
    auto file = parse_env("A\nB=2\nC='\nB=3\n", "conf/.env");
    ASSERT_EQ(file.entries.size(), 1u);
    EXPECT_EQ(file.entries[0].value, "2");
    ASSERT_EQ(file.errors.size(), 3u);
    EXPECT_EQ(file.errors[2], "`conf/.env`:4: B was already set in line 2. Remove one of the two lines.");
}

} // namespace
} // namespace edm::config
