#pragma once

#include <edm/describe/describe.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace edm::authentication {

/// Field by field an example, as JSON.
template <std::size_t N>
using example_list = std::array<std::pair<std::string_view, std::string_view>, N>;

using password = secret<8, 64>;

struct credentials
{
    static constexpr example_list<2> examples{
        {{"id", "\"ana@example.com\""}, {"password", "\"correct horse battery\""}}};

    email id;
    authentication::password password;
};
BOOST_DESCRIBE_STRUCT(credentials, (), (id, password))

struct profile
{
    static constexpr std::string_view description = "Who signs up. The id is the one of the credentials.";
    static constexpr example_list<2> examples{{{"id", "\"ana@example.com\""}, {"name", "\"Ana Lima\""}}};

    email id;
    text<4, 100> name;
    std::optional<text<0, 20>> phone_number;
    std::optional<text<0, 200>> address;
};
BOOST_DESCRIBE_STRUCT(profile, (), (id, name, phone_number, address))

struct sign_up_request
{
    authentication::credentials credentials;
    profile user_info;
};
BOOST_DESCRIBE_STRUCT(sign_up_request, (), (credentials, user_info))

struct sign_up_reply
{
    std::string id;
};
BOOST_DESCRIBE_STRUCT(sign_up_reply, (), (id))

/// The password grant of RFC 6749, section 4.3.2. Username and password are free text here, for one that cannot be
/// right is answered with 400 and not, like a missing one, with 422.
struct log_in_form
{
    static constexpr std::string_view description = "The OAuth2 password form.";
    static constexpr example_list<2> examples{
        {{"username", "\"ana@example.com\""}, {"password", "\"correct horse battery\""}}};

    std::optional<std::string> grant_type;
    std::string username;
    secret<0, 65'536> password;
    std::optional<std::string> scope;
    std::optional<std::string> client_id;
    std::optional<secret<0, 65'536>> client_secret;
};
BOOST_DESCRIBE_STRUCT(log_in_form, (), (grant_type, username, password, scope, client_id, client_secret))

struct log_in_data
{
    std::optional<std::string> token;     ///< of `successfully_logged_in`
    std::optional<std::string> new_token; ///< of `user_already_logged_in`
};
BOOST_DESCRIBE_STRUCT(log_in_data, (), (token, new_token))

struct log_in_details
{
    std::string description;
    log_in_data data;
};
BOOST_DESCRIBE_STRUCT(log_in_details, (), (description, data))

/// The common envelope, and beside it the answer of RFC 6749, section 5.1.
struct log_in_reply
{
    static constexpr std::string_view description =
        "`status` is `successfully_logged_in`, or `user_already_logged_in` where an unexpired token had been issued.";

    std::string status;
    bool error = false;
    log_in_details details;
    std::string access_token;
    std::string token_type;
    std::int64_t expires_in = 0; ///< seconds
};
BOOST_DESCRIBE_STRUCT(log_in_reply, (), (status, error, details, access_token, token_type, expires_in))

struct change_password_request
{
    secret<1, 64> old_password;
    password new_password;
};
BOOST_DESCRIBE_STRUCT(change_password_request, (), (old_password, new_password))

struct forgot_password_request
{
    static constexpr example_list<1> examples{{{"id", "\"ana@example.com\""}}};

    email id;
};
BOOST_DESCRIBE_STRUCT(forgot_password_request, (), (id))

struct reset_password_request
{
    static constexpr std::string_view description = "The token of the link in the mail, and the new password.";

    secret<1, 4096> token;
    password new_password;
};
BOOST_DESCRIBE_STRUCT(reset_password_request, (), (token, new_password))

/// The link that was mailed. Whatever it holds is answered with a page, so nothing is required of it.
struct reset_link_request
{
    std::optional<std::string> token;
};
BOOST_DESCRIBE_STRUCT(reset_link_request, (), (token))

/// The page's form: whoever fills it in reads pages, so a password that does not fit is answered with one.
struct new_password_form
{
    std::optional<secret<0, 65'536>> token;
    std::optional<secret<0, 65'536>> new_password;
};
BOOST_DESCRIBE_STRUCT(new_password_form, (), (token, new_password))

/// The page's form that asks for another link.
struct new_link_form
{
    std::optional<std::string> id;
};
BOOST_DESCRIBE_STRUCT(new_link_form, (), (id))

} // namespace edm::authentication
