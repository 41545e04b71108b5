#include <edm/config/settings.hpp>

#include "loading.hpp"
#include "names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

extern char** environ;

namespace edm::config {

std::map<std::string, std::string> process_environment()
{
    std::map<std::string, std::string> out;
    for (char** entry = environ; entry && *entry; ++entry) {
        std::string_view text{*entry};
        auto equals = text.find('=');
        if (equals != text.npos)
            out.try_emplace(std::string{text.substr(0, equals)}, text.substr(equals + 1));
    }
    return out;
}

settings& settings::owner(std::string name)
{
    owner_ = std::move(name);
    return *this;
}

settings& settings::add(setting_base& one)
{
    return add(one, owner_);
}

settings& settings::add(setting_base& one, std::string owner)
{
    auto refuse = [&](std::string_view why) {
        throw std::logic_error{fmt::format("the setting `{}` of `{}` {}", one.name_, owner, why)};
    };
    if (loaded_)
        refuse("was added after settings were loaded");
    if (owner.empty())
        refuse("has no owner: call owner(name) first");
    if (!valid_name(one.name_))
        refuse("has a name that no environment variable can have");
    if (one.documentation_.empty())
        refuse("has no documentation: add one sentence");
    if (auto text = one.default_text()) {
        if (auto problem = one.take(*text))
            refuse("has a default that it refuses: it " + *problem);
    }
    for (auto* other : all_) {
        if (other->name_ != one.name_)
            continue;
        if (!one.shared_ && !other->shared_)
            refuse(fmt::format("is already declared by `{}`: a setting has one owner", other->owner_));
        if (one.secret_ != other->secret_ || one.holds_url_ != other->holds_url_)
            refuse(fmt::format("is declared by `{}` with another secrecy", other->owner_));
    }
    one.owner_ = std::move(owner);
    all_.push_back(&one);
    return *this;
}

std::expected<void, std::vector<std::string>> settings::load(const std::map<std::string, std::string>& environment,
                                                             const std::filesystem::path& env_path,
                                                             const load_hooks& hooks)
{
    if (loaded_)
        throw std::logic_error{"settings are loaded once"};
    loading run{*this, environment, hooks};
    run.read_env_file(env_path);
    run.refuse_unknown_names();
    run.find_environment_name();
    for (auto* one : all_)
        run.resolve(*one);
    if (run.failed()) {
        for (auto* one : all_)
            one->loaded_ = one->is_set_ = false;
        production_ = false;
        return std::unexpected{run.errors()};
    }
    run.list_effective();
    loaded_ = true;
    return {};
}

std::vector<const setting_base*> settings::owned() const
{
    std::vector<const setting_base*> out;
    for (auto* one : all_) {
        auto same = [&](const setting_base* other) { return other->name_ == one->name_; };
        bool has_owner = std::ranges::any_of(all_, [&](auto* other) { return same(other) && !other->shared_; });
        if (!one->shared_ || (!has_owner && std::ranges::none_of(out, same)))
            out.push_back(one);
    }
    return out;
}

} // namespace edm::config
