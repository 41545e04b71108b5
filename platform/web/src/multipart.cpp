#include <edm/web/multipart.hpp>

#include "head_parser.hpp"
#include "syntax.hpp"

#include <optional>

namespace edm::web {

namespace {

/// A field value with parameters: `form-data; name="a"; filename="b"`.
class parameters
{
  public:
    explicit parameters(std::string_view text) : rest_(text)
    {
        const auto end = rest_.find(';');
        kind_ = trim(rest_.substr(0, end));
        rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end);
    }

    std::string_view kind() const noexcept { return kind_; }
    bool malformed() const noexcept { return malformed_; }

    /// The next parameter; false at the end, or where it is malformed.
    bool next(std::string_view& name, std::string& value)
    {
        rest_ = trim(rest_);
        if (rest_.empty())
            return false;
        malformed_ = true;
        if (rest_.front() != ';')
            return false;
        rest_ = trim(rest_.substr(1));
        const auto equals = rest_.find('=');
        if (equals == std::string_view::npos)
            return false;
        name = rest_.substr(0, equals);
        rest_.remove_prefix(equals + 1);
        if (!is_token(name) || !(rest_.starts_with('"') ? quoted(value) : bare(value)))
            return false;
        malformed_ = false;
        return true;
    }

  private:
    bool bare(std::string& value)
    {
        std::size_t size = 0;
        while (size < rest_.size() && is_token_char(rest_[size]))
            ++size;
        value = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return size > 0;
    }
    bool quoted(std::string& value)
    {
        value.clear();
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                rest_.remove_prefix(i + 1);
                return true;
            }
            if (rest_[i] == '\\' && i + 1 < rest_.size() && (rest_[i + 1] == '"' || rest_[i + 1] == '\\'))
                ++i;
            value += rest_[i];
        }
        return false;
    }

    std::string_view rest_;
    std::string_view kind_;
    bool malformed_ = false;
};

/// RFC 2046: 1 to 70 characters of a small set, not ending in a space.
bool valid_boundary(std::string_view text)
{
    constexpr std::string_view others = "'()+_,-./:=? ";
    if (text.empty() || text.size() > 70 || text.back() == ' ')
        return false;
    for (char c : text)
        if (!(c >= '0' && c <= '9') && !(lower(c) >= 'a' && lower(c) <= 'z') &&
            others.find(c) == std::string_view::npos)
            return false;
    return true;
}

std::optional<std::string> boundary_of(std::string_view content_type)
{
    parameters all{content_type};
    if (!same_name(all.kind(), "multipart/form-data"))
        return std::nullopt;
    std::optional<std::string> found;
    std::string_view name;
    std::string value;
    while (all.next(name, value)) {
        if (!same_name(name, "boundary"))
            continue;
        if (found)
            return std::nullopt;
        found = value;
    }
    if (all.malformed() || !found || !valid_boundary(*found))
        return std::nullopt;
    return found;
}

struct part
{
    std::string name;
    form_file file;
};

/// The header of one part; nothing where it is malformed or names no field.
std::optional<part> read_part_head(std::string_view lines)
{
    std::vector<header_view> headers;
    if (!parse_fields(lines, headers))
        return std::nullopt;
    part p;
    bool disposition = false;
    for (const auto& field : headers) {
        if (same_name(field.name, "content-type"))
            p.file.content_type = field.value;
        if (!same_name(field.name, "content-disposition"))
            continue;
        parameters all{field.value};
        if (disposition || !same_name(all.kind(), "form-data"))
            return std::nullopt;
        disposition = true;
        std::string_view name;
        std::string value;
        while (all.next(name, value)) {
            if (same_name(name, "name"))
                p.name = value;
            else if (same_name(name, "filename"))
                p.file.filename = value;
        }
        if (all.malformed())
            return std::nullopt;
    }
    if (!disposition || p.name.empty())
        return std::nullopt;
    return p;
}

/// The body between boundaries: one part at a time.
class part_reader
{
  public:
    part_reader(std::string_view body, std::string boundary) : rest_(body), delimiter_("\r\n--" + std::move(boundary))
    {
    }

    bool open()
    {
        const std::string_view first = std::string_view{delimiter_}.substr(2);
        if (!rest_.starts_with(first))
            return false;
        rest_.remove_prefix(first.size());
        return true;
    }
    /// After a boundary: whether it is the last one.
    bool at_end() const noexcept { return rest_ == "--" || rest_ == "--\r\n"; }

    std::optional<part> next(std::size_t head_limit)
    {
        if (!rest_.starts_with("\r\n"))
            return std::nullopt;
        rest_.remove_prefix(2);
        const auto head_end = rest_.substr(0, head_limit).find("\r\n\r\n");
        if (head_end == std::string_view::npos)
            return std::nullopt;
        auto found = read_part_head(rest_.substr(0, head_end + 2));
        rest_.remove_prefix(head_end + 4);
        const auto end = rest_.find(delimiter_);
        if (!found || end == std::string_view::npos)
            return std::nullopt;
        found->file.content = rest_.substr(0, end);
        rest_.remove_prefix(end + delimiter_.size());
        return found;
    }

  private:
    std::string_view rest_;
    std::string delimiter_;
};

} // namespace

std::expected<form_file, multipart_error> find_form_file(std::string_view content_type, std::string_view body,
                                                         std::string_view name, multipart_limits limits)
{
    auto boundary = boundary_of(content_type);
    if (!boundary)
        return std::unexpected{multipart_error::not_multipart};
    part_reader reader{body, std::move(*boundary)};
    if (!reader.open())
        return std::unexpected{multipart_error::malformed};
    std::optional<form_file> file;
    for (std::size_t count = 0; !reader.at_end(); ++count) {
        if (count >= limits.parts)
            return std::unexpected{multipart_error::malformed};
        auto next = reader.next(limits.part_headers);
        if (!next)
            return std::unexpected{multipart_error::malformed};
        if (next->name != name)
            continue;
        if (file)
            return std::unexpected{multipart_error::repeated};
        file = std::move(next->file);
    }
    if (!file)
        return std::unexpected{multipart_error::missing};
    return std::move(*file);
}

} // namespace edm::web
