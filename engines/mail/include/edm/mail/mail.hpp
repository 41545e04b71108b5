#pragma once

#include <edm/core/environment.hpp>
#include <edm/mail/mailbox.hpp>
#include <edm/service/resources.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace edm::mail_engine {

/// What is wrong with a value of `EDM_MAIL`, as one line without its password; none: it is fine.
std::optional<std::string> mail_setting_problem(const std::string& value);

/// The mailer that `EDM_MAIL` names: `mailbox`, `stdout`, or `smtp://` and `smtps://` URLs (README.md). `from` is the
/// sender of every mail. Throws std::invalid_argument with one line where a value does not parse. Where the mailer is a
/// `mailbox`, its pages can be served (`dynamic_cast`).
std::unique_ptr<mailer> make_mailer(const std::string& value, const std::filesystem::path& data_dir,
                                    const std::string& from, environment at);

} // namespace edm::mail_engine
