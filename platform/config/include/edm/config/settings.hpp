#pragma once

#include <edm/config/setting.hpp>

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edm::config {

/// What the loader asks of others.
struct load_hooks
{
    /// Supplies a `generated` secret in development: the kept one, or a fresh one that it keeps. Without it, a
    /// generated secret that is not set is an error.
    std::function<std::string(std::string_view name, secret_kind kind)> provide_secret{};
    /// Why a secret is too weak for production, in a few words that do not repeat it; nothing when it is strong.
    std::function<std::optional<std::string>(std::string_view secret)> weak{};
    /// What `edm config` shows as the value of a generated secret, for those who only look and keep none; unset: the
    /// mask.
    std::function<std::string(std::string_view name)> shown_secret{};
    /// Whether an owner runs in this process; what one that does not would require may be absent. Asked when settings
    /// that were added earlier can be read. Without it all run.
    std::function<bool(std::string_view owner)> runs_here{};
};

/// A setting as it is in force, for `edm config`.
struct effective
{
    std::string name;
    std::string value;  ///< `********` for a secret; empty where `is_set` is false
    std::string origin; ///< `environment`, `.env:12`, `file PATH`, `default`, `generated`, `not set`
    std::string owner;
    std::string documentation;
    bool secret;
    bool is_set;
};

/// The variables of this process. Of a name that occurs twice, the first counts, as for `getenv`.
std::map<std::string, std::string> process_environment();

/// All settings of the program: they are added, loaded once, and then read through their own objects.
/// Added objects must outlive this one's use. Adding and loading happen in one thread, before others read.
class settings
{
  public:
    /// Whose settings the following `add(setting)` are.
    settings& owner(std::string name);
    /// Adds a setting of the current owner. Throws std::logic_error on a mistake in the declaration: no owner, a bad
    /// name, no documentation, a name that another owner has (unless this one is `shared`), a setting after loading.
    settings& add(setting_base& one);
    settings& add(setting_base& one, std::string owner);

    /// Gives every setting its value: the environment before `.env` before the default. An empty value means not set,
    /// but still hides what comes after its place. `NAME_FILE` names a file that holds the secret NAME (one trailing
    /// newline is no part of it). `EDM_ENV=production` has no generated secrets and takes no weak or development ones.
    /// All errors are collected, one sentence each, without secrets; then no setting can be read.
    /// @param env_path a file that need not exist; empty: none
    std::expected<void, std::vector<std::string>> load(const std::map<std::string, std::string>& environment,
                                                       const std::filesystem::path& env_path,
                                                       const load_hooks& hooks = {});

    bool loaded() const noexcept { return loaded_; }
    /// Whether `EDM_ENV` is `production`. False before loading.
    bool production() const noexcept { return production_; }

    /// The values in force, in the order in which the settings were added. Empty before loading.
    const std::vector<effective>& effective_values() const noexcept { return effective_; }
    /// The same for people, aligned; control characters escaped.
    std::string print_table() const;
    /// The same as a JSON array of objects.
    std::string print_json() const;

    /// `.env_template`, from the declarations: it can be copied to `.env` as it is.
    std::string env_template() const;
    /// `docs/settings.md`, from the declarations.
    std::string settings_markdown() const;

  private:
    class loading;

    std::vector<const setting_base*> owned() const;

    std::vector<setting_base*> all_;
    std::string owner_;
    std::vector<effective> effective_;
    bool loaded_ = false;
    bool production_ = false;
};

} // namespace edm::config

namespace edm {
using config::setting;
using config::settings;
} // namespace edm
