#include "bare_server.hpp"
#include "benchmarks.hpp"
#include "measure/load.hpp"
#include "stage.hpp"

#include <fmt/format.h>

namespace edm::bench {

using namespace measure;

namespace {

struct greeting
{
    std::string text;
};
BOOST_DESCRIBE_STRUCT(greeting, (), (text))

/// One authenticated route that does nothing, and the topic of access changes that such a route needs.
class trivial final : public service
{
  public:
    std::string_view name() const override { return "trivial"; }
    std::string_view description() const override { return "One route that does nothing."; }
    void declare(registry& r) override
    {
        r.database(users_, "users");
        r.publishes<access_changed>().from(
            users_, [](const greeting&) -> std::optional<access_changed> { return std::nullopt; });
        r.get("/greet", *this, &trivial::greet).authenticated().ok("greeted");
    }

  private:
    task<result<greeting>> greet(call&) { co_return greeting{"hello"}; }
    database<greeting> users_;
};

constexpr std::size_t connections = 64;

std::string body_of(const std::string& answer)
{
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

} // namespace

void measure_requests(const settings& s, report& to)
{
    std::vector<std::unique_ptr<service>> services;
    services.push_back(std::make_unique<trivial>());
    stage whole{std::move(services), s.scratch / "b1"};
    auto port = whole.serve();
    std::vector<std::string> requests;
    for (std::size_t i = 0; i != connections; ++i)
        requests.push_back(get_request("/greet", whole.token(fmt::format("reader-{}@example.org", i))));
    auto answer = ask(port, requests.front());
    if (!answer.starts_with("HTTP/1.1 200 "))
        throw std::runtime_error("the endpoint answers: " + answer);
    bare_server bare{body_of(answer)};

    const int rounds = s.quick ? 5 : 9;
    const std::chrono::milliseconds length{s.quick ? 1000 : 3000};
    std::vector<double> ours, reference, ratios;
    std::uint64_t failed = 0;
    for (int i = 0; i != rounds; ++i) {
        auto a = drive({.port = port, .requests = requests, .length = length});
        auto b = drive({.port = bare.port(), .requests = requests, .length = length});
        ours.push_back(a.per_second);
        reference.push_back(b.per_second);
        ratios.push_back(a.per_second / b.per_second);
        failed += a.failed + b.failed;
    }
    if (failed != 0)
        throw std::runtime_error(fmt::format("{} requests were not answered with 200", failed));
    auto mine = of(ours), bares = of(reference), ratio = of(ratios);
    to.add({.id = "B1",
            .measure = fmt::format("requests/s, trivial endpoint, {} connections", connections),
            .value = si(mine),
            .reference = fmt::format("bare Beast {}", si(bares)),
            .ratio = percent(ratio.median),
            .target = "≥ 100 %",
            .came_to = passes(ratio.median >= 1),
            .figures = {{"ours", mine.median},
                        {"bare", bares.median},
                        {"ratio_median", ratio.median},
                        {"ratio_lowest", ratio.lowest},
                        {"ratio_highest", ratio.highest}}});
}

} // namespace edm::bench
