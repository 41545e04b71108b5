#include <edm/core/environment.hpp>
#include <edm/core/text.hpp>
#include <edm/security/jwt.hpp>
#include <edm/security/mac.hpp>

#include <gtest/gtest.h>

namespace {

using namespace edm;
using namespace edm::security;
using namespace std::chrono_literals;
using namespace std::string_literals;

const time_point now{std::chrono::sys_days{std::chrono::year{2026} / 5 / 1}};
const std::string master = "0123456789abcdef0123456789abcdef", other_master = "fedcba9876543210fedcba9876543210";
const token_signer signer{master};
const claims ana{
    .sub = "ana@example.com", .jti = "1", .iat = now, .exp = now + 24h, .generation = 3, .administrator = false};

struct parts
{
    std::string header, payload, signature; ///< encoded
};

parts split(const std::string& token)
{
    auto first = token.find('.'), last = token.rfind('.');
    return {token.substr(0, first), token.substr(first + 1, last - first - 1), token.substr(last + 1)};
}

const std::string good = signer.issue(purpose::access, ana);
const parts good_parts = split(good);
const std::string good_header = from_base64url(good_parts.header).value();
const std::string good_payload = from_base64url(good_parts.payload).value();
/// What the signer derives for access tokens: a test that signs with it shows that more than the signature counts.
const std::string access_key = hmac_sha256(master, "edm token key: at+jwt");

std::string sign(const std::string& header, const std::string& payload, std::string_view key = access_key)
{
    auto part = base64url(header) + "." + base64url(payload);
    return part + "." + base64url(hmac_sha256(key, part));
}
std::string replaced(std::string text, const std::string& what, const std::string& by)
{
    return text.replace(text.find(what), what.size(), by);
}
std::string with_header(const std::string& what, const std::string& by)
{
    return sign(replaced(good_header, what, by), good_payload);
}
std::string with_claim(const std::string& what, const std::string& by)
{
    return sign(good_header, replaced(good_payload, what, by));
}

TEST(Jwt, IssuedTokensVerifyUntilTheyExpire)
{
    auto read = signer.verify(purpose::access, good, now + 1h);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->sub, "ana@example.com");
    EXPECT_EQ(read->generation, 3);
    EXPECT_FALSE(read->administrator);
    EXPECT_TRUE(signer.verify(purpose::access, good, now + 24h - 1s));
    EXPECT_EQ(signer.verify(purpose::access, good, now + 24h).error(), token_error::expired);
    EXPECT_TRUE(signer.verify(purpose::access, good, now - 60s)) << "a clock may be slow";
    EXPECT_EQ(signer.verify(purpose::access, good, now - 61s).error(), token_error::invalid);
}

TEST(Jwt, WhatTheTestsSignIsOtherwiseGood)
{
    EXPECT_EQ(sign(good_header, good_payload), good);
    EXPECT_TRUE(signer.verify(purpose::access, with_claim("\"generation\":3", "\"generation\":4"), now));
}

struct vector_case
{
    const char* name;
    std::string token;
};

