#include <edm/core/text.hpp>
#include <edm/mail/mailbox.hpp>
#include <edm/service/page.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace edm::mail_engine {

namespace {

// Text in which each http(s) address is a link; all of it escaped.
std::string with_links(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const auto start = std::min(text.find("http://"), text.find("https://"));
        out += html_escape(text.substr(0, start));
        if (start == std::string_view::npos)
            break;
        text.remove_prefix(start);
        const auto end = std::find_if(text.begin(), text.end(), [](unsigned char c) {
            return c <= 0x20 || c >= 0x7f || c == '<' || c == '>' || c == '"' || c == '\'' || c == ')';
        });
        const auto url = html_escape(text.substr(0, static_cast<std::size_t>(end - text.begin())));
        out += fmt::format("<a href=\"{0}\">{0}</a>", url);
        text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    }
    return out;
}

std::string subject_of(const shown_message& shown)
{
    return shown.subject.empty() ? "(no subject)" : shown.subject;
}

} // namespace

std::string mailbox_page(const mailbox& box)
{
    std::string lines;
    for (const auto& entry : box.list()) {
        const auto source = box.read(entry.name);
        if (!source)
            continue;
        const auto shown = read_message(*source);
        lines +=
            fmt::format("<li><a href=\"/mailbox/{}\">{}</a><small>To {}, {}</small></li>\n", percent_encode(entry.name),
                        html_escape(subject_of(shown)), html_escape(shown.to), html_escape(shown.date));
    }
    return page(200, "Mailbox",
                lines.empty() ? "<p>No mail yet. What this program mails to its users arrives here.</p>"
                              : "<ul class=\"list\">\n" + lines + "</ul>\n")
        .body;
}

std::optional<std::string> mailbox_message_page(const mailbox& box, std::string_view name)
{
    const auto source = box.read(name);
    if (!source)
        return {};
    const auto shown = read_message(*source);
    return page(200, subject_of(shown),
                fmt::format("<small>To {}, {}</small>\n<pre>{}</pre>\n"
                            "<details>\n<summary>Source</summary>\n<pre>{}</pre>\n</details>\n"
                            "<p><a href=\"/mailbox\">All mails</a></p>\n",
                            html_escape(shown.to), html_escape(shown.date), with_links(shown.text),
                            html_escape(*source)))
        .body;
}

} // namespace edm::mail_engine
