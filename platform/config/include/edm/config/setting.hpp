#pragma once

#include <edm/config/secret_kind.hpp>
#include <edm/core/time.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace edm::config {

/// The types that a setting can have: text, a whole number, yes or no, a duration (`250ms`, `5s`, `10m`, `24h`, `30d`).
template <class T>
concept setting_type = std::same_as<T, std::string> || std::same_as<T, std::int64_t> || std::same_as<T, bool> ||
                       std::same_as<T, milliseconds>;

/// What is declared of a setting. Without a default, `generated` or `optional` it is required.
template <setting_type T>
struct setting_options
{
    /// For text the number of characters, else the value.
    using bound = std::conditional_t<std::same_as<T, std::string>, std::int64_t, T>;

    std::string name{};          ///< the environment variable
    std::string documentation{}; ///< one sentence
    std::optional<T> default_value{};
    std::optional<secret_kind> generated{}; ///< development: supplied at load; production: required
    bool optional = false;                  ///< may be absent: then `is_set()` is false and the value is `T{}`
    bool secret = false;                    ///< never shown; may come from `NAME_FILE`
    bool holds_url = false;                 ///< its password is not shown; may come from `NAME_FILE`
    bool required_in_production = false;    ///< whatever else holds for development
    bool development_default = false;       ///< production refuses the default, written out or not
    bool shared = false;                    ///< another owner declares it; this object only reads the same value
    std::optional<bound> min{};
    std::optional<bound> max{};
    std::vector<std::string> choices{}; ///< text only: the values that are allowed
    /// What is wrong with a value and what to write, in a sentence that does not repeat the value; nothing when it is
    /// right.
    std::function<std::optional<std::string>(const T&)> validate{};
    /// Asked at load, when settings that were added earlier can be read: false = may be absent, in production too.
    std::function<bool()> needed{};
};

/// What the loader and the generated documents know of a setting, whatever its type.
class setting_base
{
  public:
    setting_base(const setting_base&) = delete;
    setting_base& operator=(const setting_base&) = delete;
    virtual ~setting_base() = default;

    const std::string& name() const noexcept { return name_; }
    const std::string& documentation() const noexcept { return documentation_; }
    /// Who declared it; empty before it was added to `settings`.
    const std::string& owner() const noexcept { return owner_; }
    bool secret() const noexcept { return secret_; }
    /// Whether its value may be read from the file that `NAME_FILE` names.
    bool may_come_from_file() const noexcept { return secret_ || holds_url_; }
    /// Whether there is a value: a given one, a default or a generated one.
    bool is_set() const noexcept { return is_set_; }

  protected:
    template <class T>
    explicit setting_base(const setting_options<T>& o)
        : name_(o.name), documentation_(o.documentation), generated_(o.generated), optional_(o.optional),
          secret_(o.secret), holds_url_(o.holds_url), required_in_production_(o.required_in_production),
          development_default_(o.development_default), shared_(o.shared), needed_(o.needed)
    {
    }

    void require_loaded() const
    {
        if (!loaded_)
            refuse_early_read();
    }

  private:
    friend class settings;
    friend struct declaration_view;

    /// Parses, checks and keeps; what is wrong with `text` otherwise, without repeating it.
    virtual std::optional<std::string> take(const std::string& text) = 0;
    virtual std::optional<std::string> default_text() const = 0;
    virtual std::string value_text() const = 0;
    /// What values are allowed, for people; empty: any.
    virtual std::string allowed() const = 0;

    [[noreturn]] void refuse_early_read() const;

    std::string name_;
    std::string documentation_;
    std::optional<secret_kind> generated_;
    bool optional_, secret_, holds_url_, required_in_production_, development_default_, shared_;
    std::function<bool()> needed_;
    std::string owner_;
    bool is_set_ = false;
    bool loaded_ = false;
};

/// One setting, declared as a member of what uses it and added to `settings`:
///
///     config::setting<std::int64_t> limit_{{.name = "EDM_BACKLOG_LIMIT", .documentation = "…", .default_value =
///     100'000}};
///
/// The value can be read after loading, and never changes: any thread may read it. Reading earlier throws.
template <setting_type T>
class setting final : public setting_base
{
  public:
    explicit setting(setting_options<T> options) : setting_base(options), options_(std::move(options)) {}

    const T& value() const
    {
        require_loaded();
        return value_;
    }
    const T& operator*() const { return value(); }
    const T* operator->() const { return &value(); }

  private:
    std::optional<std::string> take(const std::string& text) override;
    std::optional<std::string> default_text() const override;
    std::string value_text() const override;
    std::string allowed() const override;

    setting_options<T> options_;
    T value_{};
};

extern template class setting<std::string>;
extern template class setting<std::int64_t>;
extern template class setting<bool>;
extern template class setting<milliseconds>;

} // namespace edm::config
