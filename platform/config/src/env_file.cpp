#include <edm/config/env_file.hpp>

#include "names.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <expected>
#include <map>
#include <optional>

namespace edm::config {

namespace {

using problem = std::string;

bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

std::string_view skip_blanks(std::string_view text)
{
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    return text;
}

std::string_view trim_end(std::string_view text)
{
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

bool ends_or_comments(std::string_view rest)
{
    auto after = skip_blanks(rest);
    return after.empty() || (after.front() == '#' && after.size() != rest.size());
}

std::string unquoted(std::string_view text)
{
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (text[i] == '#' && (i == 0 || is_blank(text[i - 1])))
            return std::string{trim_end(text.substr(0, i))};
    }
    return std::string{trim_end(text)};
}

std::expected<std::string, problem> after_quote(std::string value, std::string_view rest, char quote)
{
    if (!ends_or_comments(rest))
        return std::unexpected{fmt::format("there is text after the closing {}. Quote the whole value, or put a blank "
                                           "before the # of a comment.",
                                           quote)};
    return value;
}

std::expected<std::string, problem> single_quoted(std::string_view text)
{
    auto close = text.find('\'');
    if (close == text.npos)
        return std::unexpected{
            std::string{"the quote ' is not closed on this line. Add the closing quote; a value that "
                        "holds a ' goes into double quotes."}};
    return after_quote(std::string{text.substr(0, close)}, text.substr(close + 1), '\'');
}

std::expected<std::string, problem> double_quoted(std::string_view text)
{
    std::string value;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (text[i] == '"')
            return after_quote(std::move(value), text.substr(i + 1), '"');
        if (text[i] != '\\') {
            value += text[i];
            continue;
        }
        if (++i == text.size())
            break;
        switch (text[i]) {
        case 'n':
            value += '\n';
            break;
        case 'r':
            value += '\r';
            break;
        case 't':
            value += '\t';
            break;
        case '"':
            value += '"';
            break;
        case '\\':
            value += '\\';
            break;
        case '$':
            value += '$';
            break;
        default:
            return std::unexpected{std::string{"this escape is unknown. In double quotes write \\\\ for a backslash; "
                                               "known are \\n \\r \\t \\\" \\\\ \\$."}};
        }
    }
    return std::unexpected{std::string{"the quote \" is not closed on this line. Add the closing quote; write a line "
                                       "break inside a value as \\n."}};
}

std::expected<std::string, problem> parse_value(std::string_view text)
{
    if (text.starts_with('\''))
        return single_quoted(text.substr(1));
    if (text.starts_with('"'))
        return double_quoted(text.substr(1));
    return unquoted(text);
}

std::string_view without_export(std::string_view line)
{
    constexpr std::string_view word = "export";
    if (line.starts_with(word) && line.size() > word.size() && is_blank(line[word.size()])) {
        auto rest = skip_blanks(line.substr(word.size()));
        if (!rest.starts_with('='))
            return rest;
    }
    return line;
}

/// An assignment, nothing for an empty line or a comment, or what is wrong. Problems never repeat the line: it may hold
/// a secret.
std::expected<std::optional<env_entry>, problem> parse_line(std::string_view line, std::size_t number)
{
    if (line.find('\0') != line.npos)
        return std::unexpected{std::string{"the line holds a NUL byte. Save the file as plain text."}};
    if (!valid_utf8(line))
        return std::unexpected{std::string{"the line is not UTF-8. Save the file as UTF-8."}};
    line = skip_blanks(line);
    if (line.empty() || line.front() == '#')
        return std::nullopt;
    line = without_export(line);
    auto equals = line.find('=');
    if (equals == line.npos)
        return std::unexpected{std::string{"the line has no =. Write NAME=value, or begin it with # for a comment."}};
    auto name = trim_end(line.substr(0, equals));
    if (!valid_name(name))
        return std::unexpected{
            std::string{"what stands before = is no name. A name has letters, digits and _ only, and "
                        "does not begin with a digit."}};
    auto value = parse_value(skip_blanks(line.substr(equals + 1)));
    if (!value)
        return std::unexpected{std::move(value.error())};
    return env_entry{std::string{name}, std::move(*value), number};
}

} // namespace

env_file parse_env(std::string_view text, std::string_view shown_name)
{
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    env_file out;
    std::map<std::string, std::size_t, std::less<>> seen;
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        auto parsed = parse_line(line, number);
        if (!parsed) {
            out.errors.push_back(fmt::format("`{}`:{}: {}", shown_name, number, parsed.error()));
        } else if (*parsed) {
            auto [first, fresh] = seen.try_emplace((*parsed)->name, number);
            if (fresh)
                out.entries.push_back(std::move(**parsed));
            else
                out.errors.push_back(fmt::format("`{}`:{}: {} was already set in line {}. Remove one of the two lines.",
                                                 shown_name, number, (*parsed)->name, first->second));
        }
    }
    return out;
}

} // namespace edm::config
