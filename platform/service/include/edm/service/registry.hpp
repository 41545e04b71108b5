#pragma once

#include <edm/config/setting.hpp>
#include <edm/config/settings.hpp>
#include <edm/service/access.hpp>
#include <edm/service/builders.hpp>
#include <edm/service/database.hpp>
#include <edm/service/endpoint.hpp>
#include <edm/service/resources.hpp>

#include <concepts>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace edm {

/// Due work as its endpoint gets it.
template <class P>
struct due
{
    std::string document; ///< the id of the document that holds it
    std::string item;
    P payload;
    std::int64_t attempts = 0; ///< claims so far: 0 when the committing process does it at once
    time_point at;
};

class access_guard;

/// Everything that the services of a program declared. Filled once at start, constant afterwards.
struct model : declarations
{
    std::deque<endpoint> endpoints;
    /// Puts every database of the services that run here to work.
    std::vector<std::function<void(delivery&)>> attach;
    /// Of the services with authenticated routes.
    std::map<std::string, std::shared_ptr<access_guard>, std::less<>> guards;
};

namespace detail {

template <class F>
struct member;
template <class C, class R, class... A>
struct member<R (C::*)(A...)>
{
    using reply = R;
    using arguments = std::tuple<A...>;
};
template <class C, class R, class... A>
struct member<R (C::*)(A...) const> : member<R (C::*)(A...)>
{
};

template <class R>
struct reply_of;
template <class R>
struct reply_of<task<result<R>>>
{
    using type = R;
};

template <class Arguments, std::size_t I>
struct request_at
{
    using type = void;
};
template <class Arguments, std::size_t I>
    requires(I < std::tuple_size_v<Arguments>)
struct request_at<Arguments, I>
{
    using type = std::tuple_element_t<I, Arguments>;
};

} // namespace detail

/// What a service declares itself with: one `declare(registry&)` lists everything that it is.
class registry
{
  public:
    registry(model& into, config::settings& settings, std::string service);

    template <class S>
    void setting(S& s)
    {
        settings_.add(s, service_);
    }

    template <class T>
    database_builder<T> database(edm::database<T>& db, std::string name)
    {
        auto& d = add_database(std::move(name));
        auto codec = std::make_shared<document_codec<T>>();
        db.bind(service_, d.id, codec);
        model_.attach.push_back([&db](delivery& at) { db.attach(at); });
        return {d, *codec};
    }

    /// A topic of this service.
    template <event_type E>
    topic_builder<E> publishes()
    {
        return topic_builder<E>{add_topic(E::topic, &edm::describe<E>())};
    }

    /// A topic that a foreign program publishes, on RabbitMQ's exchange `edm.<topic>`: CloudEvents in structured mode,
    /// with `subject` (the key) and `sequence` of its own, without gaps from the first one on. Needs EDM_BUS=rabbitmq.
    template <event_type E>
    void external_topic()
    {
        auto& t = add_topic(E::topic, &edm::describe<E>());
        t.external = true;
        t.service.clear();
    }

    /// A subscription; `name` is `<service>.<what it does>`.
    template <event_type E>
    subscription_builder<E, void> on(std::string name)
    {
        auto& s = add_subscription(std::move(name), E::topic);
        s.decode = [](std::string_view data) -> std::expected<std::shared_ptr<const void>, std::string> {
            auto e = std::make_shared<E>();
            auto violations = decode_into(*e, data, {.lenient = true});
            if (!violations.empty())
                return std::unexpected(violations.front().msg);
            return e;
        };
        return subscription_builder<E, void>{s};
    }

    /// The common case: keep these fields of the topic's latest event, by its key. `map` is (const E&) -> D.
    template <event_type E, class D, class F>
    void project(std::string name, const edm::database<D>& db, F map)
    {
        on<E>(std::move(name))
            .changes(db)
            .by([map](std::optional<D>, const E& e, const received&) -> result<change<D>> {
                return change<D>{map(e)};
            });
    }

