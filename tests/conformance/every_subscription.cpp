// Every subscription of the whole program passes the generic check: twice, out of order, late, and with deaths at every
// write. A service's own are driven by its tests, with its own samples; those that the platform declares for a service
// are driven here.

#include "program.hpp"

#include <edm/service/access.hpp>
#include <edm/testing/subscription_check.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace edm::conformance {

namespace {

/// The tests of a service, as text without its comments.
std::string tests_of(std::string_view service)
{
    std::string name{service};
    std::replace(name.begin(), name.end(), '-', '_');
    std::string text;
    for (const auto* kind : {"services", "simulators"})
        for (const auto& folder : {std::string{service}, name}) {
            auto tests = std::filesystem::path{EDM_SOURCE_DIR} / kind / folder / "tests";
            if (!std::filesystem::is_directory(tests))
                continue;
            for (const auto& entry : std::filesystem::directory_iterator(tests)) {
                std::ifstream file(entry.path());
                for (std::string line; std::getline(file, line);)
                    text += line.substr(0, line.find("//")) + "\n";
            }
        }
    return text;
}

bool is_driven_by(const std::string& tests, const std::string& subscription)
{
    return tests.find("check_subscription(") != std::string::npos &&
           tests.find(".subscription = \"" + subscription + "\"") != std::string::npos;
}

TEST(EverySubscription, IsDrivenThroughTheGenericCheck)
{
    app::program all;
    ASSERT_GE(all.model.subscriptions.size(), 10u);
    for (const auto& one : all.model.subscriptions) {
        if (one.topic == access_changed::topic)
            continue; // below
        EXPECT_TRUE(is_driven_by(tests_of(one.service), one.name))
            << one.name << " has no call of check_subscription in the tests of " << one.service;
    }
}

TEST(EverySubscription, ThatKeepsAccessIsSound)
{
    app::program all;
    const auto changed = [](const std::string& user, std::int64_t generation, bool enabled) {
        return testing::sample_event{user, encode(access_changed{user, generation, enabled})};
    };
    int driven = 0;
    for (const auto& one : all.model.subscriptions) {
        if (one.topic != access_changed::topic)
            continue;
        ++driven;
        EXPECT_EQ(testing::check_subscription(
                      all.model, {.subscription = one.name,
                                  .events = {changed("ana@example.com", 1, true), changed("rui@example.com", 1, true),
                                             changed("ana@example.com", 2, true), changed("rui@example.com", 1, false),
                                             changed("ana@example.com", 3, true)}}),
                  std::vector<std::string>{})
            << one.name;
    }
    EXPECT_GE(driven, 3);
}

TEST(EverySubscription, ThatNoCheckNamesIsNotDriven)
{
    EXPECT_FALSE(is_driven_by("check_subscription(m, {.subscription = \"a.b\"", "a.c"));
    EXPECT_FALSE(is_driven_by(".subscription = \"a.b\"", "a.b"));
    EXPECT_TRUE(is_driven_by("check_subscription(m, {.subscription = \"a.b\"", "a.b"));
}

} // namespace

} // namespace edm::conformance
