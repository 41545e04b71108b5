#include "loading.hpp"

#include "files.hpp"
#include "masking.hpp"
#include "names.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace edm::config {

namespace {

constexpr std::size_t env_file_limit = 1 << 20;
constexpr std::size_t secret_file_limit = 64 << 10;

/// What a message may show of a value.
std::string shown(const setting_base& one, const std::string& text)
{
    if (one.may_come_from_file() || text.size() > 100)
        return {};
    return fmt::format(" (`{}`)", printable(text));
}

} // namespace

void settings::loading::error(std::string text)
{
    if (std::ranges::find(errors_, text) == errors_.end())
        errors_.push_back(std::move(text));
}

void settings::loading::read_env_file(const std::filesystem::path& path)
{
    env_name_ = path.string();
    if (path.empty())
        return;
    auto text = read_small_file(path, env_file_limit);
    if (!text)
        return error(fmt::format("`{}`: the file {}. Correct it or move it away.", env_name_, text.error()));
    if (!*text)
        return;
    auto file = parse_env(**text, env_name_);
    for (auto& entry : file.entries) {
        auto name = entry.name;
        env_file_.emplace(std::move(name), std::move(entry));
    }
    for (auto& one : file.errors)
        error(std::move(one));
}

void settings::loading::refuse_unknown(std::string_view name, std::string_view place)
{
    std::vector<std::string> file_names;
    for (auto* one : into_.all_) {
        if (one->may_come_from_file())
            file_names.push_back(one->name() + "_FILE");
    }
    std::vector<std::string_view> known;
    for (auto* one : into_.all_)
        known.push_back(one->name());
    known.insert(known.end(), file_names.begin(), file_names.end());
    if (std::ranges::find(known, name) != known.end())
        return;
    auto nearest = nearest_name(name, known);
    if (nearest.empty())
        return error(fmt::format("{}: `{}` is not a setting. Remove it.", place, printable(name)));
    error(fmt::format("{}: `{}` is not a setting. The nearest known name is `{}`.", place, printable(name), nearest));
}

void settings::loading::refuse_unknown_names()
{
    constexpr std::string_view ours = "EDM_";
    for (const auto& [name, value] : environment_) {
        if (name.starts_with(ours))
            refuse_unknown(name, "environment");
    }
    std::vector<const env_entry*> in_file;
    for (const auto& [name, entry] : env_file_) {
        if (name.starts_with(ours))
            in_file.push_back(&entry);
    }
    std::ranges::sort(in_file, {}, &env_entry::line);
    for (auto* entry : in_file)
        refuse_unknown(entry->name, fmt::format("`{}`:{}", env_name_, entry->line));
}

void settings::loading::find_environment_name()
{
    auto name = look_up("EDM_ENV");
    into_.production_ = name && name->text == "production";
}

std::optional<settings::loading::given> settings::loading::look_up(const std::string& name) const
{
    if (auto found = environment_.find(name); found != environment_.end()) {
        if (found->second.empty())
            return {};
        return given{found->second, "environment", "environment"};
    }
    auto found = env_file_.find(name);
    if (found == env_file_.end() || found->second.value.empty())
        return {};
    auto line = found->second.line;
    return given{found->second.value, fmt::format("`{}`:{}", env_name_, line), fmt::format("{}:{}", env_name_, line)};
}

std::optional<settings::loading::given> settings::loading::find(const setting_base& one)
{
    file_failed_ = false;
    auto direct = look_up(one.name());
    if (!one.may_come_from_file())
        return direct;
    auto file = look_up(one.name() + "_FILE");
    if (direct && file) {
        error(fmt::format("`{0}` ({1}) and `{0}_FILE` ({2}) are both set. Remove one of them.", one.name(),
                          direct->origin, file->origin));
        file_failed_ = true;
        return {};
    }
    return file ? read_secret_file(one, *file) : direct;
}

std::optional<settings::loading::given> settings::loading::read_secret_file(const setting_base& one, const given& path)
{
    auto text = read_small_file(path.text, secret_file_limit);
    auto refuse = [&](std::string_view why) {
        error(fmt::format("{}: `{}_FILE`: the file `{}` {}. Put the secret, and nothing else, into a readable file.",
                          path.place, one.name(), printable(path.text), why));
        file_failed_ = true;
        return std::optional<given>{};
    };
    if (!text)
        return refuse(text.error());
    if (!*text)
        return refuse("does not exist");
    drop_last_newline(**text);
    if ((*text)->empty())
        return refuse("is empty");
    auto shown_path = printable(path.text);
    return given{std::move(**text), fmt::format("file `{}`", shown_path), fmt::format("file {}", shown_path)};
}

