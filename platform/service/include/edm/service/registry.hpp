#pragma once

#include <edm/config/setting.hpp>
#include <edm/config/settings.hpp>
#include <edm/service/access.hpp>
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

/// An event type: a described struct that names its topic.
template <class E>
concept event_type = requires { std::string_view{E::topic}; };

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

/// The rest of an endpoint's declaration, in any order.
class endpoint_builder
{
  public:
    explicit endpoint_builder(endpoint& e) : e_(e) {}
    endpoint_builder& ok(std::string name, std::string message = {})
    {
        return succeeds(200, std::move(name), std::move(message));
    }
    endpoint_builder& created(std::string name, std::string message = {})
    {
        return succeeds(201, std::move(name), std::move(message));
    }
    endpoint_builder& accepted(std::string name, std::string message = {})
    {
        return succeeds(202, std::move(name), std::move(message));
    }
    /// The expected failures; each becomes a documented response.
    template <std::same_as<error_kind>... K>
    endpoint_builder& fails(const K&... kinds)
    {
        (e_.failures.push_back(&kinds), ...);
        return *this;
    }
    /// A valid access token is needed.
    endpoint_builder& authenticated()
    {
        e_.authenticated = true;
        return *this;
    }
    /// The administrator's token is needed.
    endpoint_builder& administrator()
    {
        e_.authenticated = e_.administrator = true;
        return *this;
    }
    /// The request is an URL-encoded form.
    endpoint_builder& form()
    {
        e_.body = endpoint::body_kind::form;
        return *this;
    }
    /// The request is multipart/form-data; this file field becomes the request's text field of the same name.
    endpoint_builder& upload(std::string field)
    {
        e_.body = endpoint::body_kind::upload;
        e_.upload_field = std::move(field);
        return *this;
    }
    /// The request's field of the header's name (lower case, `_` for `-`) comes from that header.
    endpoint_builder& header(std::string name);
    /// The reply struct is the whole body, not `details.data` of the common envelope.
    endpoint_builder& whole()
    {
        e_.reply = endpoint::reply_kind::whole;
        return *this;
    }
    /// Answers carry `Cache-Control: no-store`.
    endpoint_builder& no_store()
    {
        e_.no_store = true;
        return *this;
    }
    /// Refused with 503 while too much of what this service published is waiting (rule 13).
    endpoint_builder& publishes()
    {
        e_.publishes = true;
        return *this;
    }
    /// The request must carry a Standard Webhooks signature by one of these secrets; else 401, before anything else.
    endpoint_builder& signed_by(std::function<std::vector<std::string>()> secrets)
    {
        e_.webhook_secrets = std::move(secrets);
        return *this;
    }
    endpoint_builder& describe(std::string summary, std::string description = {})
    {
        e_.summary = std::move(summary);
        e_.description = std::move(description);
        return *this;
    }
    endpoint_builder& hidden()
    {
        e_.hidden = true;
        return *this;
    }

  private:
    endpoint_builder& succeeds(int status, std::string name, std::string message)
    {
        e_.success_status = status;
        e_.success_name = std::move(name);
        e_.success_message = std::move(message);
        return *this;
    }
    endpoint& e_;
};

template <class T>
class database_builder
{
  public:
    database_builder(database_declaration& d, document_codec<T>& codec) : d_(d), codec_(codec) {}
    /// Lists documents by a scalar of theirs (`find`, equality).
    database_builder& index(std::string name, std::function<std::string(const T&)> value)
    {
        d_.indexes.push_back(name);
        codec_.add_index(std::move(name), std::move(value));
        return *this;
    }
    /// Lifts stored JSON of the version so far into the next one.
    database_builder& upgrade(typename document_codec<T>::upgrade lift)
    {
        codec_.add_upgrade(std::move(lift));
        d_.schema = codec_.schema();
        return *this;
    }
    /// Commits wake those who `watch` a document.
    database_builder& watched()
    {
        d_.watched = true;
        return *this;
    }
    database_builder& describe(std::string text)
    {
        d_.description = std::move(text);
        return *this;
    }

  private:
    database_declaration& d_;
    document_codec<T>& codec_;
};

