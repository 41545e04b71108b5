#include "rabbitmq_fixture.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

/// `amqps`, to a broker whose certificate an authority of this test signed.
namespace edm::conformance {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* openssl = "/usr/bin/openssl";

class bus_rabbitmq_tls : public rabbitmq_conformance
{
  protected:
    void SetUp() override
    {
        if (::access(openssl, X_OK) != 0)
            GTEST_SKIP() << "not run: " << openssl << " is not there";
        rabbitmq_conformance::SetUp();
        if (IsSkipped())
            return;
        make_authority("trusted");
        make_authority("stranger");
        auto at = files_.path().string();
        run_openssl("req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout " + at + "/server.key -out " + at +
                    "/server.csr -addext subjectAltName=DNS:localhost");
        run_openssl("x509 -req -in " + at + "/server.csr -CA " + at + "/trusted.pem -CAkey " + at +
                    "/trusted.key -CAcreateserial -days 2 -copy_extensions copy -out " + at + "/server.pem");
        encrypted_.emplace(rabbitmq_server::certificate{at + "/trusted.pem", at + "/server.pem", at + "/server.key"});
        encrypted_->start();
    }
    void make_authority(const std::string& name)
    {
        auto at = (files_.path() / name).string();
        run_openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + name + " -keyout " + at + ".key -out " +
                    at + ".pem");
    }
    static void run_openssl(const std::string& words)
    {
        ASSERT_EQ(std::system((std::string{openssl} + " " + words + " 2>/dev/null").c_str()), 0) << words;
    }
    std::string authority(const std::string& name) const { return (files_.path() / (name + ".pem")).string(); }
    std::string url(const std::string& host) const
    {
        return "amqps://guest:guest@" + host + ":" + std::to_string(encrypted_->tls_port()) + "/";
    }

    temporary_directory files_;
    std::optional<rabbitmq_server> encrypted_;
};

INSTANTIATE_TEST_SUITE_P(Foreign, bus_rabbitmq_tls, ::testing::ValuesIn(rabbitmq_kinds),
                         [](const auto& info) { return info.param.name; });

TEST_P(bus_rabbitmq_tls, EventsGoThroughIt)
{
    go_by(url("localhost"), authority("trusted"));
    running_ = false;
    context_->await(bus_->open(topology_), false);
    bus_->consume("sink.reads", reads_);
    publish(2);
    ASSERT_TRUE(arrive(2));
    EXPECT_THAT(reads_.keys(), ElementsAre("news1", "news2"));
}

TEST_P(bus_rabbitmq_tls, AnAuthorityThatDidNotSignItIsRefused)
{
    auto line = refusal(url("localhost"), authority("stranger"));
    EXPECT_THAT(line, HasSubstr("RabbitMQ at localhost:"));
    EXPECT_THAT(line, HasSubstr("EDM_RABBITMQ_CA_FILE"));
    EXPECT_THAT(line, Not(HasSubstr("\n")));
    EXPECT_THAT(refusal(url("127.0.0.1"), authority("trusted")), HasSubstr("for this name"));
}

TEST_P(bus_rabbitmq_tls, APeerThatGoesAwayInTheHandshakeIsNoRefusal)
{
    gate nobody(1); // accepts, as a proxy does whose broker is down, and has nobody to pass on to
    EXPECT_EQ(refusal("amqps://guest:guest@127.0.0.1:" + std::to_string(nobody.port()) + "/", authority("trusted")),
              "it started");
}

TEST_P(bus_rabbitmq_tls, AFileOfAuthoritiesThatIsNotThereIsOneLine)
{
    auto line = refusal(url("localhost"), authority("nobody"));
    EXPECT_THAT(line, HasSubstr("EDM_RABBITMQ_CA_FILE"));
    EXPECT_THAT(line, HasSubstr("nobody.pem"));
}

} // namespace

} // namespace edm::conformance
