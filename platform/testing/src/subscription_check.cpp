#include <edm/testing/subscription_check.hpp>

#include <edm/core/text.hpp>
#include <edm/delivery/delivery.hpp>
#include <edm/testing/document_store.hpp>
#include <edm/testing/hand_bus.hpp>
#include <edm/testing/loop.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>

namespace edm::testing {

namespace {

/// Ids are the same in every history.
class same_random final : public random_source
{
  public:
    void fill(std::span<std::uint8_t> out) const override { std::fill(out.begin(), out.end(), std::uint8_t{0x5a}); }
};

/// What a history leaves behind, as two of them are compared.
struct picture
{
    std::map<std::string, std::string> facts;
    std::set<std::string> parked;
};

/// What a process had done when it died.
struct death
{
    document_engine::disks disks;
    std::set<std::uint64_t> settled;
    std::set<std::string> performed;
    time_point when;
};

class plan
{
  public:
    plan(const declarations& all, const subscription_sample& sample) : sample_(sample)
    {
        const auto* to = all.subscription(sample.subscription);
        if (!to)
            throw std::invalid_argument("no such subscription: " + sample.subscription);
        const auto* topic = all.topic(to->topic);
        if (!topic)
            throw std::invalid_argument("nobody publishes " + to->topic);
        service = to->service;
        declared.services = {service};
        declared.topics = all.topics;
        declared.subscriptions = {*to};
        for (const auto& d : all.databases)
            if (d.service == service)
                declared.databases.push_back(d);
        for (const auto& d : all.due)
            if (d.service == service)
                declared.due.push_back(d);
        std::map<std::string, std::uint64_t> counters;
        for (const auto& one : sample.events) {
            sequence place{1, ++counters[one.key]};
            event e{.id = uuid_v5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", one.key + place.text()),
                    .source = fmt::format("/edm/{}/{}/{}", topic->service, topic->name, percent_encode(one.key)),
                    .type = topic->event_type,
                    .subject = one.key,
                    .sequence = place,
                    .baseline = false,
                    .time = "2026-01-15T00:00:00.000Z",
                    .traceparent = {},
                    .data = one.data};
            events.push_back(
                std::make_shared<recorded_event>(recorded_event{topic->name, one.key, place, false, encode_event(e)}));
        }
    }

    std::string compared(std::string json) const { return sample_.compared ? sample_.compared(std::move(json)) : json; }
    const std::vector<sample_document>& documents() const { return sample_.documents; }

    std::string service;
    declarations declared;
    std::vector<event_ptr> events;

  private:
    const subscription_sample& sample_;
};

/// One process of the subscriber's service, from its start to its end.
class life
{
  public:
    explicit life(const plan& p, std::chrono::days later = std::chrono::days{0})
        : life(p, {}, {}, time_point{std::chrono::sys_days{std::chrono::year{2026} / 1 / 15} + later})
    {
        for (const auto& d : p.documents()) {
            edm::commit c{.db = d.db, .id = d.id, .value = d.value, .index = d.index, .indexed = !d.index.empty()};
            auto done = context_.await(store_->commit(c));
            if (!done)
                throw std::logic_error("a sample document is given twice: " + d.id);
        }
    }
    life(const plan& p, const death& d) : life(p, d.disks, d.performed, d.when) {}
    ~life()
    {
        delivery_->stop();
        context_.advance(std::chrono::minutes{1}); // what runs ends, so that no frame is left
        store_->close();
    }

    /// Hands over events by their places in the sample. Positions above those of the sample are repeats.
    void deliver(const std::vector<std::size_t>& order, bool suspect = false)
    {
        for (auto i : order) {
            auto position = handed_.insert(i).second ? i + 1 : next_repeat_++;
            std::vector<delivered_event> one;
            one.push_back({plan_.events[i], position, suspect});
            bus_.to->deliver(std::move(one));
        }
        context_.run_ready();
    }
    void pass(milliseconds time) { context_.advance(time); }
    void leap(milliseconds time) { clock_.set(clock_.now() + time); }

    /// Keeps what a death after each write would leave.
    void watch_deaths(std::vector<death>& deaths)
    {
        engine_.faults->after = [this, &deaths](std::uint64_t) {
            deaths.push_back({engine_.snapshot(), bus_.settled_positions, performed_, clock_.now()});
        };
    }
    void no_more_deaths() { engine_.faults->after = {}; }

