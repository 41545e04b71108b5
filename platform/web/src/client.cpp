#include <edm/web/client.hpp>

#include "client_channel.hpp"
#include "client_target.hpp"
#include "resolve.hpp"
#include "response_reader.hpp"
#include "syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace edm::web {

namespace {

using outcome = std::expected<client_response, client_error>;

/// The client's part on one context: its deadlines and its idle connections. On that context's thread only.
class client_context final : public deadline_wheel, private deadline
{
  public:
    client_context(io_executor& executor, const client_options& options)
        : deadline_wheel(executor, options.tick), on(executor), options_(options)
    {
    }

    std::unique_ptr<client_channel> take(const std::string& origin)
    {
        auto& idle = idle_[origin];
        while (!idle.empty()) {
            auto [channel, since] = std::move(idle.back());
            idle.pop_back();
            if (channel->fresh())
                return std::move(channel);
        }
        return nullptr;
    }

    void give_back(const std::string& origin, std::unique_ptr<client_channel> channel)
    {
        auto& idle = idle_[origin];
        if (closed_ || idle.size() >= options_.idle_connections)
            return;
        channel->unlimited();
        idle.push_back({std::move(channel), std::chrono::steady_clock::now()});
        set(*this, options_.idle_time);
    }

    void close()
    {
        closed_ = true;
        remove(*this);
        idle_.clear();
    }

    io_executor& on;

  private:
    struct idle_channel
    {
        std::unique_ptr<client_channel> channel;
        std::chrono::steady_clock::time_point since;
    };

    void expired() override
    {
        const auto oldest = std::chrono::steady_clock::now() - options_.idle_time;
        for (auto& [origin, idle] : idle_)
            std::erase_if(idle, [&](const idle_channel& each) { return each.since <= oldest; });
        std::erase_if(idle_, [](const auto& each) { return each.second.empty(); });
        if (!idle_.empty())
            set(*this, options_.idle_time);
    }

    const client_options options_;
    std::map<std::string, std::vector<idle_channel>> idle_;
    bool closed_ = false;
};

std::unexpected<client_error> failed(client_failure kind, std::string message, bool sent)
{
    return std::unexpected{client_error{kind, std::move(message), sent}};
}

} // namespace

struct client::state
{
    contexts& on;
    client_options options;
    std::once_flag tls_made;
    std::optional<asio::ssl::context> tls;
    std::vector<std::shared_ptr<client_context>> parts;

    /// Made at the first https request: reading the system's certificates costs a start 20 ms. Throws where they
    /// cannot be read.
    asio::ssl::context& trust()
    {
        std::call_once(tls_made, [this] {
            asio::ssl::context made{asio::ssl::context::tls_client};
            made.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                             asio::ssl::context::no_tlsv1_1);
            if (options.ca_file.empty())
                made.set_default_verify_paths();
            else
                made.load_verify_file(options.ca_file);
            tls.emplace(std::move(made));
        });
        return *tls;
    }

    client_context& here()
    {
        for (const auto& each : parts)
            if (&each->on == executor::current())
                return *each;
        return *parts.front();
    }

    task<outcome> run(client_context& part, client_request request);
    task<std::expected<std::unique_ptr<client_channel>, client_error>> connect(client_context& part, client_target to,
                                                                               milliseconds patience);
    task<outcome> exchange(client_channel& channel, std::string head, client_request request, bool& keep);
};

client::client(contexts& on, client_options with) : state_(std::make_unique<state>(on, std::move(with)))
{
    if (!state_->options.ca_file.empty())
        state_->trust(); // a file that cannot be read is known at once
    for (std::size_t i = 0; i < on.size(); ++i)
        state_->parts.push_back(std::make_shared<client_context>(io_of(on.at(i)), state_->options));
}

client::~client()
{
    for (const auto& part : state_->parts)
        part->on.post([part] { part->close(); });
}

task<outcome> client::send(client_request request)
{
    executor* before = executor::current();
    auto& part = state_->here();
    co_await switch_to(part.on);
    outcome result = co_await state_->run(part, std::move(request));
    if (before)
        co_await switch_to(*before);
    co_return result;
}

task<outcome> client::state::run(client_context& part, client_request request)
{
    const auto started = std::chrono::steady_clock::now();
    auto to = parse_target(request);
    if (!to)
        co_return std::unexpected{to.error()};
    auto head = render_request(request, *to);
    if (!head)
        co_return std::unexpected{head.error()};
    const auto origin = to->origin();
    auto channel = part.take(origin);
    if (!channel) {
        auto connected = co_await connect(part, std::move(*to), std::min(request.connect_timeout, request.timeout));
        if (!connected)
            co_return std::unexpected{connected.error()};
        channel = std::move(*connected);
    }
    const auto spent = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - started);
    channel->limit(std::max(request.timeout - spent, milliseconds{0}));
    bool keep = false;
    outcome answer = co_await exchange(*channel, std::move(*head), std::move(request), keep);
    if (keep)
        part.give_back(origin, std::move(channel));
    co_return answer;
}

task<std::expected<std::unique_ptr<client_channel>, client_error>>
client::state::connect(client_context& part, client_target to, milliseconds patience)
{
    const auto started = std::chrono::steady_clock::now();
    auto resolved = co_await resolve(part.on, to, patience);
    if (!resolved)
        co_return std::unexpected{resolved.error()};
    auto channel = std::make_unique<client_channel>(part, part.on);
    const auto spent = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - started);
    channel->limit(std::max(patience - spent, milliseconds{0}));
    error_code error = co_await channel->connect(std::move(*resolved));
    if (!error && to.tls && to.unix_path.empty())
        error = co_await channel->handshake(trust(), to.host);
    if (channel->timed_out())
        co_return failed(client_failure::timeout, fmt::format("connecting to {} took too long", to.origin()), false);
    if (error)
        co_return failed(client_failure::refused, fmt::format("cannot connect to {}: {}", to.origin(), error.message()),
                         false);
    co_return channel;
}

task<outcome> client::state::exchange(client_channel& channel, std::string head, client_request request, bool& keep)
{
    const auto what = [&channel](std::string_view step, error_code error) {
        if (channel.timed_out())
            return failed(client_failure::timeout, "no answer in time", true);
        return failed(client_failure::broken, fmt::format("{}: {}", step, error.message()), true);
    };
    io_outcome wrote = co_await channel.write(head, request.body);
    if (wrote.error)
        co_return what("sending failed", wrote.error);
    response_reader reader{request.method == "HEAD", request.body_limit};
    std::vector<char> part(16 * 1024);
    for (;;) {
        io_outcome got = co_await channel.read_some(part.data(), part.size());
        auto state = response_reader::state::more;
        if (got.bytes > 0)
            state = reader.feed({part.data(), got.bytes});
        if (state == response_reader::state::more && got.error) {
            if (got.error != asio::error::eof || reader.closed() != response_reader::state::complete)
                co_return what("the connection ended before the answer", got.error);
            state = response_reader::state::complete;
        }
        if (state == response_reader::state::malformed)
            co_return failed(client_failure::malformed, "the answer is not well-formed HTTP", true);
        if (state == response_reader::state::too_large)
            co_return failed(client_failure::malformed, "the answer is too large", true);
        if (state == response_reader::state::complete) {
            keep = reader.keep() && !got.error && !channel.timed_out();
            co_return reader.take();
        }
    }
}

std::optional<std::string_view> client_response::header(std::string_view name) const noexcept
{
    for (const auto& [key, value] : headers)
        if (same_name(key, name))
            return value;
    return std::nullopt;
}

} // namespace edm::web
