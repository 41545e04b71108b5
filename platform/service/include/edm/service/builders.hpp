#pragma once

#include <edm/service/database.hpp>
#include <edm/service/endpoint.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace edm {

/// An event type: a described struct that names its topic.
template <class E>
concept event_type = requires { std::string_view{E::topic}; };

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

} // namespace edm
