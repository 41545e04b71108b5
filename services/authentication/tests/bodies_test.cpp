// Named tables of bad bodies: every violation, where it is and what type, at once.

#include "api.hpp"

#include <edm/describe/describe.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace edm::authentication {
namespace {

/// `body.credentials.id value_error`, in the order of the fields.
std::vector<std::string> problems(std::span<const violation> found)
{
    std::vector<std::string> lines;
    for (const auto& one : found) {
        std::string line;
        for (const auto& part : one.loc)
            line += (line.empty() ? "" : ".") + part;
        lines.push_back(line + " " + one.type);
    }
    return lines;
}

template <class T>
std::vector<std::string> problems_of(std::string_view json)
{
    T out{};
    return problems(decode_into(out, json));
}

struct bad_body
{
    std::string_view name;
    std::string json;
    std::vector<std::string> expected;
};

std::string sign_up(std::string_view id, std::string_view password, std::string_view user_info)
{
    return fmt::format(R"({{"credentials":{{"id":"{}","password":"{}"}},"user_info":{}}})", id, password, user_info);
}

const std::string good_info = R"({"id":"ana@example.com","name":"Ana Lima"})";

TEST(SignUpBody, Bad)
{
    const std::vector<bad_body> table{
        {"empty object", "{}", {"body.credentials missing", "body.user_info missing"}},
        {"no fields",
         R"({"credentials":{},"user_info":{}})",
         {"body.credentials.id missing", "body.credentials.password missing", "body.user_info.id missing",
          "body.user_info.name missing"}},
        {"no e-mail address", sign_up("ana", "correct horse", good_info), {"body.credentials.id value_error"}},
        {"line feed in the address",
         sign_up(R"(ana@example.com\nx)", "correct horse", good_info),
         {"body.credentials.id value_error"}},
        {"password of 7",
         sign_up("ana@example.com", "1234567", good_info),
         {"body.credentials.password string_too_short"}},
        {"password of 65",
         sign_up("ana@example.com", std::string(65, 'x'), good_info),
         {"body.credentials.password string_too_long"}},
        {"password of 7 umlauts, 14 bytes",
         sign_up("ana@example.com", "äöüäöüä", good_info),
         {"body.credentials.password string_too_short"}},
        {"name of 3",
         sign_up("ana@example.com", "correct horse", R"({"id":"ana@example.com","name":"Ana"})"),
         {"body.user_info.name string_too_short"}},
        {"name of 101",
         sign_up("ana@example.com", "correct horse",
                 R"({"id":"ana@example.com","name":")" + std::string(101, 'x') + R"("})"),
         {"body.user_info.name string_too_long"}},
        {"phone of 21",
         sign_up("ana@example.com", "correct horse",
                 R"({"id":"ana@example.com","name":"Ana Lima","phone_number":"123456789012345678901"})"),
         {"body.user_info.phone_number string_too_long"}},
        {"address of 201",
         sign_up("ana@example.com", "correct horse",
                 R"({"id":"ana@example.com","name":"Ana Lima","address":")" + std::string(201, 'x') + R"("})"),
         {"body.user_info.address string_too_long"}},
        {"everything at once",
         sign_up("ana", "x", R"({"id":7,"name":"Ana"})"),
         {"body.credentials.id value_error", "body.credentials.password string_too_short",
          "body.user_info.id string_type", "body.user_info.name string_too_short"}},
    };
    for (const auto& row : table)
        EXPECT_EQ(problems_of<sign_up_request>(row.json), row.expected) << row.name;
}

TEST(SignUpBody, Good)
{
    sign_up_request request;
    EXPECT_TRUE(decode_into(request, sign_up("Ana@Example.COM", std::string(64, 'x'), good_info)).empty());
    EXPECT_EQ(request.credentials.id.value, "ana@example.com");
    EXPECT_TRUE(decode_into(request, sign_up("ana@example.com", "äöüäöüäö", good_info)).empty());
}

TEST(SignUpBody, ViolationsNeverShowThePassword)
{
    sign_up_request request;
    const auto found = decode_into(request, sign_up("ana@example.com", "s3cret!", good_info));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(violations_json(found).find("s3cret!"), std::string::npos);
}

TEST(LogInForm, OnlyMissingFieldsAreViolations)
{
    const std::vector<std::string_view> present{"password"};
    EXPECT_EQ(problems(missing_violations(describe<log_in_form>(), present, "body")),
              std::vector<std::string>{"body.username missing"});
    log_in_form form;
    EXPECT_TRUE(assign(describe<log_in_form>(), &form, "username", "no address", "body").empty());
    EXPECT_TRUE(assign(describe<log_in_form>(), &form, "password", "short", "body").empty());
    EXPECT_TRUE(assign(describe<log_in_form>(), &form, "client_secret", "", "body").empty())
        << "as Swagger UI sends it";
}

TEST(PasswordBodies, Bad)
{
    EXPECT_EQ(problems_of<change_password_request>(R"({"new_password":"short"})"),
              (std::vector<std::string>{"body.old_password missing", "body.new_password string_too_short"}));
    EXPECT_EQ(problems_of<forgot_password_request>(R"({"id":"ana"})"), std::vector<std::string>{"body.id value_error"});
    EXPECT_EQ(problems_of<reset_password_request>(R"({"token":"","new_password":7})"),
              (std::vector<std::string>{"body.token string_too_short", "body.new_password string_type"}));
}

} // namespace
} // namespace edm::authentication
