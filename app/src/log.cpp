#include "log.hpp"

#include <edm/observability/log.hpp>

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace edm::app {

namespace {

namespace log = observability::log;

class bridge final : public spdlog::sinks::base_sink<spdlog::details::null_mutex>
{
    void sink_it_(const spdlog::details::log_msg& message) override
    {
        std::string_view what{message.payload.data(), message.payload.size()};
        if (message.level >= spdlog::level::err)
            log::error("message", {{"what", what}});
        else if (message.level == spdlog::level::warn)
            log::warning("message", {{"what", what}});
        else if (message.level == spdlog::level::info)
            log::info("message", {{"what", what}});
        else
            log::debug("message", {{"what", what}});
    }
    void flush_() override {}
};

} // namespace

void configure_log(const platform_settings& platform, bool only_warnings)
{
    auto least = log::parse_level(*platform.log_level).value_or(log::level::info);
    if (only_warnings)
        least = std::max(least, log::level::warning);
    log::configure({.format = *platform.log == "json" ? log::format::json : log::format::text, .level = least});
    auto through = std::make_shared<spdlog::logger>("", std::make_shared<bridge>());
    through->set_level(spdlog::level::debug);
    spdlog::set_default_logger(std::move(through));
}

} // namespace edm::app
