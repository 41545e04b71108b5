#include <edm/core/environment.hpp>

#include <edm/core/text.hpp>

#include <openssl/evp.h>
#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace edm {

namespace {

class system_clock final : public clock
{
  public:
    time_point now() const override { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }
};

class kernel_random final : public random_source
{
  public:
    void fill(std::span<std::uint8_t> out) const override
    {
        // A thread draws 4 KiB at once: ids are minted far more often than the kernel should be asked.
        struct pool
        {
            std::array<std::uint8_t, 4096> bytes;
            std::size_t used = sizeof bytes;
        };
        thread_local pool drawn;
        if (out.size() > 256)
            return draw(out);
        if (drawn.used + out.size() > drawn.bytes.size()) {
            draw(drawn.bytes);
            drawn.used = 0;
        }
        std::memcpy(out.data(), drawn.bytes.data() + drawn.used, out.size());
        std::memset(drawn.bytes.data() + drawn.used, 0, out.size());
        drawn.used += out.size();
    }

  private:
    static void draw(std::span<std::uint8_t> out)
    {
        while (!out.empty()) {
            auto n = ::getrandom(out.data(), out.size(), 0);
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                throw std::system_error(errno, std::generic_category(), "getrandom");
            out = out.subspan(static_cast<std::size_t>(n));
        }
    }
};

std::string format_uuid(const std::uint8_t* bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string out(36, '-');
    std::size_t at = 0;
    for (int i = 0; i != 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            ++at;
        out[at++] = digits[bytes[i] >> 4];
        out[at++] = digits[bytes[i] & 15];
    }
    return out;
}

} // namespace

const clock& clock::system()
{
    static const system_clock instance;
    return instance;
}

const random_source& random_source::system()
{
    static const kernel_random instance;
    return instance;
}

std::uint64_t random_source::number() const
{
    std::uint64_t value;
    fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
    return value;
}

std::uint64_t random_source::below(std::uint64_t bound) const
{
    if (bound == 0)
        return 0;
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(number()) * bound) >> 64);
}

std::string random_source::hex(std::size_t bytes) const
{
    std::string raw(bytes, '\0');
    fill({reinterpret_cast<std::uint8_t*>(raw.data()), raw.size()});
    return to_hex(raw);
}

std::string uuid_v7(time_point when, const random_source& random)
{
    std::array<std::uint8_t, 16> bytes;
    random.fill(bytes);
    auto millis = static_cast<std::uint64_t>(when.time_since_epoch().count());
    for (int i = 0; i != 6; ++i)
        bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(millis >> (8 * (5 - i)));
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    return format_uuid(bytes.data());
}

std::string uuid_v5(std::string_view namespace_uuid, std::string_view name)
{
    std::string hex;
    for (char c : namespace_uuid)
        if (c != '-')
            hex += c;
    auto prefix = from_hex(hex);
    if (!prefix || prefix->size() != 16)
        throw std::invalid_argument("uuid_v5: the namespace is not a UUID");
    std::string input = *prefix + std::string{name};
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    if (EVP_Digest(input.data(), input.size(), digest.data(), &size, sha1, nullptr) != 1)
        throw std::runtime_error("uuid_v5: SHA-1 is not available");
    digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0f) | 0x50);
    digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3f) | 0x80);
    return format_uuid(digest.data());
}

} // namespace edm
