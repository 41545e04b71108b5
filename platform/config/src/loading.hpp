#pragma once

#include <edm/config/env_file.hpp>
#include <edm/config/settings.hpp>

namespace edm::config {

/// One run of `settings::load`: where values come from, and the errors found so far.
class settings::loading
{
  public:
    loading(settings& into, const std::map<std::string, std::string>& environment, const load_hooks& hooks)
        : into_(into), environment_(environment), hooks_(hooks)
    {
    }

    void read_env_file(const std::filesystem::path& path);
    void refuse_unknown_names();
    void find_environment_name();
    void resolve(setting_base& one);
    void list_effective();

    std::vector<std::string>&& errors() { return std::move(errors_); }
    bool failed() const { return !errors_.empty(); }

  private:
    /// A text that was given for a name, how errors name its place, and how `edm config` does.
    struct given
    {
        std::string text;
        std::string place;
        std::string origin;
    };

    std::optional<given> look_up(const std::string& name) const;
    std::optional<given> find(const setting_base& one);
    std::optional<given> read_secret_file(const setting_base& one, const given& path);
    void refuse_unknown(std::string_view name, std::string_view place);
    void take(setting_base& one, const given& value, bool needed);
    void take_absent(setting_base& one, bool needed);
    void take_generated(setting_base& one);
    void check_for_production(const setting_base& one, const given& value);
    void keep(setting_base& one, std::string origin);
    void error(std::string text);

    settings& into_;
    const std::map<std::string, std::string>& environment_;
    const load_hooks& hooks_;
    std::string env_name_;
    std::map<std::string, env_entry, std::less<>> env_file_;
    std::map<std::string, std::string> generated_;
    std::map<const setting_base*, std::string> origins_;
    bool file_failed_ = false;
    std::vector<std::string> errors_;
};

} // namespace edm::config
