#include <edm/core/text.hpp>
#include <edm/mail/mailbox.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace edm::mail_engine {

namespace {

std::string page(std::string_view title, std::string_view body)
{
    return fmt::format("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n</head>\n"
                       "<body>\n<main>\n<h1>{}</h1>\n{}</main>\n</body>\n</html>\n",
                       html_escape(title), html_escape(title), body);
}

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

} // namespace

std::string mailbox_page(const mailbox& box)
{
    std::string rows;
    for (const auto& entry : box.list()) {
        const auto source = box.read(entry.name);
        if (!source)
            continue;
        const auto shown = read_message(*source);
        rows += fmt::format("<tr><td>{}</td><td>{}</td><td><a href=\"/mailbox/{}\">{}</a></td></tr>\n",
                            html_escape(shown.date), html_escape(shown.to), percent_encode(entry.name),
                            html_escape(shown.subject.empty() ? std::string{"(no subject)"} : shown.subject));
    }
    if (rows.empty())
        return page("Mailbox", "<p>No mail yet.</p>\n");
    return page("Mailbox", "<table>\n<thead><tr><th scope=\"col\">Date</th><th scope=\"col\">To</th>"
                           "<th scope=\"col\">Subject</th></tr></thead>\n<tbody>\n" +
                               rows + "</tbody>\n</table>\n");
}

std::optional<std::string> mailbox_message_page(const mailbox& box, std::string_view name)
{
    const auto source = box.read(name);
    if (!source)
        return {};
    const auto shown = read_message(*source);
    return page(shown.subject.empty() ? "(no subject)" : shown.subject,
                fmt::format("<p><a href=\"/mailbox\">All mails</a></p>\n<p>To {}, {}</p>\n<pre>{}</pre>\n"
                            "<details>\n<summary>Source</summary>\n<pre>{}</pre>\n</details>\n",
                            html_escape(shown.to), html_escape(shown.date), with_links(shown.text),
                            html_escape(*source)));
}

} // namespace edm::mail_engine
