#include "crowd.hpp"

#include "stream.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

namespace edm::measure {

namespace {

using steady = std::chrono::steady_clock;
constexpr std::size_t connections_to_a_service = 64;
constexpr std::string_view password = "a-measured-password";

double since(crowd::time began)
{
    return std::chrono::duration<double, std::milli>(steady::now() - began).count();
}

std::string post_request(std::string_view target, std::string_view type, std::string_view body, std::string_view fields)
{
    return fmt::format("POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\n{}Content-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                       target, fields, type, body.size(), body);
}

} // namespace

std::string_view name_of(step s)
{
    static constexpr std::array<std::string_view, step_count> names{
        "list", "look", "sign-up", "mailed", "confirm", "log-in", "accepted", "requested", "paid"};
    return names[static_cast<std::size_t>(s)];
}

std::uint16_t visited::port_of(std::string_view service) const
{
    auto found = ports.find(service);
    if (found == ports.end())
        throw std::runtime_error(fmt::format("nobody answers for {}", service));
    return found->second;
}

class crowd::members
{
  public:
    members(visited shop, std::size_t buyers, std::uint64_t seed) : shop_(std::move(shop)), choice_(seed)
    {
        // Several crowds may visit one shop: no two have a user in common.
        static std::size_t groups = 0;
        group_ = groups++;
        std::ranges::shuffle(shop_.recipes, choice_);
        for (std::size_t i = 0; i != buyers; ++i) {
            tokens_.push_back(shop_.token(fmt::format("buyer-{}-{}@example.org", group_, i)));
            streams_.push_back(std::make_unique<stream>(poller_, shop_.port_of("notifications"), tokens_.back(),
                                                        traffic_, [this, i](std::string_view line) { hear(i, line); }));
        }
        const auto until = steady::now() + std::chrono::seconds{30};
        while (!all_open()) {
            if (steady::now() > until)
                throw std::runtime_error("not all streams opened");
            poller_.turn(100);
        }
        if (!shop_.mailbox.empty())
            mails_ = std::make_unique<mail_watch>(
                poller_, shop_.mailbox.string(),
                [this](const std::string& to, const std::string& token) { mailed(to, token); });
    }

    bool buy(time began)
    {
        if (left() == 0)
            return false;
        auto user = next_ % tokens_.size();
        auto purchase = fmt::format("{}/{}", user, shop_.recipes[next_ / tokens_.size()]);
        const auto& recipe = shop_.recipes[next_ / tokens_.size()];
        ++next_;
        buying_.emplace(purchase, began);
        auto body = fmt::format(R"({{"encr_info":"{}"}})", shop_.card);
        send("purchasing",
             post_request("/buy-recipe/" + recipe, "application/json", body,
                          fmt::format("Authorization: Bearer {}\r\n", tokens_[user])),
             [this, began, purchase](const answer& a) {
                 if (wanted(a, 201))
                     note(step::accepted, began);
                 else {
                     buying_.erase(purchase);
                     given_up_.insert(purchase); // it may have been made all the same
                 }
             });
        return true;
    }

    void browse(step kind, time began)
    {
        const auto& token = tokens_[choice_() % tokens_.size()];
        auto target = kind == step::list ? std::string{"/get-all-recipes?limit=20"}
                                         : "/get-recipe-details/" + shop_.recipes[choice_() % shop_.recipes.size()];
        ++browsing_;
        send("recipes", get_request(target, token), [this, kind, began](const answer& a) {
            --browsing_;
            if (wanted(a, 200))
                note(kind, began);
        });
    }

    void sign_up(time began)
    {
        auto id = fmt::format("guest-{}-{}@example.org", group_, guests_++);
        signing_up_.emplace(id, guest{.began = began});
        auto body = fmt::format(R"({{"credentials":{{"id":"{0}","password":"{1}"}},)"
                                R"("user_info":{{"id":"{0}","name":"A Measured Guest"}}}})",
                                id, password);
        send("authentication", post_request("/signup", "application/json", body, {}), [this, id](const answer& a) {
            if (!wanted(a, 201)) {
                signing_up_.erase(id);
                return;
            }
            auto& who = signing_up_.at(id);
            note(step::sign_up, who.began);
            who.answered = true;
            if (!who.token.empty())
                confirm(id, who.token);
        });
    }

    std::size_t left() const { return tokens_.size() * shop_.recipes.size() - next_; }
    std::size_t buying() const { return buying_.size(); }
    std::size_t signing_up() const { return signing_up_.size(); }
    std::size_t browsing() const { return browsing_; }
    void turn(int milliseconds) { poller_.turn(milliseconds); }

    tally take()
    {
        counting_.sent = std::exchange(traffic_.sent, 0);
        counting_.received = std::exchange(traffic_.received, 0);
        return std::exchange(counting_, {});
    }

  private:
    struct guest
    {
        time began;
        bool answered = false;
        std::string token{};
    };

    bool all_open() const
    {
        return std::ranges::all_of(streams_, [](const auto& s) { return s->open(); });
    }

