#pragma once

#include <edm/core/environment.hpp>
#include <edm/mail/message.hpp>
#include <edm/service/resources.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edm::mail_engine {

/// Mails as files `<folder>/<time>-<id>.eml`, mode 0600, each complete or absent. For development: the folder is the
/// mail server and the mailbox at once. Thread-safe; writes go to the page cache and do not wait for the disk.
class mailbox : public mailer
{
  public:
    struct entry
    {
        std::string name; ///< of the file, sorts by time
        std::uint64_t size = 0;
    };

    /// Creates the folder (mode 0700). Throws std::system_error where that is impossible.
    mailbox(std::filesystem::path folder, address from, environment at);

    task<std::expected<void, std::string>> send(edm::mail message) override;

    /// The newest mails, newest first.
    std::vector<entry> list(std::size_t at_most = 200) const;
    /// A mail's source; none where there is no such mail, or the name is not one that `list` could return.
    std::optional<std::string> read(std::string_view name) const;

  private:
    std::filesystem::path folder_;
    address from_;
    environment at_;
};

/// The page `/mailbox`: a list of mails that links to `/mailbox/<name>`. Everything in it is escaped.
std::string mailbox_page(const mailbox& box);
/// The page `/mailbox/<name>`: headers, text with its links, and the source. None: there is no such mail.
std::optional<std::string> mailbox_message_page(const mailbox& box, std::string_view name);

} // namespace edm::mail_engine
