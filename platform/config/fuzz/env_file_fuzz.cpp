#include <edm/config/env_file.hpp>
#include <edm/core/text.hpp>

#include <cstdint>
#include <cstdlib>
#include <set>

/// Every entry has a name of the grammar, once, on a line of its own, and a value that is text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view all{reinterpret_cast<const char*>(data), size};
    const auto file = edm::config::parse_env(all, ".env");
    std::set<std::string> names;
    std::size_t line = 0;
    for (const auto& e : file.entries) {
        const bool good = !e.name.empty() && !(e.name[0] >= '0' && e.name[0] <= '9') &&
                          e.name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
                              std::string::npos;
        if (!good || !names.insert(e.name).second || e.line <= line || e.value.size() > size ||
            !edm::valid_utf8(e.value) || e.value.find('\0') != std::string::npos)
            std::abort();
        line = e.line;
    }
    return 0;
}
