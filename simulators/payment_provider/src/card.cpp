#include "card.hpp"

#include <algorithm>
#include <chrono>

namespace edm::payment_provider {

namespace {

constexpr std::int64_t default_installments = 12;

bool all_digits(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

std::expected<card, std::string> read_card(std::string_view json)
{
    card out;
    const auto violations = decode_into(out, json, {.root = "card"});
    if (violations.empty()) {
        if (!out.number_installments)
            out.number_installments = default_installments;
        return out;
    }
    if (violations.front().type == "json_invalid")
        return std::unexpected("The card's data is not JSON.");
    std::string why;
    for (const auto& v : violations)
        why += fmt::format("{}{}: {}", why.empty() ? "" : "; ", v.loc.back(), v.msg);
    return std::unexpected(why + ".");
}

std::string card_json(const card& c)
{
    std::string out = "{\"card_holder_name\":";
    append_json_string(out, c.card_holder_name.value);
    out += ",\"card_number\":";
    append_json_string(out, c.card_number.reveal());
    out += fmt::format(",\"expiration_month\":{},\"expiration_year\":{},\"cvv\":", c.expiration_month.value,
                       c.expiration_year.value);
    append_json_string(out, c.cvv.reveal());
    const auto installments = c.number_installments ? c.number_installments->value : default_installments;
    return out + fmt::format(",\"number_installments\":{}}}", installments);
}

std::string digits_of(const card& c)
{
    auto digits = c.card_number.reveal();
    std::erase_if(digits, [](char d) { return d == ' ' || d == '-'; });
    return digits;
}

bool luhn(std::string_view digits)
{
    if (digits.empty() || !all_digits(digits))
        return false;
    int sum = 0;
    bool twice = false;
    for (auto d = digits.rbegin(); d != digits.rend(); ++d, twice = !twice) {
        const int digit = (*d - '0') * (twice ? 2 : 1);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0;
}

std::optional<std::string> problem(const card& c, time_point now)
{
    const auto digits = digits_of(c);
    if (digits.size() < 12 || digits.size() > 19 || !luhn(digits))
        return "The card number is invalid.";
    if (!all_digits(c.cvv.reveal()))
        return "The card's security code is invalid.";
    // A card is good until its month ends.
    const auto month = std::chrono::year{static_cast<int>(c.expiration_year.value)} /
                       std::chrono::month{static_cast<unsigned>(c.expiration_month.value)};
    if (now >= std::chrono::sys_days{(month + std::chrono::months{1}) / 1})
        return "The card has expired.";
    return {};
}

} // namespace edm::payment_provider
