#include <edm/core/environment.hpp>
#include <edm/core/text.hpp>
#include <edm/security/secrets.hpp>

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

using namespace edm;
using namespace edm::security;
namespace fs = std::filesystem;

class SecretFile : public testing::Test
{
  protected:
    void SetUp() override
    {
        auto pattern = (fs::temp_directory_path() / "edm-secrets-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        file_ = folder_ / "KEY";
    }
    void TearDown() override { fs::remove_all(folder_); }
    void write(std::string_view text, fs::perms mode = fs::perms{0600}) const
    {
        std::ofstream{file_, std::ios::binary} << text;
        fs::permissions(file_, mode);
    }
    std::string load(std::string fresh = "fresh") const
    {
        return load_or_create_secret_file(file_, [&] { return fresh; });
    }
    std::size_t files() const
    {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator{folder_}, fs::directory_iterator{}));
    }

    fs::path folder_, file_;
};

TEST_F(SecretFile, IsMadeOnceForThisUserAlone)
{
    EXPECT_EQ(load("first"), "first");
    EXPECT_EQ(load("second"), "first");
    EXPECT_EQ(fs::status(file_).permissions(), fs::perms{0600});
    EXPECT_EQ(files(), 1u) << "nothing unfinished is left";
}

TEST_F(SecretFile, OthersMayNotReadIt)
{
    for (auto mode : {0644, 0640, 0604, 0660}) {
        write("a secret", static_cast<fs::perms>(mode));
        EXPECT_THROW(load(), std::runtime_error) << mode;
    }
}

// A name that anybody can foresee can be made a link to a file of ours, or be opened before it holds the secret.
TEST_F(SecretFile, IsWrittenUnderANameThatNobodyPrepared)
{
    auto victim = folder_ / "victim";
    std::ofstream{victim} << "untouched";
    fs::create_symlink(victim, folder_ / "KEY.new");
    EXPECT_EQ(load(), "fresh");
    std::string text;
    std::ifstream{victim} >> text;
    EXPECT_EQ(text, "untouched");
    EXPECT_EQ(files(), 3u);
}

TEST_F(SecretFile, ItsLastNewlineIsNoPartOfIt)
{
    const std::pair<const char*, const char*> table[] = {
        {"secret", "secret"},     {"secret\n", "secret"},   {"secret\r\n", "secret"}, {"secret\n\n", "secret\n"},
        {"\nsecret", "\nsecret"}, {" secret ", " secret "}, {"secret\r", "secret\r"},
    };
    for (const auto& [stored, expected] : table) {
        write(stored);
        EXPECT_EQ(load(), expected);
    }
}

TEST_F(SecretFile, RefusesWhatIsNone)
{
    write("");
    EXPECT_THROW(load(), std::runtime_error);
    write("\n");
    EXPECT_THROW(load(), std::runtime_error);
    write(std::string(64 * 1024 + 1, 's'));
    EXPECT_THROW(load(), std::runtime_error);
    fs::remove(file_);
    fs::create_directory(file_);
    EXPECT_THROW(load(), std::runtime_error);
    fs::remove(file_);
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    EXPECT_THROW(load(), std::runtime_error) << "and does not wait for a writer";
    EXPECT_THROW(load_or_create_secret_file(folder_ / "none" / "KEY", [] { return "x"; }), std::runtime_error);
}

TEST_F(SecretFile, AFailureLeavesNothingBehindAndDoesNotTellTheSecret)
{
    auto taken_meanwhile = [&] {
        fs::create_directories(file_ / "inside");
        return std::string{"hush"};
    };
    try {
        load_or_create_secret_file(file_, taken_meanwhile);
        FAIL() << "a folder has the name";
    } catch (const std::runtime_error& e) {
        EXPECT_EQ(std::string_view{e.what()}.find("hush"), std::string_view::npos);
    }
    EXPECT_EQ(files(), 1u);
}

TEST(WeakSecret, IsNamed)
{
    const std::string table[] = {
        // short, repeated, or a row
        "short",
        "q7Rz0vK2mXw9TbL",
        std::string(24, 'a'),
        std::string(64, '0'),
        "abcabcabcabcabcabcabc",
        "abcdefgh12abcdefgh12abcdefgh12",
        "0123456789abcdef",
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdefghijklmnopqrstuvwxyz",
        "fedcba9876543210fedcba9876543210",
        "abcdefghijklmnopqrstuvwxyz",
        "zyxwvutsrqponmlkjihgfedcba",
        "acegikmoqsuwyacegikmoqsuwz",
        "aaaabbbbccccddddeeeeffffgggg",
        "1111222233334444555566667777",
        "12345678901234567890123456789012",
        "aabbaabbccaabbccddaabbcc",
        // words
        "this-is-a-password-123456",
        "ChangeMe-ChangeMe-ChangeMe-1",
        "please_change_me_9f8e7d6c5b",
        "my-super-SECRET-key-for-tokens",
        "P4ssw0rd-P4ssword-2026-xyz",
        "your-256-bit-key-goes-here-42",
        "replace-me-with-random-bytes",
        "insecure-dev-key-1a2b3c4d5e6f",
        "qwertyuiop-asdfghjkl-zxcvbnm",
        "deadbeef0102feed77aa99bb55cc33dd",
        // printed somewhere
        "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        "correct horse battery staple",
        // hidden by an encoding
        base64url(std::string(32, 'k'), true),
        base64url(std::string(32, '\0'), true),
        "whsec_" + base64("these are not random bytes at al"),
        base64("do not use this in production ok"),
        to_hex("sixteen readable"),
    };
    for (const auto& weak : table)
        EXPECT_TRUE(weak_secret(weak)) << weak;
}

TEST(WeakSecret, IsNotRepeated)
{
    for (auto weak : {"short", "zebra-zebra-zebra", "my-password-of-zebras"})
        EXPECT_EQ(weak_secret(weak).value().find("zebra"), std::string::npos);
}

TEST(WeakSecret, RandomOnesAreStrong)
{
    const auto& random = random_source::system();
    auto bytes = [&](std::size_t n) { return from_hex(random.hex(n)).value(); };
    constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";
    for (int i = 0; i != 3000; ++i) {
        std::string password;
        for (int n = 0; n != 20; ++n) {
            if (n != 0 && n % 5 == 0)
                password += '-';
            password += letters[random.below(letters.size())];
        }
        for (const auto& strong : {random.hex(16), random.hex(32), base64url(bytes(32), true), base64(bytes(24)),
                                   "whsec_" + base64(bytes(32)), password})
            EXPECT_FALSE(weak_secret(strong)) << strong << ": " << *weak_secret(strong);
    }
    EXPECT_FALSE(weak_secret("q7Rz0vK2mXw9TbL4"));
    EXPECT_FALSE(weak_secret("GWGyMSpOTwNCAeDmEDUMMyO9AXSDzQlhhGhIgI2GgWE=")) << "five letters by chance";
    EXPECT_TRUE(weak_secret("GWGyMSpOTwNCAeDmDUMMYO9AXSDzQlhhGhIgI2GgWE="));
}

} // namespace
