#include <edm/store/store.hpp>

namespace edm {

sequence envelope::counter(std::string_view topic) const
{
    for (const auto& c : counters)
        if (c.topic == topic)
            return {c.epoch, c.counter};
    return {};
}

} // namespace edm
