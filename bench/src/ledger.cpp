#include "ledger.hpp"

#include <algorithm>
#include <atomic>

namespace edm::bench {

namespace {

struct noted
{
    static constexpr std::string_view topic = "noted";
    std::int64_t number = 0;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(noted, (), (number, text))

struct note
{
    std::int64_t number = 0;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(note, (), (number, text))

/// Keeps, per key, the last event: the least that a subscription can do.
class reader final : public service
{
  public:
    explicit reader(std::string name) : name_(std::move(name)) {}
    std::string_view name() const override { return name_; }
    std::string_view description() const override { return "Keeps the last event of each key."; }
    void declare(registry& r) override
    {
        r.database(notes_, "notes");
        r.project<noted>(name_ + ".notes", notes_, [](const noted& e) { return note{e.number, e.text}; });
    }

  private:
    std::string name_;
    database<note> notes_;
};

constexpr std::string_view text = "a text of a hundred characters, which is about what an event of a shop carries with "
                                  "it beside its ids";
constexpr std::size_t in_flight = 1000;     ///< commits of the publisher
constexpr std::uint64_t most_behind = 3000; ///< events that the slower subscription may lack before publishers wait

} // namespace

class ledger::publisher final : public service
{
  public:
    std::string_view name() const override { return "notes"; }
    std::string_view description() const override { return "Publishes an event per commit."; }
    void declare(registry& r) override
    {
        r.database(notes_, "notes");
        r.publishes<noted>().from(notes_, [](const note& n) { return std::optional{noted{n.number, n.text}}; });
    }

    struct round
    {
        const std::vector<std::string>& keys;
        std::size_t first, count;
        delivery& at;
        std::uint64_t applied_before;
        std::atomic<std::size_t> taken{0};
        std::atomic<std::size_t> left{in_flight};
        std::atomic<bool> failed{false};
        resumption<bool>* done = nullptr;
    };

    task<> work(round& r)
    {
        for (;;) {
            auto n = r.taken.fetch_add(1);
            if (n >= r.count || r.failed.load())
                break;
            while (n > (r.at.counted().applied - r.applied_before) / 2 + most_behind)
                co_await sleep_for(milliseconds{4});
            call nobody;
            auto number = static_cast<std::int64_t>(r.first + n);
            auto stored_as =
                co_await notes_.update(nobody, r.keys[(r.first + n) % r.keys.size()],
                                       [number](std::optional<note>, const moment&) -> result<change<note>> {
                                           change<note> next{note{number, std::string{text}}};
                                           next.publish(noted{number, std::string{text}});
                                           return next;
                                       });
            if (!stored_as)
                r.failed.store(true);
        }
        if (r.left.fetch_sub(1) == 1)
            (*r.done)(true);
    }

    task<> run(round& r, web::contexts& on)
    {
        std::optional<resumption<bool>> kept;
        co_await callback<bool>([&](resumption<bool> done) {
            kept.emplace(done);
            r.done = &*kept;
            for (std::size_t i = 0; i != in_flight; ++i)
                on.at(i % on.size()).post([this, &r] { spawn(work(r)); });
        });
    }

  private:
    database<note> notes_;
};

ledger::ledger(const std::filesystem::path& data)
{
    std::vector<std::unique_ptr<service>> services;
    auto from = std::make_unique<publisher>();
    from_ = from.get();
    services.push_back(std::move(from));
    services.push_back(std::make_unique<reader>("left"));
    services.push_back(std::make_unique<reader>("right"));
    on_ = std::make_unique<stage>(std::move(services), data);
    group_sizes();
}

ledger::~ledger() = default;

const std::vector<std::string>& ledger::files()
{
    static const std::vector<std::string> names{"notes", "left", "right"};
    return names;
}

double ledger::publish(const std::vector<std::string>& keys, std::size_t count)
{
    auto began = std::chrono::steady_clock::now();
    publisher::round r{.keys = keys,
                       .first = next_,
                       .count = count,
                       .at = on_->delivery(),
                       .applied_before = on_->delivery().counted().applied};
    on_->run(from_->run(r, on_->contexts()));
    on_->drain();
    next_ += count;
    if (r.failed.load() || on_->delivery().counted().applied - r.applied_before != 2 * count)
        throw std::runtime_error("a commit failed, or an event was not applied");
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

std::vector<double> ledger::group_sizes()
{
    std::vector<double> out;
    std::vector<store::counts> now;
    for (const auto& name : files())
        now.push_back(on_->store_of(name).counted());
    for (std::size_t i = 0; i != before_.size(); ++i)
        out.push_back(static_cast<double>(now[i].commits - before_[i].commits) /
                      static_cast<double>(std::max<std::uint64_t>(1, now[i].syncs - before_[i].syncs)));
    before_ = std::move(now);
    return out;
}

std::vector<std::string> make_keys(std::size_t count, bool ordered)
{
    environment at;
    std::vector<std::string> keys;
    keys.reserve(count);
    for (std::size_t i = 0; i != count; ++i)
        keys.push_back(ordered ? at.id() : at.random->hex(16));
    return keys;
}

} // namespace edm::bench