std::vector<vector_case> vectors()
{
    const auto [h, p, s] = good_parts;
    const std::string rsa_header = R"({"alg":"RS256","typ":"at+jwt"})";
    std::vector<vector_case> all{
        // the form
        {"empty", ""},
        {"one_dot", "."},
        {"two_dots", ".."},
        {"two_parts", h + "." + p},
        {"four_parts", good + "." + s},
        {"five_parts", h + "." + p + "." + s + "." + s + "." + s},
        {"no_header", "." + p + "." + s},
        {"no_payload", h + ".." + s},
        {"no_signature", h + "." + p + "."},
        {"other_order", p + "." + h + "." + s},
        {"blank_before", " " + good},
        {"blank_after", good + " "},
        {"newline_after", good + "\n"},
        {"nul_after", good + "\0"s},
        {"nul_inside", h + "." + p + "\0."s + s},
        {"scheme_before", "Bearer " + good},
        {"quoted", "\"" + good + "\""},
        {"json_form", R"({"protected":")" + h + R"(","payload":")" + p + R"(","signature":")" + s + "\"}"},
        {"too_long", h + "." + p + std::string(4096, 'A') + "." + s},
        {"padding", good + "="},
        {"padded_payload", h + "." + p + "=." + s},
        {"standard_alphabet", h + "." + p + "." + std::string(42, '+') + "A"},
        {"not_base64", h + "." + p + "." + std::string(43, '*')},
        {"unused_bits", good.substr(0, good.size() - 1) + static_cast<char>(good.back() + 1)},
        {"short_signature", good.substr(0, good.size() - 4)},
        {"long_signature", good + "AAAA"},
        {"signature_of_zeros", h + "." + p + "." + base64url(std::string(32, '\0'))},
        // the algorithm
        {"none", base64url(R"({"alg":"none"})") + "." + p + "."},
        {"none_with_our_signature", base64url(R"({"alg":"none"})") + "." + p + "." + s},
        {"none_signed", with_header("HS256", "none")},
        {"none_upper_case_signed", with_header("HS256", "NONE")},
        {"hs384", with_header("HS256", "HS384")},
        {"hs512", with_header("HS256", "HS512")},
        {"lower_case_algorithm", with_header("HS256", "hs256")},
        {"rs256_signed_with_hmac", sign(rsa_header, good_payload)},
        {"no_algorithm", with_header(R"("alg":"HS256",)", "")},
        {"two_algorithms", with_header(R"("alg":"HS256",)", R"("alg":"HS256","alg":"none",)")},
        // the rest of the header
        {"other_type", with_header("at+jwt", "JWT")},
        {"type_of_another_purpose", with_header("at+jwt", "confirmation+jwt")},
        {"critical", with_header("{", R"({"crit":["exp"],)")},
        {"key_url", with_header("{", R"({"jku":"https://evil.example/keys",)")},
        {"certificate_url", with_header("{", R"({"x5u":"https://evil.example/cert",)")},
        {"own_key", with_header("{", R"({"jwk":{"kty":"oct","k":"AAAA"},)")},
        {"zipped", with_header("{", R"({"zip":"DEF",)")},
        {"unencoded_payload", with_header("{", R"({"b64":false,)")},
        {"header_with_blank", with_header(",", ", ")},
        {"header_no_object", sign("[]", good_payload)},
        {"header_no_json", sign("header", good_payload)},
        {"header_empty", sign("", good_payload)},
        {"unknown_kid", with_header(R"("kid":")", R"("kid":"x)")},
        {"empty_kid", sign(R"({"alg":"HS256","typ":"at+jwt","kid":""})", good_payload)},
        {"kid_of_a_path", sign(R"({"alg":"HS256","typ":"at+jwt","kid":"../../dev/null"})", good_payload, "")},
        {"no_kid", sign(R"({"alg":"HS256","typ":"at+jwt"})", good_payload)},
        // the key
        {"signed_by_the_master", sign(good_header, good_payload, master)},
        {"signed_by_nothing", sign(good_header, good_payload, "")},
        {"signed_by_another_purpose",
         sign(good_header, good_payload, hmac_sha256(master, "edm token key: confirmation+jwt"))},
        {"of_another_shop", token_signer{other_master}.issue(purpose::access, ana)},
        {"confirmation_token", signer.issue(purpose::confirmation, ana)},
        {"password_reset_token", signer.issue(purpose::password_reset, ana)},
        // the claims, under a good signature
        {"payload_no_json", sign(good_header, "payload")},
        {"payload_empty", sign(good_header, "")},
        {"payload_array", sign(good_header, "[]")},
        {"payload_null", sign(good_header, "null")},
        {"payload_with_more_behind", sign(good_header, good_payload + "{}")},
        {"payload_beyond_utf8", with_claim("ana@", "\xff\xfe@")},
        {"other_issuer", with_claim(R"("iss":"edm")", R"("iss":"mde")")},
        {"no_issuer", with_claim(R"("iss":"edm",)", "")},
        {"other_audience", with_claim("edm:access", "edm:confirmation")},
        {"audience_list", with_claim(R"("aud":"edm:access")", R"("aud":["edm:access","x"])")},
        {"no_audience", with_claim(R"("aud":"edm:access",)", "")},
        {"no_subject", with_claim("ana@example.com", "")},
        {"subject_number", with_claim(R"("ana@example.com")", "7")},
        {"subject_null", with_claim(R"("ana@example.com")", "null")},
        {"no_subject_at_all", with_claim(R"("sub":"ana@example.com",)", "")},
        {"expiry_text", with_claim(R"("exp":)", R"("exp":"x","y":)")},
        {"expiry_fraction", with_claim(R"(,"generation")", R"(.5,"generation")")},
        {"expiry_beyond_64_bits", with_claim(R"(,"generation")", R"(00000000000000,"generation")")},
        {"no_expiry", with_claim(R"("exp":)", R"("exq":)")},
        {"issued_in_the_future",
         signer.issue(purpose::access, {.sub = "a", .jti = "1", .iat = now + 61s, .exp = now + 24h})},
        {"expired", signer.issue(purpose::access, {.sub = "a", .jti = "1", .iat = now - 25h, .exp = now})},
        {"expired_before_1970", with_claim(R"("exp":)", R"("exp":-)")},
        {"administrator_text", with_claim(R"("administrator":false)", R"("administrator":"true")")},
        {"administrator_number", with_claim(R"("administrator":false)", R"("administrator":1)")},
        {"administrator_twice",
         with_claim(R"("administrator":false)", R"("administrator":false,"administrator":true)")},
    };
    return all;
}

class Refused : public testing::TestWithParam<vector_case>
{
};

TEST_P(Refused, AtEveryPurpose)
{
    EXPECT_NE(GetParam().token, good);
    EXPECT_FALSE(signer.verify(purpose::access, GetParam().token, now));
}

INSTANTIATE_TEST_SUITE_P(Jwt, Refused, testing::ValuesIn(vectors()), [](const auto& i) { return i.param.name; });

TEST(JwtTable, IsLargeEnough)
{
    EXPECT_GE(vectors().size(), 40u);
}

TEST(Jwt, NoPurposeTakesAnothersToken)
{
    for (auto made : {purpose::access, purpose::confirmation, purpose::password_reset})
        for (auto taken : {purpose::access, purpose::confirmation, purpose::password_reset})
            EXPECT_EQ(signer.verify(taken, signer.issue(made, ana), now).has_value(), made == taken);
}

TEST(Jwt, EveryChangedByteIsRefused)
{
    for (std::size_t i = 0; i != good.size(); ++i) {
        auto changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(signer.verify(purpose::access, changed, now)) << "byte " << i;
    }
}

TEST(Jwt, AKeyIsReplacedWhileTokensOfTheOneBeforeStillCount)
{
    const token_signer before{master}, during{other_master, master}, after{other_master};
    for (auto what : {purpose::access, purpose::confirmation, purpose::password_reset}) {
        auto old_token = before.issue(what, ana), new_token = during.issue(what, ana);
        EXPECT_TRUE(during.verify(what, old_token, now));
        EXPECT_TRUE(during.verify(what, new_token, now));
        EXPECT_TRUE(after.verify(what, new_token, now)) << "new tokens are of the new key";
        EXPECT_FALSE(before.verify(what, new_token, now));
        EXPECT_FALSE(after.verify(what, old_token, now));
        EXPECT_NE(split(old_token).header, split(new_token).header);
    }
    // A header of one key over a signature of the other.
    auto mixed = split(during.issue(purpose::access, ana));
    auto part = good_parts.header + "." + mixed.payload;
    EXPECT_FALSE(during.verify(purpose::access, part + "." + mixed.signature, now));
}

TEST(Jwt, ItsHeaderNamesTheKeyWithoutTellingIt)
{
    EXPECT_EQ(good_header,
              R"({"alg":"HS256","typ":"at+jwt","kid":")" + base64url(sha256(access_key).substr(0, 9)) + "\"}");
}

TEST(Jwt, AShortKeyIsRefused)
{
    EXPECT_THROW(token_signer{"31 characters are not enough..."}, std::invalid_argument);
    EXPECT_THROW((token_signer{master, "short"}), std::invalid_argument);
}

} // namespace
