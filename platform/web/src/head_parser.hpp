#pragma once

#include <edm/web/http.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace edm::web {

/// Finds the end of a message's head in bytes that arrive piecemeal, and checks what can be checked line by line, so
/// that a malformed head is refused before it is complete. Keeps offsets only: the buffer may move between calls.
class head_scanner
{
  public:
    enum class state
    {
        more,
        complete,
        refused
    };

    head_scanner(std::size_t first_line, std::size_t header_bytes, std::size_t fields) noexcept
        : first_line_limit_(first_line), header_limit_(header_bytes), field_limit_(fields)
    {
    }

    /// `data` is everything since the head's first byte.
    state scan(std::string_view data) noexcept;
    std::size_t head_size() const noexcept { return line_start_; }
    int status() const noexcept { return status_; }
    void reset() noexcept;

  private:
    state refuse(int status) noexcept;
    state check_limits(std::size_t end) noexcept;

    std::size_t first_line_limit_;
    std::size_t header_limit_;
    std::size_t field_limit_;
    std::size_t scanned_ = 0;
    std::size_t line_start_ = 0;
    std::size_t headers_start_ = 0; ///< 0 while the first line is not complete
    std::size_t lines_ = 0;
    int status_ = 0;
};

/// What a head says about the message.
struct request_head
{
    std::string_view method;
    std::string_view target;
    std::string_view path;
    std::string_view query;
    std::vector<header_view> headers;
    std::optional<std::size_t> content_length;
    int minor = 1; ///< of HTTP/1.x
    bool chunked = false;
    bool keep_alive = true;
    bool expects_continue = false;

    /// Parses a complete head, its empty line included. 0, or the status to refuse it with.
    int parse(std::string_view head);
};

/// Parses the field lines of a head (without the empty line) into `out`; false where one is malformed.
bool parse_fields(std::string_view lines, std::vector<header_view>& out);

/// What the framing fields of a message say (RFC 9112 6).
struct framing
{
    std::optional<std::size_t> content_length;
    bool chunked = false;
};

/// False where they contradict each other, repeat, or are malformed: the message's end is then unknown.
bool read_framing(std::span<const header_view> headers, framing& out);

} // namespace edm::web
