#include "masking.hpp"

#include <fmt/format.h>

namespace edm::config {

std::string mask_url_password(std::string_view url)
{
    auto scheme = url.find("://");
    auto start = scheme == url.npos ? 0 : scheme + 3;
    auto at = url.rfind('@');
    auto colon = url.find(':', start);
    if (at == url.npos || colon == url.npos || colon > at)
        return std::string{url};
    return fmt::format("{}:{}{}", url.substr(0, colon), mask, url.substr(at));
}

std::string printable(std::string_view text)
{
    std::string out;
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else if (byte < 0x20 || byte == 0x7f)
            out += fmt::format("\\x{:02x}", byte);
        else
            out += c;
    }
    return out;
}

} // namespace edm::config
