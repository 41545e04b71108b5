// What people read of settings: the values in force, `.env_template`, `docs/settings.md`.

#include <edm/config/settings.hpp>

#include "masking.hpp"

#include <edm/core/text.hpp>

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace edm::config {

/// A declaration in words.
struct declaration_view
{
    explicit declaration_view(const setting_base& one)
        : name(one.name_), owner(one.owner_), documentation(one.documentation_), fallback(one.default_text()),
          allowed(one.allowed()), from_file(one.may_come_from_file())
    {
        if (one.secret_) {
            notes = "Secret.";
            fallback.reset();
        }
        if (one.generated_)
            note("Development generates it; production requires it.");
        else if (one.required_in_production_ || one.development_default_)
            note(one.needed_ ? "Production requires it where it is used." : "Production requires it.");
        else if (!one.optional_ && !one.default_text())
            note("Required.");
    }

    void note(std::string_view text)
    {
        if (!notes.empty())
            notes += ' ';
        notes += text;
    }

    std::string name;
    std::string owner;
    std::string documentation;
    std::optional<std::string> fallback;
    std::string allowed;
    std::string notes;
    bool from_file;
};

namespace {

std::string quoted_for_env(const std::string& value)
{
    auto plain = [](char c) {
        return static_cast<unsigned char>(c) > ' ' && c != '\x7f' && c != '"' && c != '\'' && c != '#';
    };
    if (std::ranges::all_of(value, plain))
        return value;
    std::string out = "\"";
    for (char c : value) {
        switch (c) {
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        default:
            out += c;
        }
    }
    return out + '"';
}

std::size_t width(std::string_view text)
{
    return valid_utf8(text) ? code_points(text) : text.size();
}

} // namespace

std::string settings::print_table() const
{
    using row = std::array<std::string, 5>;
    std::vector<row> rows{{"NAME", "VALUE", "ORIGIN", "OWNER", "MEANING"}};
    for (const auto& one : effective_)
        rows.push_back({one.name, printable(one.value), printable(one.origin), one.owner, one.documentation});
    std::array<std::size_t, 5> widths{};
    for (const auto& cells : rows) {
        for (std::size_t i = 0; i != cells.size(); ++i)
            widths[i] = std::max(widths[i], width(cells[i]));
    }
    std::string out;
    for (const auto& cells : rows) {
        for (std::size_t i = 0; i != cells.size(); ++i) {
            out += cells[i];
            if (i + 1 != cells.size())
                out.append(widths[i] - width(cells[i]) + 2, ' ');
        }
        out += '\n';
    }
    return out;
}

std::string settings::print_json() const
{
    std::string out = "[";
    for (const auto& one : effective_) {
        boost::json::object object;
        object["name"] = one.name;
        object["value"] = one.is_set ? boost::json::value(one.value) : boost::json::value(nullptr);
        object["origin"] = one.origin;
        object["owner"] = one.owner;
        object["secret"] = one.secret;
        object["documentation"] = one.documentation;
        out += out.size() == 1 ? "\n  " : ",\n  ";
        out += boost::json::serialize(object);
    }
    return out + "\n]\n";
}

std::string settings::env_template() const
{
    std::string out = "# Settings of edm. Copy this file to .env, and remove the # before a name to set it.\n"
                      "# The environment wins over .env. A secret NAME can also come from a file: NAME_FILE=/path.\n";
    std::string owner;
    for (auto* one : owned()) {
        declaration_view view{*one};
        if (view.owner != owner) {
            owner = view.owner;
            out += fmt::format("\n# ---- {} ----\n", owner);
        }
        out += fmt::format("\n# {}\n", view.documentation);
        if (!view.allowed.empty())
            out += fmt::format("# Allowed: {}.\n", view.allowed);
        if (!view.notes.empty())
            out += fmt::format("# {}\n", view.notes);
        out += fmt::format("#{}={}\n", view.name, view.fallback ? quoted_for_env(*view.fallback) : "");
    }
    return out;
}

std::string settings::settings_markdown() const
{
    std::string out =
        "# Settings\n\nGenerated from the declarations. Set them in the environment or in `.env`; the "
        "environment wins. `edm config` prints\nthe values in force and where each comes from. An unknown "
        "name that begins with `EDM_` is an error.\n";
    std::string owner;
    for (auto* one : owned()) {
        declaration_view view{*one};
        if (view.owner != owner) {
            owner = view.owner;
            out += fmt::format("\n## {}\n\n| name | default | allowed | meaning |\n|---|---|---|---|\n", owner);
        }
        if (view.from_file)
            view.note(fmt::format("Also from a file: `{}_FILE`.", view.name));
        auto fallback = view.fallback && !view.fallback->empty() ? fmt::format("`{}`", *view.fallback) : std::string{};
        out += fmt::format("| `{}` | {} | {} | {} |\n", view.name, markdown_cell(fallback), markdown_cell(view.allowed),
                           markdown_cell(view.documentation + (view.notes.empty() ? "" : " ") + view.notes));
    }
    return out;
}

} // namespace edm::config
