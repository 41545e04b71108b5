#include <edm/service/resources.hpp>

#include <edm/core/text.hpp>

#include <fmt/format.h>

namespace edm {

std::string mail_message_id(const resources& from, std::string_view service, std::string_view item)
{
    auto host = std::string_view{from.public_url};
    if (auto scheme = host.find("://"); scheme != std::string_view::npos)
        host.remove_prefix(scheme + 3);
    return fmt::format("{}.{}@{}", to_hex(sha256(item).substr(0, 12)), service,
                       host.substr(0, host.find_first_of(":/")));
}

} // namespace edm
