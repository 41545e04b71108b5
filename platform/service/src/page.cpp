#include <edm/service/page.hpp>

#include <edm/core/text.hpp>

#include <fmt/format.h>

namespace edm {

namespace {

constexpr std::string_view style =
    ":root{color-scheme:light dark}"
    "body{font:1.0625rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:34rem;padding:2rem 1rem}"
    "label{display:block;margin-top:1rem}"
    "input,textarea{box-sizing:border-box;font:inherit;padding:.4rem;width:100%}"
    "button{font:inherit;margin-top:1rem;padding:.4rem 1rem}";

} // namespace

html page(int status, std::string_view title, std::string_view content)
{
    return {fmt::format("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                        "<meta name=\"referrer\" content=\"no-referrer\"><title>{0}</title><style>{1}</style></head>"
                        "<body><main><h1>{0}</h1>{2}</main></body></html>\n",
                        html_escape(title), style, content),
            status};
}

} // namespace edm
