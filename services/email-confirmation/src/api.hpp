#pragma once

#include <edm/describe/describe.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace edm::email_confirmation {

/// The link that was mailed. Whatever it holds is answered with a page, so nothing is required of it.
struct link_request
{
    std::optional<std::string> token;
};
BOOST_DESCRIBE_STRUCT(link_request, (), (token))

/// The page's form: whoever fills it in reads pages, so a mistyped address is answered with one.
struct new_link_form
{
    std::optional<std::string> id;
};
BOOST_DESCRIBE_STRUCT(new_link_form, (), (id))

struct confirm_request
{
    static constexpr std::string_view description = "The token of the link in a confirmation mail.";

    text<1, 4096> token;
};
BOOST_DESCRIBE_STRUCT(confirm_request, (), (token))

struct confirm_reply
{
    std::string user_id;
};
BOOST_DESCRIBE_STRUCT(confirm_reply, (), (user_id))

struct resend_request
{
    static constexpr std::string_view description = "Who waits for a confirmation mail.";
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 1> examples{
        {{"id", "\"ana@example.com\""}}};

    email id;
};
BOOST_DESCRIBE_STRUCT(resend_request, (), (id))

} // namespace edm::email_confirmation
