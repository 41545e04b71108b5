// Named tables of bad bodies, at each endpoint: every violation, where it is and of which type, at once.

#include "stage.hpp"

#include <vector>

namespace edm::authentication {
namespace {

using testing::bad_body;
using testing::violations_of;

std::string with(const std::string& id, const std::string& password, const std::string& user_info)
{
    return fmt::format(R"({{"credentials":{{"id":"{}","password":"{}"}},"user_info":{}}})", id, password, user_info);
}

const std::string good_info = R"({"id":"ana@example.com","name":"Ana Lima"})";

class BadBodies : public Authentication
{
  protected:
    void refused(const std::string& path, const std::vector<bad_body>& table, const header_list& headers = {})
    {
        for (const auto& [name, body, answer] : table)
            EXPECT_EQ(violations_of(sut.post(path, body, headers)), answer) << path << ": " << name;
    }
};

TEST_F(BadBodies, OfSignUp)
{
    refused(
        "/signup",
        {
            {"nothing", "", "422 body missing"},
            {"cut off", R"({"credentials":)", "422 body.15 json_invalid"},
            {"two values", "{}{}", "422 body.2 json_invalid"},
            {"bad UTF-8", "{\"credentials\":\"\xff\"}", "422 body.16 json_invalid"},
            {"a list", "[]", "422 body model_attributes_type"},
            {"null", "null", "422 body model_attributes_type"},
            {"a key twice", R"({"credentials":{},"credentials":{}})",
             "422 body.credentials value_error, body.credentials.id missing, body.credentials.password missing, "
             "body.user_info missing"},
            {"empty object", "{}", "422 body.credentials missing, body.user_info missing"},
            {"no fields", R"({"credentials":{},"user_info":{}})",
             "422 body.credentials.id missing, body.credentials.password missing, body.user_info.id missing, "
             "body.user_info.name missing"},
            {"parts of other types", R"({"credentials":"x","user_info":[1]})",
             "422 body.credentials model_attributes_type, body.user_info model_attributes_type"},
            {"fields of other types",
             R"({"credentials":{"id":1,"password":true},"user_info":{"id":null,"name":{},"phone_number":5,"address":[]}})",
             "422 body.credentials.id string_type, body.credentials.password string_type, body.user_info.id "
             "string_type, body.user_info.name string_type, body.user_info.phone_number string_type, "
             "body.user_info.address string_type"},
            {"no e-mail address", with("ana", "correct horse", good_info), "422 body.credentials.id value_error"},
            {"line feed in the address", with(R"(ana@example.com\nx)", "correct horse", good_info),
             "422 body.credentials.id value_error"},
            {"address of 255", with(std::string(243, 'a') + "@example.com", "correct horse", good_info),
             "422 body.credentials.id value_error"},
            {"password of 7", with(ana, "1234567", good_info), "422 body.credentials.password string_too_short"},
            {"password of 7 umlauts, 14 bytes", with(ana, "äöüäöüä", good_info),
             "422 body.credentials.password string_too_short"},
            {"password of 65", with(ana, std::string(65, 'x'), good_info),
             "422 body.credentials.password string_too_long"},
            {"name of 3", with(ana, "correct horse", R"({"id":"ana@example.com","name":"Ana"})"),
             "422 body.user_info.name string_too_short"},
            {"name of 101",
             with(ana, "correct horse", R"({"id":"ana@example.com","name":")" + std::string(101, 'x') + R"("})"),
             "422 body.user_info.name string_too_long"},
            {"phone of 21",
             with(ana, "correct horse",
                  R"({"id":"ana@example.com","name":"Ana Lima","phone_number":"123456789012345678901"})"),
             "422 body.user_info.phone_number string_too_long"},
            {"address of 201",
             with(ana, "correct horse",
                  R"({"id":"ana@example.com","name":"Ana Lima","address":")" + std::string(201, 'x') + R"("})"),
             "422 body.user_info.address string_too_long"},
            {"two people", with(ana, "correct horse", R"({"id":"eva@example.com","name":"Eva Lima"})"),
             "422 body.user_info.id value_error"},
            {"everything at once", with("ana", "x", R"({"id":7,"name":"Ana"})"),
             "422 body.credentials.id value_error, body.credentials.password string_too_short, body.user_info.id "
             "string_type, body.user_info.name string_too_short"},
        });
    EXPECT_TRUE(sut.published<contracts::user_signed_up>().empty());
    EXPECT_EQ(hasher.hashed, 1) << "the administrator's alone";
}

TEST_F(BadBodies, UnknownFieldsAndLengthsInCharactersAreFine)
{
    EXPECT_EQ(sut.post("/signup", with(ana, "äöüäöüäö", R"({"id":"ana@example.com","name":"Łódź","later":1})")).status,
              201);
}

TEST_F(BadBodies, OfChangePassword)
{
    const auto token = session();
    refused("/change-password",
            {
                {"nothing", "", "422 body missing"},
                {"empty object", "{}", "422 body.old_password missing, body.new_password missing"},
                {"empty old one", R"({"old_password":"","new_password":"long enough"})",
                 "422 body.old_password string_too_short"},
                {"long old one, short new one",
                 R"({"old_password":")" + std::string(65, 'x') + R"(","new_password":"1234567"})",
                 "422 body.old_password string_too_long, body.new_password string_too_short"},
                {"numbers", R"({"old_password":1,"new_password":2})",
                 "422 body.old_password string_type, body.new_password string_type"},
            },
            token);
    EXPECT_EQ(sut.post("/change-password", "{").status, 401) << "who asks is looked at first";
}

TEST_F(BadBodies, OfForgotPassword)
{
    refused("/forgot-password", {
                                    {"nothing", "", "422 body missing"},
                                    {"empty object", "{}", "422 body.id missing"},
                                    {"no e-mail address", R"({"id":"ana"})", "422 body.id value_error"},
                                    {"a number", R"({"id":7})", "422 body.id string_type"},
                                    {"a list", "[1]", "422 body model_attributes_type"},
                                });
}

TEST_F(BadBodies, OfResetPassword)
{
    refused("/reset-password",
            {
                {"empty object", "{}", "422 body.token missing, body.new_password missing"},
                {"empty token, number", R"({"token":"","new_password":7})",
                 "422 body.token string_too_short, body.new_password string_type"},
                {"long token, long password",
                 R"({"token":")" + std::string(4097, 'x') + R"(","new_password":")" + std::string(65, 'x') + R"("})",
                 "422 body.token string_too_long, body.new_password string_too_long"},
            });
}

TEST_F(BadBodies, AreNotShown)
{
    const auto answer = sut.post("/signup", with(ana, "s3cret!", good_info));
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.body.find("s3cret!"), std::string::npos);
    EXPECT_EQ(violations_of(sut.submit("/signup", "credentials=x")).substr(0, 20), "422 body value_error");
}

} // namespace
} // namespace edm::authentication