    void note(step s, time began) { counting_.of(s).push_back(since(began)); }

    bool wanted(const answer& a, int status)
    {
        if (a.status == status)
            return true;
        if (counting_.refused++ == 0)
            counting_.refusal = fmt::format("{} {}", a.status, a.body);
        return false;
    }

    void send(std::string_view service, std::string request, pool::handler then)
    {
        auto port = shop_.port_of(service);
        auto& to = pools_[port];
        if (!to)
            to = std::make_unique<pool>(poller_, port, connections_to_a_service, traffic_);
        to->send(std::move(request), std::move(then));
    }

    void mailed(const std::string& to, const std::string& token)
    {
        auto found = signing_up_.find(to);
        if (found == signing_up_.end() || !found->second.token.empty())
            return; // a mail that was sent again
        if (token.empty())
            throw std::runtime_error("a mail holds no token");
        note(step::mailed, found->second.began);
        found->second.token = token;
        if (found->second.answered)
            confirm(to, token);
    }

    void confirm(const std::string& id, const std::string& token)
    {
        auto began = steady::now();
        auto body = fmt::format(R"({{"token":"{}"}})", token);
        send("email-confirmation", post_request("/confirm-email-api", "application/json", body, {}),
             [this, id, began](const answer& a) {
                 if (!wanted(a, 200)) {
                     signing_up_.erase(id);
                     return;
                 }
                 note(step::confirm, began);
                 log_in(id, std::string{field_of(a.head, "Edm-After")});
             });
    }

    void log_in(const std::string& id, const std::string& after)
    {
        auto began = steady::now();
        auto body = fmt::format("grant_type=password&username={}&password={}", percent_encode(id), password);
        send("authentication",
             post_request("/login", "application/x-www-form-urlencoded", body,
                          after.empty() ? std::string{} : fmt::format("Edm-After: {}\r\n", after)),
             [this, id, began](const answer& a) {
                 if (wanted(a, 200))
                     note(step::log_in, began);
                 signing_up_.erase(id);
             });
    }

    /// Each message of a stream is one line.
    void hear(std::size_t user, std::string_view line)
    {
        static constexpr std::string_view id = R"("recipe_id":")";
        const bool requested = line.find(R"("event_name":"recipe-purchase-requested")") != line.npos;
        if (!requested && line.find(R"("payment_status":1)") == line.npos)
            return;
        auto at = line.find(id);
        if (at == line.npos)
            throw std::runtime_error("a message names no recipe");
        line.remove_prefix(at + id.size());
        auto name = fmt::format("{}/{}", user, line.substr(0, line.find('"')));
        auto purchase = buying_.find(name);
        if (purchase == buying_.end() && given_up_.contains(name))
            return;
        if (purchase == buying_.end())
            throw std::runtime_error("a purchase was told twice, or never made");
        if (requested && !requested_.insert(name).second)
            throw std::runtime_error("a purchase was told twice as requested");
        note(requested ? step::requested : step::paid, purchase->second);
        if (!requested)
            buying_.erase(purchase);
    }

    visited shop_;
    std::mt19937_64 choice_;
    std::size_t group_ = 0, next_ = 0, guests_ = 0, browsing_ = 0;
    traffic traffic_;
    tally counting_;
    poller poller_;
    std::vector<std::string> tokens_;
    std::vector<std::unique_ptr<stream>> streams_;
    std::unique_ptr<mail_watch> mails_;
    std::map<std::uint16_t, std::unique_ptr<pool>> pools_;
    std::unordered_map<std::string, time> buying_;
    std::unordered_set<std::string> given_up_, requested_;
    std::unordered_map<std::string, guest> signing_up_;
};

crowd::crowd(visited shop, std::size_t buyers, std::uint64_t seed)
    : all_(std::make_unique<members>(std::move(shop), buyers, seed))
{
}

crowd::~crowd() = default;

bool crowd::buy(time since)
{
    return all_->buy(since);
}

void crowd::list(time since)
{
    all_->browse(step::list, since);
}

void crowd::look(time since)
{
    all_->browse(step::look, since);
}

void crowd::sign_up(time since)
{
    all_->sign_up(since);
}

std::size_t crowd::buying() const
{
    return all_->buying();
}

std::size_t crowd::signing_up() const
{
    return all_->signing_up();
}

std::size_t crowd::browsing() const
{
    return all_->browsing();
}

std::size_t crowd::left() const
{
    return all_->left();
}

void crowd::turn(int milliseconds)
{
    all_->turn(milliseconds);
}

void crowd::finish()
{
    const auto until = steady::now() + std::chrono::seconds{30};
    while (buying() + signing_up() + browsing() != 0) {
        if (steady::now() > until)
            throw std::runtime_error(fmt::format("{} purchases and {} sign-ups never ended", buying(), signing_up()));
        turn(10);
    }
}

tally crowd::take()
{
    return all_->take();
}

} // namespace edm::measure