    picture take()
    {
        picture p;
        for (const auto& db : plan_.declared.databases) {
            auto documents = context_.await(store_->scan(db.id, "", 100'000));
            for (const auto& one : documents.value())
                if (one.document.value)
                    p.facts["document " + db.name + "/" + one.id] = plan_.compared(*one.document.value);
        }
        std::map<std::string, int> places;
        for (const auto& one : context_.await(store_->pending(0, 100'000)).value()) {
            auto place = fmt::format("event {}/{}", one.event->topic, one.event->key);
            auto name = fmt::format("{} #{}", place, ++places[place]);
            auto parsed = decode_event(one.event->bytes);
            p.facts[name] = parsed ? plan_.compared(parsed->data) : parsed.error();
        }
        for (const auto& item : performed_)
            p.facts["due work " + item] = "done";
        for (const auto& e : context_.await(store_->parked({}, {}, 100'000)).value())
            p.parked.insert(fmt::format("event {} of key {} stays parked: {}", e.sequence.text(), e.key, e.reason));
        return p;
    }

  private:
    life(const plan& p, const document_engine::disks& disks, std::set<std::string> performed, time_point when)
        : plan_(p), clock_(when), declared_(p.declared), engine_(disks), performed_(std::move(performed))
    {
        for (auto& kind : declared_.due)
            kind.perform = [this](call&, std::string document, due_item item) {
                return perform(std::move(document), std::move(item));
            };
        std::vector<database_schema> schema;
        for (const auto& d : declared_.databases)
            schema.push_back({d.name, d.indexes});
        store_ = engine_.open(p.service, std::move(schema));
        delivery_ = std::make_unique<delivery>(delivery::parts{.declared = &declared_,
                                                               .stores = {{p.service, store_.get()}},
                                                               .bus = &bus_,
                                                               .contexts = {&context_},
                                                               .environment = {&clock_, &random_}});
        context_.await(delivery_->start());
    }

    task<result<nothing>> perform(std::string document, due_item item)
    {
        performed_.insert(item.kind + " " + document + " " + item.id);
        co_return nothing{};
    }

    const plan& plan_;
    manual_clock clock_;
    same_random random_;
    loop context_{clock_, milliseconds{0}};
    declarations declared_;
    document_engine engine_;
    std::unique_ptr<store> store_;
    hand_bus bus_;
    std::unique_ptr<delivery> delivery_;
    std::set<std::string> performed_;
    std::set<std::size_t> handed_;
    std::uint64_t next_repeat_ = 1'000'000;
};

void compare(const std::string& history, const picture& expected, const picture& got,
             std::vector<std::string>& problems)
{
    for (const auto& [name, value] : expected.facts) {
        auto at = got.facts.find(name);
        if (at == got.facts.end())
            problems.push_back(fmt::format("{}: {} is missing", history, name));
        else if (at->second != value)
            problems.push_back(fmt::format("{}: {} is {} instead of {}", history, name, at->second, value));
    }
    for (const auto& [name, value] : got.facts)
        if (!expected.facts.contains(name))
            problems.push_back(fmt::format("{}: {} is too much: {}", history, name, value));
    for (const auto& text : got.parked)
        problems.push_back(fmt::format("{}: {}", history, text));
}

/// The events of each key in another order; the slots that a key holds stay its own.
std::vector<std::size_t> shuffled(const plan& p, std::uint64_t seed)
{
    std::map<std::string, std::vector<std::size_t>> by_key;
    for (std::size_t i = 0; i != p.events.size(); ++i)
        by_key[p.events[i]->key].push_back(i);
    seeded_random random(seed);
    for (auto& [key, places] : by_key)
        for (auto n = places.size(); n > 1; --n)
            std::swap(places[n - 1], places[seed == 0 ? 0 : random.below(n)]);
    std::vector<std::size_t> order;
    for (const auto& e : p.events) {
        auto& places = by_key[e->key];
        order.push_back(places.back());
        places.pop_back();
    }
    return order;
}

constexpr milliseconds settling = std::chrono::seconds{10};
constexpr std::chrono::days another_day{40}; ///< what a handler takes from the clock shows as a difference

void check_deaths(const plan& p, const picture& expected, const std::vector<std::size_t>& order,
                  const std::string& name, std::vector<std::string>& problems)
{
    std::vector<death> deaths;
    {
        life one(p, another_day);
        one.watch_deaths(deaths);
        one.deliver(order);
        one.pass(settling);
        one.no_more_deaths();
    }
    for (std::size_t n = 0; n != deaths.size(); ++n) {
        for (bool everything : {false, true}) {
            std::vector<std::size_t> again;
            for (auto i : order)
                if (everything || !deaths[n].settled.contains(i + 1))
                    again.push_back(i);
            life next(p, deaths[n]);
            next.deliver(again, true);
            next.pass(settling);
            compare(fmt::format("{}, killed after write {}, {} again", name, n + 1,
                                everything ? "everything" : "the unsettled"),
                    expected, next.take(), problems);
        }
    }
}

} // namespace

std::vector<std::string> check_subscription(const declarations& declared, const subscription_sample& sample)
{
    std::vector<std::string> problems;
    plan p(declared, sample);
    std::vector<std::size_t> in_order(p.events.size());
    std::iota(in_order.begin(), in_order.end(), std::size_t{0});

    life once(p);
    once.deliver(in_order);
    once.pass(settling);
    const auto expected = once.take();
    for (const auto& text : expected.parked)
        problems.push_back("once, in order: " + text);
    if (!problems.empty())
        return problems;

    {
        life twice(p, another_day);
        for (auto i : in_order)
            twice.deliver({i, i});
        twice.deliver(in_order);
        twice.pass(settling);
        compare("twice", expected, twice.take(), problems);
    }
    constexpr std::uint64_t shuffles = 8;
    for (std::uint64_t seed = 0; seed != shuffles; ++seed) {
        life disordered(p, another_day);
        disordered.deliver(shuffled(p, seed));
        disordered.pass(settling);
        compare(fmt::format("out of order (seed {})", seed), expected, disordered.take(), problems);
    }
    once.leap(std::chrono::hours{24 * 400});
    auto before = once.take();
    once.deliver(in_order);
    compare("repeated much later", before, once.take(), problems);
    check_deaths(p, expected, in_order, "in order", problems);
    check_deaths(p, expected, shuffled(p, 0), "out of order", problems);
    return problems;
}

} // namespace edm::testing
