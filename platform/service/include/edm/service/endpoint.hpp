#pragma once

#include <edm/core/result.hpp>
#include <edm/core/task.hpp>
#include <edm/delivery/call.hpp>
#include <edm/describe/describe.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace edm {

namespace errors {
/// What is answered where an endpoint that is `signed_by` gets a request that is not.
inline constexpr error_kind invalid_signature{401, "invalid_signature",
                                              "The webhook's signature is missing, wrong or too old."};
} // namespace errors

/// A page for people instead of JSON. What it shows of others' input is escaped by whoever makes it.
struct html
{
    std::string body;
    int status = 200;
};

/// One event of a server-sent event stream; `event` and `id` may be empty.
struct stream_event
{
    std::string id;
    std::string event;
    std::string data; ///< one line of JSON
};

enum class wake
{
    timeout,
    woken,
    closed
};

/// A reader of a stream (SSE). Used by one coroutine; `waker()` may be called from any thread at any time.
class event_stream
{
  public:
    virtual ~event_stream() = default;
    /// False: the reader is gone (or too slow, and was closed); the endpoint returns.
    virtual task<bool> send(std::vector<stream_event> events) = 0;
    /// A comment that keeps the connection alive.
    virtual task<bool> heartbeat() = 0;
    /// Waits for the waker (one that came before counts), for `timeout`, or for the reader to go.
    virtual task<wake> wait(milliseconds timeout) = 0;
    virtual std::function<void()> waker() = 0;
};

/// What an endpoint answers, with types erased.
struct raw_reply
{
    std::string data_json; ///< `details.data`, or the whole body where the endpoint says so; empty: none
    std::optional<edm::html> page;
};

/// One route of one service: all that routing, OpenAPI and the start-up checks need.
struct endpoint
{
    enum class body_kind
    {
        none,
        json,
        form,
        upload
    };
    enum class reply_kind
    {
        envelope,
        whole,
        page,
        stream
    };

    std::string service, method, path; ///< path template: `/buy-recipe/{recipe_id}`
    std::string operation;             ///< operationId
    std::string summary;
    std::string description;
    body_kind body = body_kind::none;
    reply_kind reply = reply_kind::envelope;
    std::string upload_field;
    const type* request_type = nullptr;
    const type* reply_type = nullptr;
    std::vector<std::string> path_fields;
    std::vector<std::pair<std::string, std::string>> header_fields; ///< field of the request, name of the header
    bool authenticated = false;
    bool administrator = false;
    bool publishes = false; ///< refused while the service is overloaded
    bool no_store = false;
    bool hidden = false;                                       ///< served, and not in OpenAPI
    std::function<std::vector<std::string>()> webhook_secrets; ///< set: the request must be signed (Standard Webhooks)
    int success_status = 200;
    std::string success_name, success_message;
    std::vector<const error_kind*> failures;

    std::function<std::shared_ptr<void>()> make_request; ///< null where there is no request struct
    std::function<task<result<raw_reply>>(call&, std::shared_ptr<void> request)> invoke;
    std::function<task<>(call&, event_stream&, std::shared_ptr<void> request)> stream;
};

} // namespace edm
