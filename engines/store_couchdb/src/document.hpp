#pragma once

#include <edm/describe/describe.hpp>
#include <edm/store/described.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The JSON forms of what lies in CouchDB. Members bear the names on the wire.
namespace edm::store_couchdb {

/// Described maps.
template <class T>
using by_name = std::map<std::string, T, std::less<>>;

/// An event inside the document that caused it, until it is filed away.
struct pending_event
{
    std::string topic, sequence, bytes;
    std::int64_t at = 0; ///< of its commit, Unix milliseconds
};
BOOST_DESCRIBE_STRUCT(pending_event, (), (topic, sequence, bytes, at))

struct listed_value
{
    std::string index, value;
};
BOOST_DESCRIBE_STRUCT(listed_value, (), (index, value))

/// A document with everything that one commit changes at once. A value that is a JSON object lies there as one;
/// anything else as text.
struct document
{
    std::string _id, _rev;
    std::optional<raw_json> value;
    std::optional<std::string> text;
    std::int64_t schema = 1;
    by_name<std::string> counters; ///< sequence by topic
    std::vector<due_item> due;
    std::vector<std::string> commits;    ///< ids of the last ones, the newest last
    by_name<by_name<std::string>> marks; ///< sequence by subscription and key
    std::vector<listed_value> listed;
    std::vector<pending_event> pending; ///< lowest first

    /// The revision that readers see: it moves with each commit, and not when pending events are filed away.
    std::string revision() const { return commits.empty() ? std::string{} : commits.back(); }
};
BOOST_DESCRIBE_STRUCT(document, (), (_id, _rev, value, text, schema, counters, due, commits, marks, listed, pending))

/// Puts a prefix before an id: CouchDB keeps ids with a leading `_` for itself.
std::string wire_id(std::string_view id);
std::string id_of(const document& d);
/// `/database/id`, percent-encoded.
std::string path_of(std::string_view database, std::string_view wire_id);

/// The answer of a GET; `away` where it is no document of ours, which is logged: nobody can tell what is there.
stored<document> read_document(std::string_view json);
/// The same for whatever else the server answered.
std::unexpected<store_failure> unreadable(std::string_view what, std::string_view why);
/// The body of a PUT: without what is empty, and without `_rev` where there is none.
std::string write_document(const document& d);

/// What readers see. `names`: under which the subscription's mark may lie, the highest counts.
loaded view(const document& d, const std::vector<std::string>& names, std::string_view key);
/// `before` with the commit applied: its envelope, value, index, marks (which replace those under `names_of` each
/// subscription) and events. `commit_id` is the new revision.
document apply(document before, const commit& c, std::string commit_id, std::int64_t now,
               const std::function<std::vector<std::string>(const std::string&)>& names_of);

/// How a document stands to a commit that was tried on the revision `expected`.
enum class standing
{
    before,   ///< as it was read: the commit is not there yet
    stored,   ///< the commit is there, under others perhaps
    conflict, ///< another commit took its place
    untold    ///< so many commits came since that nobody can tell
};
/// `now`: null where there is none.
standing compare(const document* now, std::string_view expected, std::string_view commit_id);

} // namespace edm::store_couchdb
