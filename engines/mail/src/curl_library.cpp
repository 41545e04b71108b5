#include "curl_library.hpp"

#include <dlfcn.h>

namespace edm::mail_engine {

namespace {

std::string last_problem()
{
    const char* what = ::dlerror();
    return std::string{"libcurl cannot be loaded: "} + (what ? what : "no reason given");
}

template <class Function>
bool find(void* library, const char* name, Function& out)
{
    out = reinterpret_cast<Function>(::dlsym(library, name));
    return out != nullptr;
}

std::expected<curl_library, std::string> load()
{
    void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return std::unexpected(last_problem());
    curl_library all{};
    decltype(&::curl_global_init) global_init = nullptr;
    if (!find(library, "curl_global_init", global_init) || !find(library, "curl_easy_init", all.easy_init) ||
        !find(library, "curl_easy_setopt", all.easy_setopt) || !find(library, "curl_easy_perform", all.easy_perform) ||
        !find(library, "curl_easy_cleanup", all.easy_cleanup) ||
        !find(library, "curl_easy_strerror", all.easy_strerror) ||
        !find(library, "curl_slist_append", all.slist_append) ||
        !find(library, "curl_slist_free_all", all.slist_free_all))
        return std::unexpected(last_problem());
    if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return std::unexpected("libcurl cannot start");
    return all;
}

} // namespace

const std::expected<curl_library, std::string>& curl_library::get()
{
    static const auto all = load();
    return all;
}

} // namespace edm::mail_engine
