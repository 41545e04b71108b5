#include "first_words.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace edm::app {

namespace {

constexpr std::string_view password_name = "APP_ADM_PASSWORD";

std::string content_of(const std::filesystem::path& file)
{
    std::ifstream in{file};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
    return text;
}

config::effective setting_of(const program& declared, std::string_view name)
{
    for (const auto& one : declared.settings.effective_values())
        if (one.name == name)
            return one;
    return {};
}

/// Where a browser on this machine finds the program.
std::string local_url(const program& declared, std::uint16_t port)
{
    auto address = declared.platform.listen_on();
    address.port = port;
    if (address.host == "0.0.0.0" || address.host == "::")
        address.host = "localhost";
    return "http://" + address.text();
}

} // namespace

void tell_first_words(const program& declared, data_directory& directory, std::uint16_t port)
{
    bool password_is_fresh = setting_of(declared, password_name).origin == "generated" && directory.tell_once();
    auto file = data_directory::secret_file(directory.path(), password_name);
    if (!::isatty(STDOUT_FILENO)) {
        if (password_is_fresh)
            fmt::print("First start: the administrator's password is in {}\n", file.string());
        std::fflush(stdout);
        return;
    }
    auto url = local_url(declared, port);
    fmt::print("\n  Event-Driven Monolith {}\n\n  address      {}\n  API          {}/docs\n", version(), url, url);
    if (declared.resources.development && *declared.platform.mail == "mailbox")
        fmt::print("  mailbox      {}/mailbox\n", url);
    if (password_is_fresh)
        fmt::print("\n  First start. The administrator, shown this once (and kept in {}):\n  user         {}\n  "
                   "password     {}\n",
                   file.string(), setting_of(declared, "APP_ADM_USER").value, content_of(file));
    fmt::print("\n  Ctrl-C stops it.\n\n");
    std::fflush(stdout);
}

} // namespace edm::app
