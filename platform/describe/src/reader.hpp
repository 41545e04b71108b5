#pragma once

#include "scalar.hpp"

#include <edm/describe/decode.hpp>

#include <boost/json/error.hpp>
#include <boost/json/string_view.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace edm::describing {

inline constexpr std::size_t max_depth = 32;

/// A container that is open. Without initializers: an array of them costs nothing.
struct frame
{
    const type* t;
    void* out;
    std::uint64_t seen;     ///< object: the fields that came
    std::uint32_t step;     ///< object: the field that comes next, or none; list and map: items so far
    std::uint32_t next;     ///< object: where to look for the next key first
    const std::string* key; ///< map: of the present item
    void* value;            ///< map: the present item, or null
};

struct slot
{
    const type* t = nullptr; ///< null: the value is of no interest
    void* out = nullptr;
};

/// The handler of the parser's events: one interpreter for all types.
class reader
{
  public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    using error = boost::json::error_code;
    using chars = boost::json::string_view;

    reader(const type& t, void* out, const decode_options& options) : root_{&t, out}, options_(options) {}
    ~reader() { wipe(scratch_); }
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    std::vector<violation> violations();

    bool on_document_begin(error&) { return true; }
    bool on_document_end(error&) { return true; }
    bool on_comment_part(chars, error&) { return true; }
    bool on_comment(chars, error&) { return true; }
    bool on_string_part(chars s, std::size_t, error&) { return keep(s); }
    bool on_key_part(chars s, std::size_t, error&) { return keep(s); }
    bool on_number_part(chars s, error&) { return keep(s); }
    bool on_int64(std::int64_t, chars s, error&) { return number(s); }
    bool on_uint64(std::uint64_t, chars s, error&) { return number(s); }
    bool on_double(double, chars s, error&) { return number(s); }

    bool on_object_begin(error&) { return open(kind::object, kind::map, '{'); }
    bool on_array_begin(error&) { return open(kind::list, kind::list, '['); }
    bool on_object_end(std::size_t, error&);
    bool on_array_end(std::size_t, error&);
    bool on_key(chars s, std::size_t, error&);
    bool on_string(chars s, std::size_t, error&);
    bool on_bool(bool b, error&);
    bool on_null(error&);

  private:
    struct entry
    {
        violation what;
        std::vector<std::uint32_t> place; ///< positions of fields and items: sorting by it sorts by fields
        std::size_t arrival;
    };

    bool keep(chars s)
    {
        scratch_.append(s.data(), s.size());
        return true;
    }
    std::string_view complete(chars s)
    {
        if (scratch_.empty())
            return {s.data(), s.size()};
        keep(s);
        return scratch_;
    }
    bool open(kind wanted, kind or_wanted, char bracket);
    bool close(char bracket);
    bool number(chars s);
    slot next();
    static slot unwrap(slot s);
    void object_key(frame& f, std::string_view key);
    void map_key(frame& f, std::string_view key);
    bool comes_from_elsewhere(std::string_view name) const
    {
        return depth_ == 1 && std::ranges::find(options_.skip, name) != options_.skip.end();
    }
    lower_bounds bounds() const { return options_.lenient ? lower_bounds::are_waived : lower_bounds::hold; }
    void report(problem p, std::optional<std::string_view> last = {}, std::uint32_t place = 0);
    void report_inside(problem p, std::string_view key, std::uint32_t place);
    void raw_comma()
    {
        if (!raw_->empty() && raw_->back() != '{' && raw_->back() != '[' && raw_->back() != ':')
            *raw_ += ',';
    }

    slot root_;
    const decode_options& options_;
    std::size_t depth_ = 0;
    std::size_t skipping_ = 0;   ///< depth within a value that is of no interest
    std::string* raw_ = nullptr; ///< where the present value is kept as it is
    std::size_t raw_depth_ = 0;
    std::string scratch_; ///< parts of a string, key or number
    std::vector<entry> entries_;
    std::array<frame, max_depth> frames_;
};

} // namespace edm::describing
