#include "notifications.hpp"

#include "timeline.hpp"

#include <edm/contracts/authentication.hpp>
#include <edm/contracts/purchasing.hpp>
#include <edm/contracts/recipes.hpp>
#include <edm/notifications/notifications.hpp>

#include <chrono>
#include <map>
#include <utility>

namespace edm::notifications {

using namespace std::chrono_literals;

namespace {

constexpr milliseconds heartbeat_interval = 15s;
constexpr milliseconds store_retry_interval = 1s;
constexpr std::size_t entries_per_write = 50; // stays far below what a connection may buffer

template <class E>
std::string user_of(const E& e, std::string_view)
{
    return e.user_id;
}

template <class E>
result<change<timeline>> written(std::optional<timeline> before, const E& e, const received&)
{
    timeline list = std::move(before).value_or(timeline{});
    if (!take(list, e))
        return change<timeline>::keep();
    return change<timeline>{std::move(list)};
}

named user_name(const contracts::user_signed_up& e)
{
    return {e.user_name};
}

named recipe_name(const contracts::recipe_published& e)
{
    return {e.recipe_name};
}

} // namespace

void notifications::declare(registry& r)
{
    r.database(timelines_, "notification").watched().describe("What each user was told, by user id.");
    r.database(user_names_, "user-name").describe("Names of users, by user id.");
    r.database(recipe_names_, "recipe-name").describe("Names of recipes, by recipe id.");

    r.project<contracts::user_signed_up>("notifications.user-names", user_names_, user_name);
    r.project<contracts::recipe_published>("notifications.recipe-names", recipe_names_, recipe_name);
    r.on<contracts::recipe_purchase_requested>("notifications.purchase-requested")
        .changes(timelines_, user_of<contracts::recipe_purchase_requested>)
        .by(written<contracts::recipe_purchase_requested>);
    r.on<contracts::purchase_status_changed>("notifications.purchase-status")
        .changes(timelines_, user_of<contracts::purchase_status_changed>)
        .by(written<contracts::purchase_status_changed>);

    r.stream("/notifications", *this, &notifications::follow)
        .ok("api_notifications_streamed", "The stream of the user's notifications.")
        .authenticated()
        .header("Last-Event-ID")
        .fails(errors::store_away, errors::too_many_streams)
        .describe(
            "Follow your notifications",
            "Server-sent events, pushed at once. Each `data:` is a JSON object `{\"event_name\", \"user_id\", "
            "\"data\"}`:\n\n"
            "- `recipe-purchase-requested`: `user_name`, `recipe_id`, `recipe_name`, `attempt`\n"
            "- `purchase-status-changed`: `user_id`, `recipe_id`, `attempt`, `payment_status` (1 paid, 2 cancelled, "
            "3 failed), `when`\n\n"
            "`id:` counts the user's notifications. A reader that sends the last one it saw as `Last-Event-ID` goes on "
            "without gap or repeat; without it the stream starts with the oldest of the last 200. Where that place is "
            "not kept any more, `event: reset` comes first and everything kept follows. Every 15 seconds a comment "
            "keeps the connection alive. A user may hold five streams; one more is refused.");
}

task<> notifications::follow(call& c, event_stream& out, follow_request request)
{
    const auto user = c.user_id();
    // Registered before the first reading: what is committed in between wakes the stream.
    const auto watching = timelines_.watch(user, out.waker());
    auto place = place_of(request.last_event_id);

    for (;;) {
        const auto round = co_await send_news(out, user, place);
        place = round.place;
        if (round.outcome == round::gone)
            co_return;
        if (round.outcome == round::sent_some)
            continue;
        if (round.outcome != round::sent_all) {
            const bool alive = co_await out.heartbeat();
            if (!alive)
                co_return;
        }
        const auto woken =
            co_await out.wait(round.outcome == round::unreadable ? store_retry_interval : heartbeat_interval);
        if (woken == wake::closed)
            co_return;
    }
}

task<notifications::round> notifications::send_news(event_stream& out, std::string user,
                                                    std::optional<std::int64_t> place) const
{
    const auto stored = co_await timelines_.get(user);
    if (!stored)
        co_return round{round::unreadable, place};
    const auto list = stored->value_or(timeline{});
    const auto fresh = next(list, place, entries_per_write);
    if (fresh.entries.empty() && !fresh.reset)
        co_return round{round::nothing_new, fresh.before};

    auto rendered = co_await render(user, fresh.before, {fresh.entries.begin(), fresh.entries.end()});
    if (!rendered)
        co_return round{round::unreadable, place};
    if (fresh.reset)
        rendered->insert(rendered->begin(), {.id = fmt::to_string(fresh.before), .event = "reset", .data = "{}"});
    const bool sent = co_await out.send(std::move(*rendered));
    const auto reached = fresh.before + static_cast<std::int64_t>(fresh.entries.size());
    if (!sent)
        co_return round{round::gone, reached};
    co_return round{reached == list.counter ? round::sent_all : round::sent_some, reached};
}

task<result<std::vector<stream_event>>> notifications::render(std::string user, std::int64_t before,
                                                              std::vector<entry> entries) const
{
    std::optional<std::string> user_name;
    std::map<std::string, std::string> recipe_names;
    std::vector<stream_event> out;
    for (auto& line : entries) {
        stream_event rendered{.id = fmt::to_string(++before)};
        if (line.payment_status) {
            rendered.data = encode(status_message{
                std::string{contracts::purchase_status_changed::topic},
                user,
                {user, line.recipe_id, line.attempt, *line.payment_status, line.when.value_or(std::string{})}});
            out.push_back(std::move(rendered));
            continue;
        }
        if (!user_name) {
            auto found = co_await name_in(user_names_, user);
            if (!found)
                co_return fail(std::move(found.error()));
            user_name = std::move(*found);
        }
        if (!recipe_names.contains(line.recipe_id)) {
            auto found = co_await name_in(recipe_names_, line.recipe_id);
            if (!found)
                co_return fail(std::move(found.error()));
            recipe_names[line.recipe_id] = std::move(*found);
        }
        rendered.data =
            encode(requested_message{std::string{contracts::recipe_purchase_requested::topic},
                                     user,
                                     {*user_name, line.recipe_id, recipe_names[line.recipe_id], line.attempt}});
        out.push_back(std::move(rendered));
    }
    co_return out;
}

// The id stands for a name that has not arrived yet, or never will (the administrator signs up nowhere).
task<result<std::string>> notifications::name_in(const database<named>& names, std::string id) const
{
    auto found = co_await names.get(id);
    if (!found)
        co_return fail(std::move(found.error()));
    co_return *found ? (*found)->name : id;
}

} // namespace edm::notifications

namespace edm {

std::unique_ptr<service> make_notifications(const resources&)
{
    return std::make_unique<notifications::notifications>();
}

} // namespace edm
