#include "study.hpp"

#include "catalogue.hpp"
#include "interrupt.hpp"
#include "load.hpp"
#include "pool.hpp"
#include "syncs.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>
#include <thread>
#include <tuple>
#include <utility>

namespace edm::measure {

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;
constexpr double unseen = std::numeric_limits<double>::quiet_NaN();

double nearest(const std::vector<double>& sorted, double part)
{
    if (sorted.empty())
        return 0;
    auto at = static_cast<std::size_t>(part * static_cast<double>(sorted.size()));
    return sorted[std::min(at, sorted.size() - 1)];
}

/// Milliseconds of requests on one connection, one after the other.
latency one_after_another(std::uint16_t port, const std::string& request, std::size_t count)
{
    poller by;
    traffic counted;
    pool to{by, port, 1, counted};
    std::vector<double> took;
    while (took.size() != count) {
        const auto began = steady::now();
        bool answered = false;
        to.send(request, [&](const answer& a) {
            if (a.status != 200)
                throw std::runtime_error(fmt::format("a recipe is answered with {}", a.status));
            answered = true;
        });
        while (!answered)
            by.turn(1000);
        took.push_back(std::chrono::duration<double, std::milli>(steady::now() - began).count());
    }
    return latency_of(std::move(took));
}

} // namespace

latency latency_of(std::vector<double> milliseconds)
{
    std::ranges::sort(milliseconds);
    return {milliseconds.size(), nearest(milliseconds, 0.5), nearest(milliseconds, 0.95), nearest(milliseconds, 0.99)};
}

std::string_view name_of(role r)
{
    static constexpr std::array<std::string_view, role_count> names{"program", "proxy", "broker", "database"};
    return names[static_cast<std::size_t>(r)];
}

double by_role::sum() const
{
    double all = 0;
    for (const auto& one : of)
        all += one.value_or(0);
    return all;
}

double outcome::hop_to_notification() const
{
    return open_loop[static_cast<std::size_t>(step::requested)].p50 -
           open_loop[static_cast<std::size_t>(step::accepted)].p50;
}

double outcome::hop_to_mail() const
{
    return open_loop[static_cast<std::size_t>(step::mailed)].p50 -
           open_loop[static_cast<std::size_t>(step::sign_up)].p50;
}

/// What happened between its beginning and its end.
class study::meter
{
  public:
    meter(const study& of, const std::filesystem::path& scratch, bool count_syncs) : of_(of)
    {
        for (std::size_t i = 0; i != role_count; ++i) {
            processes_[i] = of.processes_of(static_cast<role>(i));
            if (count_syncs && !processes_[i].empty())
                syncs_[i] = std::make_unique<sync_counter>(processes_[i], scratch);
        }
        before_.metrics = of_.shop_.metrics();
        before_.cpu = cpu();
        before_.bytes = static_cast<double>(loopback_bytes());
    }

    per_purchase end(const tally& seen, double purchases)
    {
        moment after{.metrics = {}, .bytes = static_cast<double>(loopback_bytes()), .cpu = cpu()};
        // Which cost bytes and processor time themselves.
        of_.shop_.audit(); // waits for what follows the last purchase
        after.metrics = of_.shop_.metrics();
        per_purchase out;
        auto each = [&](double all) { return purchases > 0 ? all / purchases : 0; };
        auto counted = [&](const char* name) { return each(after.metrics[name] - before_.metrics[name]); };
        out.commits = counted("edm_store_commits_total");
        out.events = counted("edm_events_published_total");
        out.handled = counted("edm_events_handled_total");
        out.store_syncs = counted("edm_store_syncs_total");
        out.bytes = each(after.bytes - before_.bytes);
        out.client_bytes = each(static_cast<double>(seen.sent + seen.received));
        bool none_counted = true;
        for (std::size_t i = 0; i != role_count; ++i) {
            if (!of_.takes_part(static_cast<role>(i)))
                continue;
            out.cpu_ms.of[i] = processes_[i].empty() ? unseen : each((after.cpu[i] - before_.cpu[i]) * 1000);
            auto syncs = syncs_[i] ? syncs_[i]->stop() : std::nullopt;
            out.syncs.of[i] = syncs ? each(*syncs) : unseen;
            none_counted = none_counted && !syncs;
        }
        if (none_counted)
            out.syncs = {};
        return out;
    }

