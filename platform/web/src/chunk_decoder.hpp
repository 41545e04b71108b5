#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace edm::web {

/// Decodes the chunked transfer coding (RFC 9112 7.1) from pieces. Strict: CRLF only, no white space around sizes.
/// Extensions and trailer fields are checked and ignored.
class chunk_decoder
{
  public:
    enum class state
    {
        more,
        complete,
        malformed,
        too_large
    };

    chunk_decoder(std::size_t body_limit, std::size_t trailer_limit) noexcept
        : body_limit_(body_limit), trailer_limit_(trailer_limit)
    {
    }

    /// Appends decoded bytes to `body`; `consumed` says how much of `data` was used (all of it unless `complete`).
    state decode(std::string_view data, std::string& body, std::size_t& consumed);

  private:
    enum class place
    {
        size_line,
        data,
        data_end,
        trailer
    };
    static constexpr std::size_t line_limit = 256;

    state line_byte(char c);
    state take_line();
    state take_size();
    state take_trailer();

    std::size_t body_limit_;
    std::size_t trailer_limit_;
    std::size_t remaining_ = 0;
    std::size_t total_ = 0;
    std::size_t trailer_bytes_ = 0;
    place place_ = place::size_line;
    std::string line_;
};

} // namespace edm::web
