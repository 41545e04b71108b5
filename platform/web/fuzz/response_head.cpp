#include "response_reader.hpp"

#include <cstdint>
#include <cstdlib>

/// However an answer is cut, it reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace edm::web;
    const std::string_view all{reinterpret_cast<const char*>(data), size};
    response_reader whole{false, 4096};
    response_reader pieces{false, 4096};
    const auto at_once = whole.feed(all);
    auto step = response_reader::state::more;
    for (std::size_t n = 0; n < size && step == response_reader::state::more; ++n)
        step = pieces.feed(all.substr(n, 1));
    if (size > 0 && (at_once == response_reader::state::complete) != (step == response_reader::state::complete))
        std::abort();
    return 0;
}