  private:
    struct moment
    {
        std::map<std::string, double> metrics;
        double bytes = 0;
        std::array<double, role_count> cpu{};
    };
    std::array<double, role_count> cpu() const
    {
        std::array<double, role_count> out{};
        for (std::size_t i = 0; i != role_count; ++i)
            out[i] = usage_of(processes_[i]).cpu_seconds;
        return out;
    }

    const study& of_;
    std::array<std::vector<pid_t>, role_count> processes_;
    std::array<std::unique_ptr<sync_counter>, role_count> syncs_;
    moment before_;
};

study::study(const placement& what, const surroundings& in, const std::filesystem::path& directory,
             std::map<std::string, std::string> settings, const server* broker, const server* database,
             const workload& work, std::function<void(const std::string&)> say)
    : work_(work), directory_(directory), shop_(what, in, directory, std::move(settings)), broker_(broker),
      database_(database), say_(std::move(say))
{
    out_.what = what;
    out_.through_proxy = shop_.behind_proxy();
}

std::vector<pid_t> study::processes_of(role r) const
{
    auto tree = [](const server* s) { return s && s->pid() ? tree_of(s->pid()) : std::vector<pid_t>{}; };
    switch (r) {
    case role::program:
        return shop_.programs();
    case role::proxy:
        return shop_.proxies();
    case role::broker:
        return tree(broker_);
    case role::database:
        return tree(database_);
    }
    return {};
}

bool study::takes_part(role r) const
{
    return r == role::program || (r == role::proxy && shop_.behind_proxy()) || (r == role::broker && broker_) ||
           (r == role::database && database_);
}

by_role study::memory(double& resident) const
{
    by_role out;
    resident = 0;
    for (std::size_t i = 0; i != role_count; ++i) {
        if (!takes_part(static_cast<role>(i)))
            continue;
        auto processes = processes_of(static_cast<role>(i));
        auto used = processes.empty() ? usage{.resident = unseen, .proportional = unseen} : usage_of(processes);
        out.of[i] = used.proportional;
        resident += used.resident;
    }
    return out;
}

/// The administrator's password is looked at after the start, and an allocator gives back what is free after ten
/// seconds.
void study::rest() const
{
    for (const auto until = std::chrono::steady_clock::now() + 15s; std::chrono::steady_clock::now() < until;) {
        look_for_interrupt();
        std::this_thread::sleep_for(100ms);
    }
}

void study::refused_in(const tally& seen)
{
    if (out_.refused == 0)
        out_.refusal = seen.refusal;
    out_.refused += seen.refused;
}

outcome study::run()
{
    out_.first_start_ms = shop_.start();
    out_.processes = shop_.programs().size();
    seen_ = shop_.as_seen();
    for (auto r : {role::broker, role::database})
        if (takes_part(r) && processes_of(r).empty())
            say_(fmt::format(
                "the {}'s processes cannot be seen, so what it uses is missing, and all sums; be its user, or "
                "name its process: --rabbitmq-pid, --couchdb-pid",
                name_of(r)));
    fill();
    measure_starts();
    say_("at rest");
    rest();
    out_.idle_mib = memory(out_.idle_resident);
    if (out_.through_proxy)
        measure_proxy();
    crowd users{seen_, work_.buyers, work_.seed};
    say_("warming up");
    tally ignored;
    keep_buying(users, work_.buying, 1000ms, ignored);
    measure_latency(users);
    measure_throughput(users);
    out_.loaded_mib = memory(out_.loaded_resident);
    measure_single(users);
    out_.audit = shop_.audit();
    shop_.stop();
    return out_;
}

