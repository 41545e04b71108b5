#pragma once

#include "blocking.hpp"

#include <edm/store/store.hpp>
#include <edm/store_sqlite/store_sqlite.hpp>
#include <edm/testing/document_store.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace edm::conformance {

/// A directory of its own, removed with all that is in it.
class temporary_directory
{
  public:
    temporary_directory()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "edm-store-XXXXXX").string();
        if (!::mkdtemp(pattern.data()))
            throw std::runtime_error("mkdtemp failed");
        path_ = pattern;
    }
    ~temporary_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_directory(const temporary_directory&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// A store of real files, opened again and again on the same ones.
class sqlite_file : public ::testing::Test
{
  protected:
    ~sqlite_file() override { close(); }
    store& open(std::vector<database_schema> databases, store_sqlite::options o = {})
    {
        close();
        o.directory = home_.path();
        engine_ = store_sqlite::make_engine(o);
        store_ = engine_->open("shop", std::move(databases));
        return *store_;
    }
    void close()
    {
        if (store_)
            store_->close();
        store_.reset();
        engine_.reset();
    }
    std::filesystem::path file() const { return home_.path() / "shop.sqlite"; }

    temporary_directory home_;
    std::unique_ptr<store_engine> engine_;
    std::unique_ptr<store> store_;
};

/// One engine after another on the same disk, as processes come and go.
class store_home
{
  public:
    virtual ~store_home() = default;
    virtual std::unique_ptr<store_engine> engine() = 0;
};

class sqlite_home final : public store_home
{
  public:
    std::unique_ptr<store_engine> engine() override { return store_sqlite::make_engine({.directory = files.path()}); }
    temporary_directory files;
};

class document_home final : public store_home
{
  public:
    std::unique_ptr<store_engine> engine() override
    {
        // The disks stay with the home: every engine opens the same ones.
        struct shared final : store_engine
        {
            explicit shared(testing::document_engine& d) : disks(d) {}
            std::unique_ptr<store> open(std::string_view service, std::vector<database_schema> databases) override
            {
                return disks.open(service, std::move(databases));
            }
            bool sole_owner() const override { return true; }
            testing::document_engine& disks;
        };
        return std::make_unique<shared>(disks);
    }
    testing::document_engine disks;
};

struct store_kind
{
    std::string name;
    std::unique_ptr<store_home> (*make)();
};

inline const store_kind store_kinds[] = {
    {"sqlite", []() -> std::unique_ptr<store_home> { return std::make_unique<sqlite_home>(); }},
    {"document", []() -> std::unique_ptr<store_home> { return std::make_unique<document_home>(); }},
};

inline event_ptr some_event(std::string topic, std::string key, std::uint64_t counter, std::string bytes = "{}")
{
    return std::make_shared<recorded_event>(
        recorded_event{std::move(topic), std::move(key), {1, counter}, false, std::move(bytes)});
}

} // namespace edm::conformance