template <event_type E>
class topic_builder
{
  public:
    explicit topic_builder(topic_declaration& t) : t_(t) {}
    /// The documents that publish it, and the present event of each: how a new subscription starts complete. None:
    /// there is no present event (the mark alone is sent). `of` is (const T&) -> std::optional<E>.
    template <class T, class F>
    topic_builder& from(const database<T>& db, F of)
    {
        t_.db = db.id();
        t_.event_of = [codec = &db.codec(), of](const loaded& document) -> std::optional<std::string> {
            auto value = codec->read(document);
            if (!value)
                return {};
            std::optional<E> present = of(std::as_const(*value));
            if (!present)
                return {};
            return encode(*present);
        };
        return *this;
    }

  private:
    topic_declaration& t_;
};

/// A subscription's declaration: `r.on<E>(name).changes(db, document_of).by(handler)`.
template <event_type E, class T, class... Reads>
class subscription_builder
{
  public:
    subscription_builder(subscription_declaration& s, const document_codec<T>* codec,
                         std::tuple<const document_codec<Reads>*...> reads = {})
        : s_(s), codec_(codec), reads_(reads)
    {
    }

    /// Another document of the same service, passed to the handler as it is (it may be newer than the event).
    template <class D>
    auto reading(const database<D>& db, std::function<std::string(const E&, std::string_view key)> document_of)
    {
        s_.reads.push_back({db.id(), [f = std::move(document_of)](const void* e, std::string_view key) {
                                return f(*static_cast<const E*>(e), key);
                            }});
        return subscription_builder<E, T, Reads..., D>{
            s_, codec_, std::tuple_cat(reads_, std::tuple<const document_codec<D>*>{&db.codec()})};
    }
    /// Takes the marks of what was before, without calling the handler.
    subscription_builder& from_now()
    {
        s_.from_now = true;
        return *this;
    }
    subscription_builder& formerly(std::string old)
    {
        s_.formerly.push_back(std::move(old));
        return *this;
    }

    /// `handler` is pure: (std::optional<T> document, const E&, const received&, std::optional<Reads>...) ->
    /// result<change<T>>. An exception or a failure parks the event.
    template <class F>
    void by(F handler)
    {
        static_assert(std::is_convertible_v<
                          std::invoke_result_t<F, std::optional<T>, const E&, const received&, std::optional<Reads>...>,
                          result<change<T>>>,
                      "a handler is (std::optional<document>, const event&, const received&, reads...) -> "
                      "change<document>");
        s_.handle = [handler, codec = codec_, reads = reads_](const loaded& document, const void* e,
                                                              const received& how,
                                                              std::span<const loaded> others) -> result<raw_change> {
            return call_handler(handler, *codec, reads, document, *static_cast<const E*>(e), how, others,
                                std::index_sequence_for<Reads...>{});
        };
    }

  private:
    template <class F, std::size_t... I>
    static result<raw_change> call_handler(const F& handler, const document_codec<T>& codec, const auto& reads,
                                           const loaded& document, const E& e, const received& how,
                                           std::span<const loaded> others, std::index_sequence<I...>)
    {
        result<change<T>> decided = handler(codec.read(document), e, how, std::get<I>(reads)->read(others[I])...);
        if (!decided)
            return fail(std::move(decided.error()));
        return codec.write(std::move(*decided));
    }

    subscription_declaration& s_;
    const document_codec<T>* codec_;
    std::tuple<const document_codec<Reads>*...> reads_;
};

template <event_type E>
class subscription_builder<E, void>
{
  public:
    explicit subscription_builder(subscription_declaration& s) : s_(s) {}
    /// The document that an event changes: a function of the key and of fields that never change for a key.
    template <class D>
    auto changes(const database<D>& db, std::function<std::string(const E&, std::string_view key)> document_of)
    {
        s_.db = db.id();
        s_.document_of = [f = std::move(document_of)](const void* e, std::string_view key) {
            return f(*static_cast<const E*>(e), key);
        };
        return subscription_builder<E, D>{s_, &db.codec()};
    }
    /// The document whose id is the event's key.
    template <class D>
    auto changes(const database<D>& db)
    {
        s_.document_is_key = true;
        return changes(db, [](const E&, std::string_view key) { return std::string{key}; });
    }

  private:
    subscription_declaration& s_;
};

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
