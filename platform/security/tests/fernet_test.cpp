#include <edm/core/environment.hpp>
#include <edm/core/text.hpp>
#include <edm/security/fernet.hpp>
#include <edm/security/mac.hpp>

#include <gtest/gtest.h>

#include <array>

namespace {

using namespace edm;
using namespace edm::security;
using namespace std::chrono_literals;

// github.com/fernet/spec: generate.json, verify.json, invalid.json.
constexpr std::string_view spec_key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
constexpr std::string_view spec_token =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
const time_point spec_now{std::chrono::seconds{499162800}}; // 1985-10-26T01:20:00-07:00

const time_point now{std::chrono::sys_days{std::chrono::year{2026} / 5 / 1}};
const auto key = base64url(std::string(32, 'k'), true);

std::string made_at(time_point when)
{
    return fernet_encrypt(key, "a card", when, random_source::system());
}

class counting final : public random_source
{
  public:
    void fill(std::span<std::uint8_t> out) const override
    {
        for (std::size_t i = 0; i != out.size(); ++i)
            out[i] = static_cast<std::uint8_t>(i);
    }
};

/// A token whose parts a test chose, signed with the right key.
std::string signed_token(std::string part)
{
    part += hmac_sha256(std::string(16, 'k'), part);
    return base64url(part, true);
}

TEST(Fernet, AgreesWithTheSpecification)
{
    EXPECT_EQ(fernet_encrypt(spec_key, "hello", spec_now, counting{}), spec_token);
    EXPECT_EQ(fernet_decrypt(spec_key, spec_token, spec_now + 1s, 60s), "hello");
}

TEST(Fernet, RefusesWhatTheSpecificationCallsInvalid)
{
    struct
    {
        const char* why;
        std::string_view token;
    } constexpr vectors[] = {
        {"incorrect mac",
         "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ=="},
        {"too short", "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=="},
        {"invalid base64", "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-"
                           "p1YsUD2Q=="},
        {"payload size not multiple of block size", "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-"
                                                    "fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm"},
        {"payload padding error",
         "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw=="},
        {"far-future TS",
         "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw=="},
        {"expired TTL",
         "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q=="},
        {"incorrect IV",
         "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ=="},
    };
    for (const auto& one : vectors) {
        const auto later = std::string_view{one.why} == "expired TTL" ? 62s : 1s;
        EXPECT_FALSE(fernet_decrypt(spec_key, one.token, spec_now + later, 60s)) << one.why;
    }
}

TEST(Fernet, EveryChangedByteIsRefused)
{
    auto token = made_at(now);
    EXPECT_EQ(fernet_decrypt(key, token, now), "a card");
    EXPECT_FALSE(fernet_decrypt(base64url(std::string(32, 'x'), true), token, now));
    for (std::size_t i = 0; i != token.size(); ++i) {
        auto changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(fernet_decrypt(key, changed, now)) << "byte " << i;
    }
}

TEST(Fernet, ItsTimeIsChecked)
{
    EXPECT_TRUE(fernet_decrypt(key, made_at(now + 60s), now));
    EXPECT_FALSE(fernet_decrypt(key, made_at(now + 61s), now)) << "without a time to live too";
    EXPECT_FALSE(fernet_decrypt(key, made_at(now + 61s), now, 60s));
    EXPECT_TRUE(fernet_decrypt(key, made_at(now - 60s), now, 60s));
    EXPECT_FALSE(fernet_decrypt(key, made_at(now - 61s), now, 60s));
    EXPECT_TRUE(fernet_decrypt(key, made_at(now - 24h * 365), now));
    std::string beyond_every_clock = "\x80";
    beyond_every_clock += std::string(8, '\xff') + std::string(32, 'z');
    EXPECT_FALSE(fernet_decrypt(key, signed_token(beyond_every_clock), now));
}

TEST(Fernet, ATokenHasOneSpelling)
{
    std::string token;
    for (std::string text = "a"; !token.ends_with('='); text += "0123456789012345")
        token = fernet_encrypt(key, text, now, random_source::system());
    ASSERT_TRUE(fernet_decrypt(key, token, now));
    for (const auto& other : {token.substr(0, token.find('=')), token + "=", token + "\n", " " + token, token + "===="})
        EXPECT_FALSE(fernet_decrypt(key, other, now)) << other;
    auto last = token.find('=') - 1;
    auto unused_bits = token;
    unused_bits[last] = static_cast<char>(unused_bits[last] + 1);
    EXPECT_FALSE(fernet_decrypt(key, unused_bits, now));
}

TEST(Fernet, ASignedTokenOfAnotherFormIsRefused)
{
    const std::string time(8, '\0');
    EXPECT_FALSE(fernet_decrypt(key, signed_token("\x81" + time + std::string(32, 'z')), now)) << "version";
    EXPECT_FALSE(fernet_decrypt(key, signed_token("\x80" + time + std::string(16, 'z')), now)) << "nothing sealed";
    EXPECT_FALSE(fernet_decrypt(key, signed_token("\x80" + time + std::string(33, 'z')), now)) << "half a block";
}

TEST(Fernet, AKeyIsThirtyTwoBytesWithPadding)
{
    EXPECT_TRUE(is_fernet_key(key));
    for (const auto& bad : {std::string{}, key.substr(0, 43), key + "=", base64url(std::string(31, 'k'), true),
                            base64url(std::string(33, 'k'), true), std::string(44, '+'), key + "\n"})
        EXPECT_FALSE(is_fernet_key(bad)) << bad;
    EXPECT_THROW(fernet_encrypt("short", "x", now, random_source::system()), std::invalid_argument);
}

} // namespace