/// Loads the catalogue, and waits until everybody knows it: until somebody could buy the last of the recipes.
void study::fill()
{
    auto administrator = seen_.token("administrator@example.org");
    auto answer = ask(seen_.port_of("recipes"), upload_request(catalogue(work_.recipes), administrator));
    if (first_answer(answer).status != 201)
        throw std::runtime_error("loading recipes: " + answer);
    answer =
        ask(seen_.port_of("recipes"), get_request("/get-all-recipes?limit=1000", seen_.token("reader@example.org")));
    const auto list = first_answer(answer);
    if (list.status != 200)
        throw std::runtime_error("listing recipes: " + answer);
    static constexpr std::string_view before = R"({"id":")";
    for (auto at = list.body.find(before); at != list.body.npos; at = list.body.find(before, at + 1)) {
        auto from = at + before.size();
        seen_.recipes.emplace_back(list.body.substr(from, list.body.find('"', from) - from));
    }
    if (seen_.recipes.empty())
        throw std::runtime_error("there are no recipes to buy");
    auto audited = shop_.audit();
    if (!audited || audited->behind > 0)
        throw std::runtime_error("the catalogue does not arrive");
}

void study::measure_starts()
{
    say_("starting again");
    std::vector<double> took;
    for (std::size_t i = 0; i != work_.restarts; ++i) {
        shop_.stop();
        took.push_back(shop_.start());
    }
    out_.start_ms = latency_of(std::move(took)).p50;
}

void study::measure_proxy()
{
    auto request = get_request("/get-recipe-details/" + seen_.recipes.front(), seen_.token("reader@example.org"));
    constexpr std::size_t count = 500;
    one_after_another(shop_.port_behind("recipes"), request, count);
    out_.look_direct = one_after_another(shop_.port_behind("recipes"), request, count);
    out_.look_proxied = one_after_another(shop_.port_of("recipes"), request, count);
}

void study::measure_latency(crowd& users)
{
    const std::chrono::milliseconds length{static_cast<std::int64_t>(work_.seconds * 2000)};
    say_(fmt::format("a mix at a fixed rate for {:g} s", static_cast<double>(length.count()) / 1000));
    users.take();
    open_loop(users, work_.rates, work_.seed, length);
    auto seen = users.take();
    refused_in(seen);
    for (std::size_t i = 0; i != step_count; ++i)
        out_.open_loop[i] = latency_of(std::move(seen.milliseconds[i]));
}

void study::measure_throughput(crowd& users)
{
    const std::chrono::milliseconds length{static_cast<std::int64_t>(work_.seconds * 1000)};
    say_("as many purchases as it takes");
    tally seen;
    auto buy = [&](bool count_syncs) {
        meter all{*this, directory_, count_syncs};
        auto per_second = keep_buying(users, work_.buying, length, seen);
        refused_in(seen);
        // Those that were still under way at the end are in what was used.
        auto rest = users.take();
        refused_in(rest);
        seen.sent += rest.sent;
        seen.received += rest.received;
        auto purchases = static_cast<double>(seen.of(step::paid).size() + rest.of(step::paid).size());
        return std::pair{per_second, all.end(seen, purchases)};
    };
    const bool at_once = sync_counter::costs_little();
    std::tie(out_.purchases_per_second, out_.busy) = buy(at_once);
    if (!at_once) {
        say_("counting their syncs");
        out_.busy.syncs = buy(true).second.syncs;
    }
    say_("as many lists as it takes");
    std::vector<std::string> requests;
    for (std::size_t i = 0; i != work_.reading; ++i)
        requests.push_back(
            get_request("/get-all-recipes?limit=20", seen_.token(fmt::format("reader-{}@example.org", i))));
    auto lists = drive({.port = seen_.port_of("recipes"), .requests = std::move(requests), .length = length});
    out_.lists_per_second = lists.per_second;
    out_.refused += lists.failed;
    say_("as many sign-ups as it takes");
    out_.sign_ups_per_second = keep_signing_up(users, work_.signing_up, length, seen);
    refused_in(seen);
    refused_in(users.take());
}

void study::measure_single(crowd& users)
{
    say_("purchases one by one");
    shop_.audit(); // nothing is under way any more
    meter all{*this, directory_, true};
    users.take();
    buy_one_by_one(users, work_.one_by_one);
    auto seen = users.take();
    std::this_thread::sleep_for(500ms); // what follows the last one: the provider's note, the buyer's recipes
    refused_in(seen);
    out_.single = all.end(seen, static_cast<double>(seen.of(step::paid).size()));
    for (std::size_t i = 0; i != step_count; ++i)
        out_.alone[i] = latency_of(std::move(seen.milliseconds[i]));
}

} // namespace edm::measure
