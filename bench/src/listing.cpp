#include "bare_server.hpp"
#include "benchmarks.hpp"
#include "measure/load.hpp"
#include "shop.hpp"

#include <fmt/format.h>

#include <atomic>
#include <thread>

namespace edm::bench {

using namespace measure;

namespace {

constexpr std::string_view target = "/get-all-recipes?limit=20";

std::vector<std::string> readers(const shop& at, std::size_t count)
{
    std::vector<std::string> out;
    for (std::size_t i = 0; i != count; ++i)
        out.push_back(get_request(target, at.token(fmt::format("reader-{}@example.org", i))));
    return out;
}

/// Milliseconds of each answer on one connection after the other, for `length`.
std::vector<double> browse(const shop& at, std::chrono::milliseconds length)
{
    using steady = std::chrono::steady_clock;
    auto request = get_request(target, at.token("browser@example.org"));
    std::vector<double> out;
    for (auto until = steady::now() + length; steady::now() < until;) {
        auto began = steady::now();
        ask(at.port(), request);
        out.push_back(std::chrono::duration<double, std::milli>(steady::now() - began).count());
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return out;
}

} // namespace

void measure_listing(const settings& s, report& to)
{
    shop at{s.scratch / "b2"};
    at.load_recipes(380); // and twenty of the starter catalogue
    auto requests = readers(at, 64);
    auto answer = ask(at.port(), requests.front());
    auto body = answer.substr(answer.find("\r\n\r\n") + 4);
    bare_server bare{body};
    const int rounds = s.quick ? 3 : 9;
    const std::chrono::milliseconds length{s.quick ? 1000 : 3000};
    std::vector<double> ours, reference, ratios;
    for (int i = 0; i != rounds; ++i) {
        auto a = drive({.port = at.port(), .requests = requests, .length = length});
        auto b = drive({.port = bare.port(), .requests = requests, .length = length});
        if (a.failed != 0)
            throw std::runtime_error("requests were not answered with 200");
        ours.push_back(a.per_second);
        reference.push_back(b.per_second);
        ratios.push_back(a.per_second / b.per_second);
    }
    auto mine = of(ours), bares = of(reference), ratio = of(ratios);
    to.add({.id = "B2",
            .measure = fmt::format("requests/s, 20 of {} recipes, {} bytes", at.recipes().size(), body.size()),
            .value = si(mine),
            .reference = fmt::format("bare Beast, same bytes {}", si(bares)),
            .ratio = percent(ratio.median),
            .target = "≥ 80 %",
            .came_to = passes(ratio.median >= 0.8),
            .figures = {{"ours", mine.median}, {"bare", bares.median}, {"ratio_median", ratio.median}}});
}

void measure_browsing(const settings& s, report& to)
{
    shop at{s.scratch / "b7"};
    at.load_recipes(380);
    const std::chrono::milliseconds length{5000};
    std::vector<double> alone = browse(at, length);
    std::atomic<bool> over{false};
    std::atomic<std::uint64_t> logins{0};
    std::vector<std::jthread> people;
    for (int i = 0; i != 16; ++i)
        people.emplace_back([&, i] {
            auto body = fmt::format("grant_type=password&username=nobody-{}%40example.org&password=wrong-password", i);
            auto request = fmt::format("POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
                                       "application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}",
                                       body.size(), body);
            while (!over.load()) {
                ask(at.port(), request);
                logins.fetch_add(1);
            }
        });
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    std::vector<double> beside = browse(at, length);
    over.store(true);
    people.clear();
    auto a = quantile(alone, 0.99), b = quantile(beside, 0.99);
    to.add(
        {.id = "B7",
         .measure = fmt::format("ms p99 of browsing beside {:.0f} logins/s", static_cast<double>(logins.load()) / 5.5),
         .value = fmt::format("{:.2f}", b),
         .reference = fmt::format("alone {:.2f}", a),
         .ratio = fmt::format("{:.1f} ×", b / a),
         .target = "≤ 3 ×",
         .came_to = passes(b <= 3 * a),
         .figures = {{"beside_ms", b}, {"alone_ms", a}}});
}

} // namespace edm::bench
