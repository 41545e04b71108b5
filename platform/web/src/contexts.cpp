#include <edm/web/contexts.hpp>

#include "io_executor.hpp"

#include <algorithm>
#include <thread>
#include <vector>

namespace edm::web {

struct contexts::state
{
    std::vector<std::unique_ptr<io_executor>> all;
};

contexts::contexts(std::size_t count) : state_(std::make_unique<state>())
{
    if (count == 0)
        count = std::max(1u, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < count; ++i)
        state_->all.push_back(std::make_unique<io_executor>());
}

contexts::~contexts()
{
    stop();
    join();
}

std::size_t contexts::size() const noexcept
{
    return state_->all.size();
}

executor& contexts::at(std::size_t index) noexcept
{
    return *state_->all[index];
}

executor& contexts::here() noexcept
{
    for (const auto& each : state_->all)
        if (each.get() == executor::current())
            return *each;
    return at(0);
}

void contexts::start()
{
    for (const auto& each : state_->all)
        each->start();
}

void contexts::stop()
{
    for (const auto& each : state_->all)
        each->stop();
}

void contexts::join()
{
    for (const auto& each : state_->all)
        each->join();
}

} // namespace edm::web
