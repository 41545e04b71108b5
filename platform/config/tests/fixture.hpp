#pragma once

#include <edm/config/settings.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace edm::config {

using variables = std::map<std::string, std::string>;
using errors = std::vector<std::string>;

/// A folder of its own for each test, and files in it.
class files : public testing::Test
{
  protected:
    void SetUp() override
    {
        auto pattern = (std::filesystem::temp_directory_path() / "edm-config-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, std::string_view text) const
    {
        auto path = folder_ / name;
        std::ofstream{path, std::ios::binary} << text;
        return path.string();
    }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

  private:
    std::filesystem::path folder_;
};

/// A few settings of each kind.
struct sample
{
    setting<std::string> env{{.name = "EDM_ENV", .documentation = "The environment.", .default_value = "development"}};
    setting<std::int64_t> count{
        {.name = "EDM_COUNT", .documentation = "How many.", .default_value = 3, .min = 1, .max = 10}};
    setting<milliseconds> delay{{.name = "EDM_DELAY",
                                 .documentation = "How long.",
                                 .default_value = milliseconds{1500},
                                 .max = std::chrono::hours{1}}};
    setting<bool> loud{{.name = "EDM_LOUD", .documentation = "Whether it is loud.", .default_value = false}};
    setting<std::string> engine{
        {.name = "EDM_ENGINE", .documentation = "The engine.", .default_value = "fast", .choices = {"fast", "slow"}}};
    setting<std::string> server{{.name = "EDM_SERVER",
                                 .documentation = "The server.",
                                 .default_value = "amqp://guest:guest@localhost/",
                                 .holds_url = true,
                                 .development_default = true}};
    setting<std::string> key{{.name = "SHOP_KEY",
                              .documentation = "The key.",
                              .generated = secret_kind::signing_key,
                              .secret = true,
                              .min = 8}};
    setting<std::string> nick{{.name = "SHOP_NICK", .documentation = "A name.", .optional = true}};
    settings all;

    sample()
    {
        all.owner("shop");
        for (setting_base* one : {static_cast<setting_base*>(&env), static_cast<setting_base*>(&count),
                                  static_cast<setting_base*>(&delay), static_cast<setting_base*>(&loud),
                                  static_cast<setting_base*>(&engine), static_cast<setting_base*>(&server)})
            all.add(*one);
        all.owner("vault").add(key).add(nick);
    }

    auto load(const variables& environment, const std::filesystem::path& env_path = {}, load_hooks hooks = {})
    {
        if (!hooks.provide_secret)
            hooks.provide_secret = [](std::string_view name, secret_kind) { return fmt::format("generated-{}", name); };
        return all.load(environment, env_path, hooks);
    }

    const effective& row(std::string_view name) const
    {
        for (const auto& one : all.effective_values()) {
            if (one.name == name)
                return one;
        }
        throw std::out_of_range{std::string{name}};
    }
};

} // namespace edm::config
