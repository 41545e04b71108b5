#include <edm/core/executor.hpp>

namespace edm {

namespace {
thread_local executor* running_here = nullptr;
}

executor* executor::current() noexcept
{
    return running_here;
}

executor::running::running(executor* self) noexcept : before_(std::exchange(running_here, self)) {}

executor::running::~running()
{
    running_here = before_;
}

} // namespace edm
