#include "audited_place.hpp"

#include "data_directory.hpp"
#include "routes/audit_rows.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

namespace edm::app {

namespace {

constexpr std::size_t most_bytes = 64 << 20; ///< of an answer: keys are at most 1 KiB, a page has a thousand

sequence read(const std::string& text)
{
    auto s = sequence::parse(text);
    if (!s)
        throw command_failed("a process gave a sequence that this version does not know: " + text);
    return *s;
}

std::vector<counter_entry> read(std::vector<audited_key_row> rows)
{
    std::vector<counter_entry> out;
    out.reserve(rows.size());
    for (auto& one : rows)
        out.push_back({std::move(one.key), read(one.sequence)});
    return out;
}

} // namespace

audited_place::audited_place(web::client& by, std::string where) : client_(by), name_(std::move(where))
{
    base_ = name_;
    while (base_.ends_with('/'))
        base_.pop_back();
    if (base_.starts_with("http://") || base_.starts_with("https://"))
        return;
    socket_ = data_directory::socket_of(base_).string();
    base_ = "http://edm";
}

task<control_answer> audited_place::send(web::client_request r)
{
    r.unix_socket = socket_;
    r.timeout = milliseconds{60'000};
    r.body_limit = most_bytes;
    if (!token_.empty())
        r.headers.emplace_back("Authorization", "Bearer " + token_);
    auto answer = co_await client_.send(std::move(r));
    if (answer)
        co_return control_answer{answer->status, std::move(answer->body)};
    throw command_failed(answer.error().kind == web::client_failure::refused && !has_url()
                             ? fmt::format("no process runs over {}", name_)
                             : fmt::format("{} does not answer: {}", name_, answer.error().message));
}

task<std::optional<std::string>> audited_place::log_in(std::string user, std::string password)
{
    web::client_request r{.method = "POST",
                          .url = base_ + "/login",
                          .content_type = "application/x-www-form-urlencoded",
                          .body = fmt::format("grant_type=password&username={}&password={}", percent_encode(user),
                                              percent_encode(password))};
    auto answer = co_await send(std::move(r));
    if (answer.status == 503)
        co_return std::nullopt; // not here, or not now
    boost::json::error_code problem;
    auto value = boost::json::parse(answer.body, problem);
    const auto* fields = problem ? nullptr : value.if_object();
    const auto* token = fields ? fields->if_contains("access_token") : nullptr;
    if (answer.status != 200 || !token || !token->is_string())
        throw command_failed(fmt::format("{} refuses APP_ADM_USER and APP_ADM_PASSWORD: {}", name_, reason_of(answer)));
    co_return std::string{token->get_string()};
}

template <class Answer>
task<Answer> audited_place::get(std::string target)
{
    web::client_request r{.url = base_ + "/operator/audit/" + std::move(target)};
    auto answer = co_await send(std::move(r));
    if (answer.status != 200)
        throw command_failed(fmt::format("{}: {}", name_, reason_of(answer)));
    auto read = decode<Answer>(answer.body);
    if (!read)
        throw command_failed(fmt::format("{} gave an answer that this version does not know", name_));
    co_return std::move(*read);
}

task<std::set<std::string>> audited_place::services()
{
    auto here = co_await get<audited_here>("services");
    co_return std::set<std::string>{here.services.begin(), here.services.end()};
}

task<std::uint32_t> audited_place::epoch(std::string service)
{
    auto at = co_await get<audited_publisher>("publisher?service=" + percent_encode(service));
    co_return static_cast<std::uint32_t>(at.epoch);
}

task<std::uint64_t> audited_place::unsent(std::string service)
{
    auto at = co_await get<audited_publisher>("publisher?service=" + percent_encode(service));
    co_return at.unsent;
}

task<std::vector<counter_entry>> audited_place::counters(std::string topic, std::string after)
{
    auto rows = co_await get<std::vector<audited_key_row>>(
        fmt::format("counters?topic={}&after={}", percent_encode(topic), percent_encode(after)));
    co_return read(std::move(rows));
}

task<std::vector<counter_entry>> audited_place::marks(std::string subscription, std::string after)
{
    auto rows = co_await get<std::vector<audited_key_row>>(
        fmt::format("marks?subscription={}&after={}", percent_encode(subscription), percent_encode(after)));
    co_return read(std::move(rows));
}

task<std::vector<audited_event>> audited_place::parked(std::string subscription, std::string after_key, sequence after)
{
    auto rows = co_await get<std::vector<audited_event_row>>(fmt::format("parked?subscription={}&after={}&sequence={}",
                                                                         percent_encode(subscription),
                                                                         percent_encode(after_key), after.text()));
    std::vector<audited_event> out;
    out.reserve(rows.size());
    for (auto& e : rows)
        out.push_back({std::move(e.key), read(e.sequence), e.baseline, e.rebuild, e.dead});
    co_return out;
}

task<bool> audited_place::starting(std::string subscription)
{
    auto at = co_await get<audited_subscriber>("subscriber?subscription=" + percent_encode(subscription));
    co_return at.starting;
}

task<std::optional<std::uint64_t>> audited_place::on_the_way(std::string subscription)
{
    auto at = co_await get<audited_subscriber>("subscriber?subscription=" + percent_encode(subscription));
    co_return at.on_the_way;
}

task<bool> audited_place::list_on_the_way(std::string, std::function<void(std::string_view, sequence)>)
{
    co_return false;
}

} // namespace edm::app
