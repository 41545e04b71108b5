#include <edm/security/secrets.hpp>

#include <edm/core/text.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>

namespace edm::security {

namespace {

constexpr std::size_t shortest = 16;
constexpr double least_bits = 50;

/// Keys that are printed somewhere, so that everybody has them.
constexpr std::string_view published[] = {
    "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",                     // Fernet specification
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",                           // Standard Webhooks, examples
    "whsec_plJ3nmyCDGBKInavdOK15jsl",                                   // the same
    "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",                                 // the same
    "c2VjcmV0IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXMgbG9uZyE=",                 // this project's tests
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", // FastAPI, security tutorial
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow", // RFC 7515, A.1
    "d41d8cd98f00b204e9800998ecf8427e",                                                       // MD5 of nothing
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",                       // SHA-256 of nothing
    "correct horse battery staple",
    "correct-horse-battery-staple",
    "correcthorsebatterystaple",
};

constexpr std::string_view known_words[] = {
    "changeme",  "change-me",  "change_me", "change this",   "changethis", "password",    "passw0rd",
    "p4ssword",  "passphrase", "secret",    "s3cret",        "example",    "placeholder", "replace-me",
    "replaceme", "replace_me", "your-",     "your_",         "letmein",    "qwerty",      "qwertz",
    "asdfgh",    "iloveyou",   "welcome",   "administrator", "default",    "insecure",    "development",
    "dummy",     "sample",     "foobar",    "lorem ipsum",   "deadbeef",   "cafebabe",
};

/// What is left when every character that follows from the ones before it is taken away: the next of a run (`aaaa`,
/// `1234`, `fedc`).
std::string without_runs(std::string_view text)
{
    std::string out;
    int step = 1000;
    for (std::size_t i = 0; i != text.size(); ++i) {
        int now = i == 0 ? 1000 : static_cast<unsigned char>(text[i]) - static_cast<unsigned char>(text[i - 1]);
        if (i == 0 || now != step || std::abs(now) > 2)
            out += text[i];
        step = now;
    }
    return out;
}

/// Whether the text is one shorter piece over and over.
bool repeats(std::string_view text)
{
    for (std::size_t period = 1; period <= text.size() / 2; ++period) {
        bool same = true;
        for (std::size_t i = period; same && i != text.size(); ++i)
            same = text[i] == text[i - period];
        if (same)
            return true;
    }
    return false;
}

/// An upper bound: what the frequencies of its own characters allow.
double bits_of(std::string_view text)
{
    std::array<std::size_t, 256> counts{};
    for (char c : text)
        ++counts[static_cast<unsigned char>(c)];
    double bits = 0;
    for (auto n : counts)
        if (n > 0)
            bits -= static_cast<double>(n) * std::log2(static_cast<double>(n) / static_cast<double>(text.size()));
    return bits;
}

/// As somebody writes it. Of a million random keys one has five letters of such a word, in any case each.
bool holds(std::string_view text, std::string_view word)
{
    constexpr std::size_t by_chance = 5;
    auto lower = ascii_lower(text);
    for (auto at = lower.find(word); at != lower.npos; at = lower.find(word, at + 1)) {
        auto rest = text.substr(at + 1, word.size() - 1);
        bool small = std::none_of(rest.begin(), rest.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
        bool large = std::none_of(rest.begin(), rest.end(), [](char c) { return c >= 'a' && c <= 'z'; });
        if (word.size() > by_chance || small || large)
            return true;
    }
    return false;
}

std::optional<std::string> pattern_of(std::string_view text)
{
    if (std::set<char>(text.begin(), text.end()).size() < 6)
        return "it repeats a few characters";
    if (repeats(text))
        return "it repeats a short text";
    if (bits_of(without_runs(text)) < least_bits)
        return "its characters are too easy to guess";
    for (auto word : known_words)
        if (holds(text, word))
            return "it holds a well-known word";
    return {};
}

/// Random bytes are hardly ever all readable: what hides in an encoding was written by a person.
std::optional<std::string> pattern_inside(std::string_view text)
{
    if (text.starts_with("whsec_"))
        text.remove_prefix(6);
    for (const auto& raw : {from_hex(text), from_base64(text), from_base64url(text)})
        if (raw && raw->size() >= shortest) {
            bool readable = std::all_of(raw->begin(), raw->end(), [](char c) { return c >= ' ' && c <= '~'; });
            if (readable)
                return "it is a readable text, encoded";
            if (repeats(*raw) || bits_of(without_runs(*raw)) < least_bits)
                return "it is an encoded pattern";
        }
    return {};
}

} // namespace

std::optional<std::string> weak_secret(std::string_view secret)
{
    if (secret.size() < shortest)
        return "it is shorter than 16 characters";
    auto lower = ascii_lower(secret);
    for (auto known : published)
        if (lower.find(ascii_lower(known)) != std::string::npos)
            return "it is published as an example";
    if (auto why = pattern_of(secret))
        return why;
    return pattern_inside(secret);
}

} // namespace edm::security
