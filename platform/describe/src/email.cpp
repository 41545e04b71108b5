#include "scalar.hpp"

#include <algorithm>

namespace edm::describing {

namespace {

bool digit(char c)
{
    return c >= '0' && c <= '9';
}

} // namespace

const char* email_flaw(std::string_view text)
{
    constexpr std::string_view specials = "!#$%&'*+-/=?^_`{|}~.";
    auto alphanumeric = [](char c) { return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (text.size() > 254)
        return "It is too long.";
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 126; }))
        return "It may only have ASCII characters.";
    auto sign = text.find('@');
    if (sign == std::string_view::npos)
        return "An email address must have an @-sign.";
    std::string_view local = text.substr(0, sign);
    std::string_view domain = text.substr(sign + 1);
    if (domain.find('@') != std::string_view::npos)
        return "An email address must have one @-sign only.";
    if (local.empty() || local.size() > 64)
        return "There must be 1 to 64 characters before the @-sign.";
    if (local.starts_with('.') || local.ends_with('.') || local.find("..") != std::string_view::npos)
        return "The part before the @-sign has a period in a wrong place.";
    if (!std::ranges::all_of(local,
                             [&](char c) { return alphanumeric(c) || specials.find(c) != std::string_view::npos; }))
        return "The part before the @-sign has a character that is not allowed.";
    int labels = 0;
    bool numeric = false;
    for (std::string_view rest = domain;; ++labels) {
        auto dot = rest.find('.');
        std::string_view label = rest.substr(0, dot);
        if (label.empty() || label.size() > 63 || label.starts_with('-') || label.ends_with('-') ||
            !std::ranges::all_of(label, [&](char c) { return alphanumeric(c) || c == '-'; }))
            return "The part after the @-sign is not a valid domain name.";
        numeric = std::ranges::all_of(label, digit);
        if (dot == std::string_view::npos)
            break;
        rest.remove_prefix(dot + 1);
    }
    if (labels == 0 || numeric)
        return "The part after the @-sign is not a valid domain name. It should have a period.";
    return nullptr;
}

} // namespace edm::describing
