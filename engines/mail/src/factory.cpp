#include <edm/mail/mail.hpp>

#include "smtp_mailer.hpp"
#include "smtp_url.hpp"
#include "stdout_mailer.hpp"

#include <stdexcept>
#include <utility>

namespace edm::mail_engine {

std::optional<std::string> mail_setting_problem(const std::string& value)
{
    if (value == "mailbox" || value == "stdout")
        return {};
    auto server = parse_smtp_url(value);
    if (server)
        return {};
    return std::move(server.error());
}

std::unique_ptr<mailer> make_mailer(const std::string& value, const std::filesystem::path& data_dir,
                                    const std::string& from, environment at)
{
    auto sender = parse_address(from);
    if (!sender)
        throw std::invalid_argument("the sender of mails: " + sender.error());
    if (value == "mailbox")
        return std::make_unique<mailbox>(data_dir / "mailbox", std::move(*sender), at);
    if (value == "stdout")
        return std::make_unique<stdout_mailer>(std::move(*sender), at);
    auto server = parse_smtp_url(value);
    if (!server)
        throw std::invalid_argument(server.error());
    return std::make_unique<smtp_mailer>(std::move(*server), std::move(*sender), at);
}

} // namespace edm::mail_engine
