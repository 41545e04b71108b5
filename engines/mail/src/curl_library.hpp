#pragma once

#include <curl/curl.h>

#include <expected>
#include <string>

namespace edm::mail_engine {

/// The functions of libcurl that sending needs. The library and the thirty others that it brings are loaded when mail
/// goes to an SMTP server, and take no memory of a process where it does not.
struct curl_library
{
    decltype(&::curl_easy_init) easy_init;
    decltype(&::curl_easy_setopt) easy_setopt;
    decltype(&::curl_easy_perform) easy_perform;
    decltype(&::curl_easy_cleanup) easy_cleanup;
    decltype(&::curl_easy_strerror) easy_strerror;
    decltype(&::curl_slist_append) slist_append;
    decltype(&::curl_slist_free_all) slist_free_all;

    /// Loads it at the first call; it stays until the process ends. Thread-safe. The error is one line.
    static const std::expected<curl_library, std::string>& get();
};

} // namespace edm::mail_engine
