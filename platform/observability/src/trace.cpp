#include <edm/observability/trace.hpp>

#include <algorithm>
#include <span>

namespace edm::observability {

namespace {

constexpr std::size_t length = 55;
constexpr std::uint8_t sampled = 1;

int digit(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> out) noexcept
{
    for (std::size_t i = 0; i != out.size(); ++i) {
        int high = digit(text[2 * i]);
        int low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return true;
}

char* write_hex(std::span<const std::uint8_t> bytes, char* out) noexcept
{
    static constexpr char digits[] = "0123456789abcdef";
    for (auto byte : bytes) {
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    }
    return out;
}

bool any(std::span<const std::uint8_t> bytes) noexcept
{
    return std::ranges::any_of(bytes, [](auto byte) { return byte != 0; });
}

void fill_nonzero(std::span<std::uint8_t> out, const random_source& random)
{
    random.fill(out);
    if (!any(out))
        out.back() = 1;
}

} // namespace

trace_context trace_context::root(const random_source& random)
{
    trace_context out;
    fill_nonzero(out.trace_id, random);
    fill_nonzero(out.span_id, random);
    out.flags = sampled;
    return out;
}

std::optional<trace_context> trace_context::parse(std::string_view text) noexcept
{
    if (text.size() < length || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return {};
    std::array<std::uint8_t, 1> version{};
    std::array<std::uint8_t, 1> flags{};
    trace_context out;
    if (!read_hex(text, version) || !read_hex(text.substr(3), out.trace_id) ||
        !read_hex(text.substr(36), out.span_id) || !read_hex(text.substr(53), flags))
        return {};
    if (version[0] == 0xff || (version[0] == 0 && text.size() != length) ||
        (text.size() > length && text[length] != '-') || !out.valid())
        return {};
    out.flags = flags[0] & sampled;
    return out;
}

trace_context trace_context::child(const random_source& random) const
{
    auto out = *this;
    fill_nonzero(out.span_id, random);
    return out;
}

bool trace_context::valid() const noexcept
{
    return any(trace_id) && any(span_id);
}

std::string trace_context::traceparent() const
{
    std::string out(length, '-');
    out[0] = out[1] = '0';
    write_hex(trace_id, out.data() + 3);
    write_hex(span_id, out.data() + 36);
    const std::uint8_t known = flags & sampled;
    write_hex({&known, 1}, out.data() + 53);
    return out;
}

std::string trace_context::trace_hex() const
{
    std::string out(32, '0');
    write_hex(trace_id, out.data());
    return out;
}

std::string trace_context::span_hex() const
{
    std::string out(16, '0');
    write_hex(span_id, out.data());
    return out;
}

} // namespace edm::observability
