#include "chunk_decoder.hpp"

#include <cstdint>
#include <cstdlib>

/// However the bytes are cut, the outcome is the same, and the limit holds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace edm::web;
    const std::string_view all{reinterpret_cast<const char*>(data), size};
    std::string body_whole;
    std::string body_pieces;
    std::size_t used = 0;
    chunk_decoder whole{4096, 1024};
    chunk_decoder pieces{4096, 1024};
    const auto at_once = whole.decode(all, body_whole, used);
    auto step = chunk_decoder::state::more;
    for (std::size_t n = 0; n < size && step == chunk_decoder::state::more; ++n)
        step = pieces.decode(all.substr(n, 1), body_pieces, used);
    if (at_once != step || body_whole != body_pieces || body_whole.size() > 4096)
        std::abort();
    return 0;
}
