#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace edm::measure {

/// What is timed of a user's way through the shop.
enum class step
{
    list,      ///< the list of recipes
    look,      ///< the details of one
    sign_up,   ///< from the request to 201
    mailed,    ///< from the same request to the mail in the mailbox
    confirm,   ///< the answer to the mail's token
    log_in,    ///< the answer, which waits for the confirmation to have arrived
    accepted,  ///< from `POST /buy-recipe` to 201
    requested, ///< from the same request to the notification that it was requested
    paid       ///< from the same request to the notification that it is paid
};
inline constexpr std::size_t step_count = 9;
std::string_view name_of(step s);

/// A shop as its clients see it.
struct visited
{
    std::map<std::string, std::uint16_t, std::less<>> ports; ///< which port answers for which service
    std::function<std::string(std::string user_id)> token;   ///< a user whom the shop never heard of is fine
    std::string card;                                        ///< what a card form would send
    std::vector<std::string> recipes;
    std::filesystem::path mailbox; ///< where mails of confirmation land; empty: nobody signs up

    std::uint16_t port_of(std::string_view service) const;
};

/// What users saw.
struct tally
{
    std::array<std::vector<double>, step_count> milliseconds;
    std::size_t refused = 0;              ///< answers that no user wants
    std::string refusal;                  ///< the first of them
    std::uint64_t sent = 0, received = 0; ///< bytes, without the headers of TCP

    std::vector<double>& of(step s) { return milliseconds[static_cast<std::size_t>(s)]; }
};

/// Users that browse, sign up and buy. Each of the buyers follows its notifications by a stream of its own; requests
/// travel on pools of keep-alive connections. One thread with epoll. Throws std::runtime_error where a connection
/// breaks, or where a purchase is told twice.
class crowd
{
  public:
    using time = std::chrono::steady_clock::time_point;

    /// Opens the streams of so many buyers. What they choose follows from the seed.
    crowd(visited shop, std::size_t buyers, std::uint64_t seed = 1);
    ~crowd();

    /// Each begins something whose latency counts from `since`. `buy`: false where everybody has everything.
    bool buy(time since);
    void list(time since);
    void look(time since);
    void sign_up(time since);

    std::size_t buying() const;
    std::size_t signing_up() const;
    std::size_t browsing() const;
    /// How many purchases are left: a user buys each recipe once.
    std::size_t left() const;

    /// Takes what has arrived, waiting for at most so many milliseconds.
    void turn(int milliseconds);
    /// Waits until nothing is under way, for at most 30 s.
    void finish();
    /// What was seen since the last call.
    tally take();

  private:
    class members;
    std::unique_ptr<members> all_;
};

/// So many of each are begun in a second, at random moments that follow from the seed, whatever the answers do; a late
/// begin counts as latency. Returns when all of them have ended.
struct mix
{
    double lists = 0, looks = 0, sign_ups = 0, purchases = 0;
};
void open_loop(crowd& users, const mix& per_second, std::uint64_t seed, std::chrono::milliseconds length);
/// One purchase after the other at equal distances, begun on time; a late begin counts as latency.
void buy_steadily(crowd& users, double per_second, std::chrono::milliseconds length);
/// So many purchases, or sign-ups, under way at any time. Returns how many ended a second.
double keep_buying(crowd& users, std::size_t under_way, std::chrono::milliseconds length, tally& seen);
double keep_signing_up(crowd& users, std::size_t under_way, std::chrono::milliseconds length, tally& seen);
/// `count` purchases, each after the end of the one before.
void buy_one_by_one(crowd& users, std::size_t count);

} // namespace edm::measure
