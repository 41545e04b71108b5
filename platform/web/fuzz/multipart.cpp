#include <edm/web/multipart.hpp>

#include <cstdint>
#include <cstdlib>

/// The first line is the Content-Type, the rest the body. A found file lies within the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view all{reinterpret_cast<const char*>(data), size};
    const auto line = all.find('\n');
    if (line == std::string_view::npos)
        return 0;
    const auto body = all.substr(line + 1);
    const auto file = edm::web::find_form_file(all.substr(0, line), body, "f");
    if (file &&
        (file->content.data() < body.data() || file->content.data() + file->content.size() > body.data() + body.size()))
        std::abort();
    return 0;
}
