// The administrator: made at the first start, made to fit the configuration at later ones.

#include "stage.hpp"

#include <edm/security/jwt.hpp>

namespace edm::authentication {
namespace {

using testing::outcome_of;

class AdministratorAccount : public ::testing::Test
{
  protected:
    web::response log_in(const std::string& password, const std::string& user = admin)
    {
        return sut.submit("/login", "username=" + percent_encode(user) + "&password=" + percent_encode(password));
    }
    bool is_administrator(const web::response& logged_in)
    {
        const auto says =
            sut.signer().verify(security::purpose::access, testing::member_of(logged_in, "access_token"), sut.now());
        return says && says->administrator;
    }
    std::size_t told() { return sut.published<access_changed>().size(); }

    testing::kept_mails mails;
    testing::plain_hasher hasher;
    testing::one_service sut{[this](resources& with) {
                                 with.mail = &mails;
                                 with.hasher = &hasher;
                                 return make_authentication(with);
                             },
                             {{"APP_ADM_USER", admin}, {"APP_ADM_PASSWORD", "configured password"}}};
};

TEST_F(AdministratorAccount, IsCreatedConfirmed)
{
    const auto answer = log_in("configured password");
    EXPECT_EQ(outcome_of(answer), "200 successfully_logged_in");
    EXPECT_TRUE(is_administrator(answer));
    EXPECT_TRUE(sut.published<contracts::user_signed_up>().empty());
    EXPECT_EQ(told(), 1u);
}

TEST_F(AdministratorAccount, IsLeftAloneWhereThePasswordIsRight)
{
    const auto hashed = hasher.hashed;
    sut.restart();
    EXPECT_EQ(hasher.hashed, hashed);
    EXPECT_GE(hasher.verified, 1) << "checked after the start, as due work";
    EXPECT_EQ(told(), 1u);
    EXPECT_EQ(log_in("configured password").status, 200);
}

TEST_F(AdministratorAccount, GetsANewlyConfiguredPassword)
{
    const auto session = log_in("configured password");
    sut.configure("APP_ADM_PASSWORD", "another password");
    sut.restart();
    EXPECT_EQ(log_in("configured password").status, 401);
    const auto answer = log_in("another password");
    EXPECT_EQ(outcome_of(answer), "200 successfully_logged_in") << "its older tokens ended";
    EXPECT_TRUE(is_administrator(answer));
    EXPECT_EQ(told(), 2u);
    EXPECT_EQ(sut.post("/logout", "", {{"Authorization", "Bearer " + testing::member_of(session, "token")}}).status,
              401);
}

TEST_F(AdministratorAccount, AFormerOneIsAnOrdinaryUser)
{
    sut.configure("APP_ADM_USER", "boss@example.com");
    sut.restart();
    EXPECT_TRUE(is_administrator(log_in("configured password", "boss@example.com")));
    EXPECT_FALSE(is_administrator(log_in("configured password")));
}

TEST_F(AdministratorAccount, IsMadeOfWhoeverHasThatAddress)
{
    const std::string body = R"({"credentials":{"id":"rui@example.com","password":"password of rui"},)"
                             R"("user_info":{"id":"rui@example.com","name":"Rui Costa"}})";
    EXPECT_EQ(sut.post("/signup", body).status, 201);
    sut.configure("APP_ADM_USER", "rui@example.com");
    sut.restart();
    EXPECT_EQ(log_in("password of rui", "rui@example.com").status, 401);
    EXPECT_TRUE(is_administrator(log_in("configured password", "rui@example.com")));
}

} // namespace
} // namespace edm::authentication
