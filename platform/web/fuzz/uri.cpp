#include <edm/core/text.hpp>
#include <edm/web/uri.hpp>

#include <cstdint>
#include <cstdlib>

/// What is decoded is never longer than what was sent, and survives being encoded again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace edm;
    const std::string_view all{reinterpret_cast<const char*>(data), size};
    const auto [path, query] = web::split(all);
    if (path.size() + query.size() > all.size())
        std::abort();
    if (const auto pairs = web::parse_query(query)) {
        std::string again;
        std::size_t decoded = 0;
        for (const auto& [name, value] : *pairs) {
            decoded += name.size() + value.size();
            again += (again.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
        }
        if (decoded > query.size() || (!pairs->empty() && web::parse_query(again) != pairs))
            std::abort();
    }
    if (const auto text = percent_decode(path); text && percent_decode(percent_encode(*text)) != text)
        std::abort();
    if (const auto at = web::parse_host_port(all); at && at->host.size() + 1 > all.size())
        std::abort();
    return 0;
}
