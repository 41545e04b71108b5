#pragma once

#include <edm/web/client.hpp>

#include "chunk_decoder.hpp"
#include "head_parser.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace edm::web {

/// Puts an answer together from pieces. Knows nothing of sockets.
class response_reader
{
  public:
    enum class state
    {
        more,
        complete,
        malformed,
        too_large
    };

    response_reader(bool to_head, std::size_t body_limit);

    state feed(std::string_view data);
    /// The peer has closed: complete where the answer's length was left open.
    state closed() const noexcept;

    client_response take() { return std::move(response_); }
    /// Whether the connection may be used for another request.
    bool keep() const noexcept { return keep_ && rest_.empty(); }

  private:
    enum class place
    {
        head,
        sized,
        chunked,
        until_closed,
        complete
    };

    state read_head();
    bool parse_status_line(std::string_view line);
    state read_body();

    bool to_head_;
    std::size_t body_limit_;
    std::string rest_; ///< received and not used yet
    head_scanner scanner_{8 * 1024, 64 * 1024, 200};
    std::optional<chunk_decoder> decoder_;
    std::size_t missing_ = 0;
    place place_ = place::head;
    bool keep_ = true;
    client_response response_;
};

} // namespace edm::web
