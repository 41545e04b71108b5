#include "unicode.hpp"

#include <edm/core/text.hpp>

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <unordered_map>
#include <vector>

namespace edm::recipes {

namespace {

constexpr std::size_t longest_slug = 100;
constexpr std::size_t hash_digits = 8;

struct free_memory
{
    void operator()(utf8proc_uint8_t* p) const { std::free(p); }
};

std::string map(std::string_view text, int options)
{
    utf8proc_uint8_t* out = nullptr;
    const auto length =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                     &out, static_cast<utf8proc_option_t>(options));
    const std::unique_ptr<utf8proc_uint8_t, free_memory> owned{out};
    return length < 0 ? std::string{}
                      : std::string{reinterpret_cast<const char*>(out), static_cast<std::size_t>(length)};
}

/// Whether a code point that is no ASCII letter or digit separates words (else it vanishes, as accents do).
bool separates(utf8proc_int32_t c)
{
    if (c == '\'' || c == 0x2019) // one word: Shepherd's
        return false;
    const auto category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_PC && category != UTF8PROC_CATEGORY_CF;
}

bool is_ascii_word(utf8proc_int32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

} // namespace

std::string fold(std::string_view text)
{
    return map(text, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD);
}

std::string slug(std::string_view name)
{
    const auto decomposed = map(name, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE);
    std::string out;
    bool gap = false;
    const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(decomposed.data());
    for (auto left = static_cast<utf8proc_ssize_t>(decomposed.size()); left > 0;) {
        utf8proc_int32_t c = 0;
        const auto taken = utf8proc_iterate(at, left, &c);
        if (taken <= 0)
            break;
        at += taken;
        left -= taken;
        if (!is_ascii_word(c)) {
            gap = gap || separates(c);
            continue;
        }
        if (out.size() + (gap ? 1 : 0) >= longest_slug)
            break;
        if (gap && !out.empty())
            out += '-';
        gap = false;
        out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return out;
}

std::vector<std::string> assign_ids(std::span<const std::string> names,
                                    const std::function<std::optional<std::string>(std::string_view id)>& holder)
{
    std::unordered_map<std::string, std::string> given; // id to name
    std::vector<std::string> out;
    out.reserve(names.size());
    for (const auto& name : names) {
        const auto held_by = [&](const std::string& id) {
            const auto at = given.find(id);
            return at != given.end() ? std::optional{at->second} : holder(id);
        };
        const auto hash = to_hex(sha256(name));
        auto id = slug(name);
        auto other = "slug-" + hash.substr(0, hash_digits);
        const auto present = id.empty() ? std::optional<std::string>{} : held_by(id);
        const bool stored_there = present && *present == name;
        const bool is_free = !id.empty() && !present;
        if (!stored_there && (!is_free || held_by(other) == name)) {
            for (auto digits = hash_digits; digits < hash.size(); digits += hash_digits) {
                other = "slug-" + hash.substr(0, digits);
                const auto who = held_by(other);
                if (!who || *who == name)
                    break;
            }
            id = std::move(other);
        }
        given.emplace(id, name);
        out.push_back(std::move(id));
    }
    return out;
}

} // namespace edm::recipes
