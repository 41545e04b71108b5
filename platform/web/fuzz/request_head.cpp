#include "head_parser.hpp"

#include <cstdint>
#include <cstdlib>

/// However the bytes are cut, the scanner says the same, and what it takes can be parsed within bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace edm::web;
    const std::string_view all{reinterpret_cast<const char*>(data), size};
    head_scanner whole{8192, 16384, 100};
    head_scanner pieces{8192, 16384, 100};
    const auto at_once = whole.scan(all);
    auto step = head_scanner::state::more;
    for (std::size_t n = 1; n <= size && step == head_scanner::state::more; ++n)
        step = pieces.scan(all.substr(0, n));
    if (size > 0 && (at_once == head_scanner::state::complete) != (step == head_scanner::state::complete))
        std::abort();
    if (at_once == head_scanner::state::complete) {
        request_head head;
        head.parse(all.substr(0, whole.head_size()));
    }
    return 0;
}