    /// Work outside the store that commits of `db` decide: `member` is task<result<nothing>>(call&, due<P>).
    template <class T, class S, class P>
    void due(const edm::database<T>& db, std::string kind, S& self,
             task<result<nothing>> (S::*member)(call&, edm::due<P>), int max_attempts = 20)
    {
        auto& d = add_due(db.id(), std::move(kind), max_attempts);
        d.perform = [&self, member](call& on_behalf, std::string document, due_item item) {
            edm::due<P> work{std::move(document), std::move(item.id), P{}, item.attempts,
                             time_point{milliseconds{item.at}}};
            auto violations = decode_into(work.payload, item.payload, {.lenient = true});
            if (!violations.empty())
                throw std::runtime_error("the payload of due work does not decode: " + violations.front().msg);
            return (self.*member)(on_behalf, std::move(work));
        };
    }

    template <class S, class F>
    endpoint_builder get(std::string path, S& self, F member)
    {
        return route("GET", std::move(path), self, member);
    }
    template <class S, class F>
    endpoint_builder post(std::string path, S& self, F member)
    {
        return route("POST", std::move(path), self, member);
    }

    /// A stream of server-sent events: `member` is task<>(call&, event_stream&, Request) or task<>(call&,
    /// event_stream&).
    template <class S, class F>
    endpoint_builder stream(std::string path, S& self, F member)
    {
        using arguments = typename detail::member<F>::arguments;
        using request = typename detail::request_at<arguments, 2>::type;
        auto& e = add_endpoint("GET", std::move(path));
        e.reply = endpoint::reply_kind::stream;
        take_request<request>(e);
        e.stream = [&self, member](call& c, event_stream& out, std::shared_ptr<void> r) -> task<> {
            if constexpr (std::is_void_v<request>)
                return (self.*member)(c, out);
            else
                return (self.*member)(c, out, std::move(*static_cast<request*>(r.get())));
        };
        return endpoint_builder{e};
    }

    const std::string& service() const { return service_; }

    /// By the platform, after `declare()`: adds the access subscription where a route needs a token.
    void finish();

  private:
    template <class Request>
    static void take_request(endpoint& e)
    {
        if constexpr (!std::is_void_v<Request>) {
            e.request_type = &edm::describe<Request>();
            e.make_request = [] { return std::make_shared<Request>(); };
            if (e.method == "POST")
                e.body = endpoint::body_kind::json;
        }
    }

    template <class S, class F>
    endpoint_builder route(std::string method, std::string path, S& self, F member)
    {
        using arguments = typename detail::member<F>::arguments;
        using request = typename detail::request_at<arguments, 1>::type;
        using reply = typename detail::reply_of<typename detail::member<F>::reply>::type;
        auto& e = add_endpoint(std::move(method), std::move(path));
        take_request<request>(e);
        if constexpr (std::is_same_v<reply, html>)
            e.reply = endpoint::reply_kind::page;
        else if constexpr (!std::is_same_v<reply, nothing>)
            e.reply_type = &edm::describe<reply>();
        e.invoke = [&self, member](call& c, std::shared_ptr<void> r) {
            return invoke<request, reply>(self, member, c, std::move(r));
        };
        return endpoint_builder{e};
    }

    template <class Request, class Reply, class S, class F>
    static task<result<raw_reply>> invoke(S& self, F member, call& c, std::shared_ptr<void> r)
    {
        task<result<Reply>> work;
        if constexpr (std::is_void_v<Request>)
            work = (self.*member)(c);
        else
            work = (self.*member)(c, std::move(*static_cast<Request*>(r.get())));
        result<Reply> reply = co_await std::move(work);
        if (!reply)
            co_return fail(std::move(reply.error()));
        raw_reply out;
        if constexpr (std::is_same_v<Reply, html>)
            out.page = std::move(*reply);
        else if constexpr (!std::is_same_v<Reply, nothing>)
            encode_to(out.data_json, *reply);
        co_return out;
    }

    database_declaration& add_database(std::string name);
    topic_declaration& add_topic(std::string_view name, const type* data);
    subscription_declaration& add_subscription(std::string name, std::string_view topic);
    due_declaration& add_due(db_id db, std::string kind, int max_attempts);
    endpoint& add_endpoint(std::string method, std::string path);

    model& model_;
    config::settings& settings_;
    std::string service_;
};

/// A unit of business logic. Constructed by its factory, declared once, immutable afterwards; its endpoints run on any
/// I/O context at once.
class service
{
  public:
    virtual ~service() = default;
    virtual std::string_view name() const = 0;
    virtual std::string_view description() const = 0;
    virtual void declare(registry& r) = 0;
    /// Called when databases and bus are open, before the process is ready for requests.
    virtual task<> start() { co_return; }
};

} // namespace edm
