#include "rows.hpp"

#include <array>
#include <stdexcept>
#include <utility>

/// The indexes, as JavaScript that CouchDB runs over each document that changed. Keys are strings in the order of their
/// bytes (`raw` collation), or numbers; parts of a key are joined by a line feed, which sorts before all that is
/// printed.
namespace edm::store_couchdb {

namespace {

struct view_options
{
    std::string collation = "raw"; ///< here alone CouchDB minds it: on the design document it is ignored
};
BOOST_DESCRIBE_STRUCT(view_options, (), (collation))

struct view_source
{
    std::string map;
    view_options options{};
};
BOOST_DESCRIBE_STRUCT(view_source, (), (map, options))

struct design
{
    std::string _id;
    std::string language = "javascript";
    by_name<view_source> views;
};
BOOST_DESCRIBE_STRUCT(design, (), (_id, language, views))

constexpr const char* pending_map = R"js(function (d) {
  if (d.pending && d.pending.length) emit(d.pending[0].at, null);
})js";

constexpr const char* due_map = R"js(function (d) {
  (d.due || []).forEach(function (w) { emit(w.at < 0 ? -1 : Math.max(w.at, w.lease_until), w.id); });
})js";

constexpr const char* marks_map = R"js(function (d) {
  for (var s in d.marks || {}) for (var k in d.marks[s]) emit(s + '\n' + k, d.marks[s][k]);
})js";

constexpr const char* listed_map = R"js(function (d) {
  (d.listed || []).forEach(function (l) { emit(l.index + '\n' + l.value + '\n' + d._id.substring(2), null); });
})js";

constexpr const char* by_time_map = R"js(function (d) {
  if (d.at !== undefined) emit(d.at, d._rev);
})js";

constexpr const char* next_map = R"js(function (d) {
  if (d.next_at !== undefined) emit(d.next_at, null);
})js";

design design_of(std::string_view name)
{
    design d{._id = "_design/" + std::string{name}, .views = {}};
    if (name == document_views)
        d.views = {{"pending", {pending_map}}, {"due", {due_map}}, {"marks", {marks_map}}, {"listed", {listed_map}}};
    else if (name == event_views)
        d.views = {{"by_time", {by_time_map}}};
    else if (name == parked_views)
        d.views = {{"next", {next_map}}};
    else
        throw std::logic_error("no such design document");
    return d;
}

} // namespace

std::string design_document(std::string_view name)
{
    return encode(design_of(name));
}

std::string a_view_of(std::string_view name)
{
    return design_of(name).views.begin()->first;
}

} // namespace edm::store_couchdb
