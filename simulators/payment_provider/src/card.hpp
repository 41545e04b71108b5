#pragma once

#include <edm/service/service.hpp>

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace edm::payment_provider {

/// What a card form collects. The types check the shape; `problem` checks the rest.
struct card
{
    text<1, 100> card_holder_name;
    secret<12, 30> card_number; ///< digits, in groups if one likes
    whole<1, 12> expiration_month;
    whole<2000, 2199> expiration_year;
    secret<3, 4> cvv;
    std::optional<whole<1, 12>> number_installments; ///< default 12

    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> examples{{
        {"card_holder_name", "\"Ana Souza\""},
        {"card_number", "\"4242 4242 4242 4242\""},
        {"expiration_month", "12"},
        {"expiration_year", "2031"},
        {"cvv", "\"123\""},
        {"number_installments", "1"},
    }};
};
BOOST_DESCRIBE_STRUCT(card, (),
                      (card_holder_name, card_number, expiration_month, expiration_year, cvv, number_installments))

/// Reads the JSON that a card's token holds. The error names fields, never what is in them.
std::expected<card, std::string> read_card(std::string_view json);

/// The JSON that goes into a token.
std::string card_json(const card& c);

/// The card's number without blanks and dashes.
std::string digits_of(const card& c);

/// Whether the last digit is the check digit of the others (ISO/IEC 7812-1, Luhn).
bool luhn(std::string_view digits);

/// What is wrong with a card at that time; none: nothing. Never holds what is in the fields.
std::optional<std::string> problem(const card& c, time_point now);

} // namespace edm::payment_provider
