#include <edm/service/stand_in.hpp>

#include <edm/core/text.hpp>

#include <utility>

namespace edm {

task<result<nothing>> commit_stand_in(const database<stand_in>& to, call& by, std::string name)
{
    const auto count = [](std::optional<stand_in> before, const moment&) -> result<change<stand_in>> {
        return change<stand_in>{stand_in{before ? before->asked + 1 : 1}};
    };
    auto stored = co_await to.update(by, to_hex(sha256(name)).substr(0, 3), count);
    if (!stored)
        co_return fail(std::move(stored.error()));
    co_return nothing{};
}

} // namespace edm