void settings::loading::keep(setting_base& one, std::string origin)
{
    one.is_set_ = true;
    origins_[&one] = std::move(origin);
}

void settings::loading::resolve(setting_base& one)
{
    auto before = errors_.size();
    bool needed = (!hooks_.runs_here || hooks_.runs_here(one.owner_)) && (!one.needed_ || one.needed_());
    if (auto value = find(one))
        take(one, *value, needed);
    else if (!file_failed_)
        take_absent(one, needed);
    // What comes later may ask for this value even though loading has failed already.
    one.loaded_ = true;
    if (errors_.size() != before) {
        if (auto fallback = one.default_text())
            one.take(*fallback);
    }
}

void settings::loading::take(setting_base& one, const given& value, bool needed)
{
    auto refuse = [&](std::string_view why) {
        error(fmt::format("{}: `{}`{} {}", value.place, one.name_, shown(one, value.text), why));
    };
    if (!valid_utf8(value.text) || value.text.find('\0') != value.text.npos)
        return error(
            fmt::format("{}: `{}` is not UTF-8 text. Write it as UTF-8, without NUL bytes.", value.place, one.name_));
    if (auto problem = one.take(value.text))
        return refuse(*problem);
    if (into_.production_ && needed)
        check_for_production(one, value);
    keep(one, value.origin);
}

void settings::loading::check_for_production(const setting_base& one, const given& value)
{
    if (one.development_default_ && one.default_text() == value.text)
        return error(fmt::format("{}: `{}` still has its development value. Production needs a value of its own.",
                                 value.place, one.name_));
    if (!one.secret_ || !hooks_.weak)
        return;
    if (auto why = hooks_.weak(value.text))
        error(fmt::format("{}: `{}` is too weak for production: {}. Use a long random value.", value.place, one.name_,
                          *why));
}

void settings::loading::take_absent(setting_base& one, bool needed)
{
    auto fallback = one.default_text();
    auto how = one.may_come_from_file() ? fmt::format("Set it, or `{}_FILE`", one.name_) : std::string{"Set it"};
    bool refused =
        one.required_in_production_ || one.generated_ || one.development_default_ || (one.secret_ && fallback);
    if (into_.production_ && needed && refused)
        return error(fmt::format("`{}` is not set, and production has no default for it. {}: {}", one.name_, how,
                                 one.documentation_));
    if (fallback) {
        one.take(*fallback);
        return keep(one, "default");
    }
    if (one.generated_ && needed && !into_.production_)
        return take_generated(one);
    if (!one.optional_ && needed)
        error(fmt::format("`{}` is required and not set. {}: {}", one.name_, how, one.documentation_));
}

void settings::loading::take_generated(setting_base& one)
{
    if (!hooks_.provide_secret)
        return error(fmt::format("`{}` is not set, and nothing here can generate it. Set it.", one.name_));
    auto kept = generated_.find(one.name_);
    if (kept == generated_.end())
        kept = generated_.emplace(one.name_, hooks_.provide_secret(one.name_, *one.generated_)).first;
    if (auto problem = one.take(kept->second))
        return error(fmt::format("The generated secret kept for `{}` {}", one.name_, *problem));
    keep(one, "generated");
}

void settings::loading::list_effective()
{
    for (auto* one : into_.owned()) {
        std::string value;
        if (one->is_set_ && one->secret_)
            value = hooks_.shown_secret && origins_.at(one) == "generated" ? hooks_.shown_secret(one->name_)
                                                                           : std::string{mask};
        else if (one->is_set_)
            value = one->holds_url_ ? mask_url_password(one->value_text()) : one->value_text();
        auto origin = one->is_set_ ? origins_.at(one) : std::string{"not set"};
        into_.effective_.push_back({one->name_, std::move(value), std::move(origin), one->owner_, one->documentation_,
                                    one->secret_, one->is_set_});
    }
}

} // namespace edm::config
