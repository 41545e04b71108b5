#include <edm/service/page.hpp>

#include <edm/core/text.hpp>

#include <fmt/format.h>

namespace edm {

namespace {

// Colours are written out for both schemes, each text at least 4.5:1 on its ground (WCAG 2.2, 1.4.3).
constexpr std::string_view style =
    ":root{color-scheme:light dark;--ink:#1f2328;--faint:#57606a;--paper:#fff;--ground:#f3f4f1;--line:#8b949e;"
    "--accent:#17663a;--on-accent:#fff;--wrong:#b42318}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--faint:#a4adb8;--paper:#1b1f24;--ground:#101316;"
    "--line:#6e7681;--accent:#7fd6a0;--on-accent:#0b2314;--wrong:#ff9c8f}}"
    "*{box-sizing:border-box}"
    "body{background:var(--ground);color:var(--ink);font:1.0625rem/1.5 system-ui,sans-serif;margin:0;padding:1rem;"
    "overflow-wrap:anywhere}"
    "main{background:var(--paper);border:1px solid var(--line);border-radius:.75rem;margin:5vh auto 0;max-width:40rem;"
    "padding:1.5rem}"
    "main>:last-child{margin-bottom:0}"
    "h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}"
    "a{color:var(--accent)}"
    "small{color:var(--faint);display:block;font-size:.9rem}"
    "label{display:block;font-weight:600;margin-top:1rem}"
    "input,textarea{background:var(--paper);border:1px solid var(--line);border-radius:.375rem;color:inherit;"
    "font:inherit;margin-top:.25rem;padding:.5rem .625rem;width:100%}"
    "textarea,pre,code{font-family:ui-monospace,monospace;font-size:.9rem}"
    "pre{background:var(--ground);border-radius:.375rem;padding:1rem;white-space:pre-wrap}"
    "button{background:var(--accent);border:0;border-radius:.375rem;color:var(--on-accent);cursor:pointer;font:inherit;"
    "font-weight:600;margin-top:1.25rem;padding:.625rem 1.25rem}"
    ":focus-visible{outline:3px solid var(--accent);outline-offset:2px}"
    "summary{cursor:pointer}"
    "[role=alert]{border-left:.25rem solid var(--wrong);color:var(--wrong);padding-left:.75rem}"
    "[role=alert] ul{list-style:none;margin:0;padding:0}"
    ".list{list-style:none;padding:0}"
    ".list li{border-top:1px solid var(--line);padding:.75rem 0}"
    ".list li:last-child{padding-bottom:0}";

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
