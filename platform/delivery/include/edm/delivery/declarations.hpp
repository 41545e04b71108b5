#pragma once

#include <edm/core/environment.hpp>
#include <edm/core/result.hpp>
#include <edm/delivery/call.hpp>
#include <edm/store/store.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace edm {

struct type; // of a described struct

/// An event that a commit publishes; its key is the document's id.
struct raw_event
{
    std::string topic;
    std::string data;
};

/// What a pure function decided about a document, with types erased.
struct raw_change
{
    std::variant<keep_value, erase_value, std::string> value;
    std::vector<index_value> index;
    std::vector<raw_event> events;
    std::vector<due_item> due;     ///< added, or replaced by id
    std::vector<std::string> done; ///< ids of due work that is cleared
};

/// Reads a stored value (JSON of an older schema included) and decides. The value is none for an absent document.
using raw_decision = std::function<result<raw_change>(const loaded&, const moment&)>;

/// What a handler may know of the event beside its data.
struct received
{
    std::string_view key;
    edm::sequence sequence;
    bool baseline = false;
    moment at;
};

struct database_declaration
{
    std::string service;
    std::string name;
    db_id id = 0;
    std::int64_t schema = 1;
    std::vector<std::string> indexes;
    std::string description;
    bool watched = false; ///< commits are broadcast to wake readers
};

struct topic_declaration
{
    /// A foreign program publishes it, which supplies subject and sequence; no service does (`service` is empty), so
    /// there is no baseline, and no counter to audit against. The first sequence seen starts a key.
    bool external = false;
    std::string service;
    std::string name;
    std::string event_type; ///< `edm.<topic>.v1`
    std::string database;   ///< whose documents publish it
    db_id db = 0;
    const type* data = nullptr;
    /// The present event of a document, for baselines: JSON data, or none where the document is erased for readers.
    /// Unset: no baseline can be made, and subscriptions start from now.
    std::function<std::optional<std::string>(const loaded&)> event_of;
};

struct subscription_declaration
{
    std::string service;
    std::string name; ///< `<service>.<name>`
    std::vector<std::string> formerly;
    std::string topic;
    std::string database;
    db_id db = 0;
    bool from_now = false;
    bool document_is_key = false; ///< `Edm-After` waits for it
    struct read
    {
        db_id db;
        std::function<std::string(const void* event, std::string_view key)> document_of;
    };
    std::vector<read> reads;
    std::function<std::expected<std::shared_ptr<const void>, std::string>(std::string_view data)> decode;
    std::function<std::string(const void* event, std::string_view key)> document_of;
    std::function<result<raw_change>(const loaded&, const void* event, const received&, std::span<const loaded> reads)>
        handle;
};

/// Work outside the store. `perform` does it once; success clears the item unless a commit of its own did.
struct due_declaration
{
    std::string service;
    std::string kind; ///< unique within the service
    std::string database;
    db_id db = 0;
    int max_attempts = 20;
    std::function<task<result<nothing>>(call&, std::string document_id, due_item item)> perform;
};

/// Everything that the services of a program declared about documents and events.
struct declarations
{
    std::vector<std::string> services;
    std::vector<database_declaration> databases;
    std::vector<topic_declaration> topics;
    std::vector<subscription_declaration> subscriptions;
    std::vector<due_declaration> due;

    const topic_declaration* topic(std::string_view name) const;
    const subscription_declaration* subscription(std::string_view name) const;
    const database_declaration* database(std::string_view service, std::string_view name) const;
};

} // namespace edm
