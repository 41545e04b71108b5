#include "crowd.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace edm::measure {

namespace {

using steady = std::chrono::steady_clock;

int milliseconds_until(crowd::time when)
{
    auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(when - steady::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(rest, 0, 1000));
}

struct begin
{
    double at; ///< seconds
    step what;
};

/// Moments of a Poisson process. The standard's distributions differ between libraries; this does not.
void add_moments(std::vector<begin>& to, step what, double per_second, double length, std::mt19937_64& by)
{
    if (per_second <= 0)
        return;
    for (double at = 0;;) {
        auto even = (static_cast<double>(by() >> 11) + 1) * 0x1p-53; // above 0, at most 1
        at -= std::log(even) / per_second;
        if (at >= length)
            return;
        to.push_back({at, what});
    }
}

double keep_going(crowd& users, std::chrono::milliseconds length, tally& seen, step counted, auto&& top_up)
{
    users.take();
    const auto began = steady::now();
    auto now = began;
    for (; now < began + length; now = steady::now()) {
        top_up(now);
        if (users.buying() + users.signing_up() == 0)
            break;
        users.turn(10);
    }
    seen = users.take();
    const auto seconds = std::chrono::duration<double>(now - began).count();
    users.finish();
    return static_cast<double>(seen.of(counted).size()) / seconds;
}

} // namespace

void open_loop(crowd& users, const mix& per_second, std::uint64_t seed, std::chrono::milliseconds length)
{
    std::mt19937_64 by{seed};
    std::vector<begin> plan;
    const auto seconds = std::chrono::duration<double>(length).count();
    add_moments(plan, step::list, per_second.lists, seconds, by);
    add_moments(plan, step::look, per_second.looks, seconds, by);
    add_moments(plan, step::sign_up, per_second.sign_ups, seconds, by);
    add_moments(plan, step::accepted, per_second.purchases, seconds, by);
    std::ranges::sort(plan, {}, &begin::at);
    const auto began = steady::now();
    for (const auto& next : plan) {
        const auto due = began + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(next.at));
        while (steady::now() < due)
            users.turn(milliseconds_until(due));
        switch (next.what) {
        case step::list:
            users.list(due);
            break;
        case step::look:
            users.look(due);
            break;
        case step::sign_up:
            users.sign_up(due);
            break;
        default:
            users.buy(due);
        }
    }
    users.finish();
}

void buy_steadily(crowd& users, double per_second, std::chrono::milliseconds length)
{
    const auto began = steady::now();
    const auto step = std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(1 / per_second));
    for (auto next = began; next < began + length;) {
        for (const auto now = steady::now(); next <= now; next += step)
            users.buy(next);
        users.turn(milliseconds_until(next));
    }
    users.finish();
}

double keep_buying(crowd& users, std::size_t under_way, std::chrono::milliseconds length, tally& seen)
{
    return keep_going(users, length, seen, step::paid, [&](crowd::time now) {
        while (users.buying() < under_way && users.buy(now)) {
        }
    });
}

double keep_signing_up(crowd& users, std::size_t under_way, std::chrono::milliseconds length, tally& seen)
{
    return keep_going(users, length, seen, step::log_in, [&](crowd::time now) {
        while (users.signing_up() < under_way)
            users.sign_up(now);
    });
}

void buy_one_by_one(crowd& users, std::size_t count)
{
    for (std::size_t i = 0; i != count; ++i) {
        users.buy(steady::now());
        users.finish();
    }
}

} // namespace edm::measure
