#pragma once

#include "document.hpp"
#include "server.hpp"

namespace edm::store_couchdb {

/// A row of a listing. Absent members are empty; a document that was deleted is `null`.
struct row
{
    std::string id;
    raw_json key, value;
    std::optional<raw_json> doc;

    bool has_document() const { return doc && doc->value != "null"; }
};
BOOST_DESCRIBE_STRUCT(row, (), (id, key, value, doc))

/// What became of one document of a `_bulk_docs`.
struct written_row
{
    std::string id{}, rev{}, error{}, reason{};
};
BOOST_DESCRIBE_STRUCT(written_row, (), (id, rev, error, reason))
/// The status that a PUT of the document alone would have had.
int status_of(const written_row& r);

/// A range of a listing, by keys that are strings (`text_key`) or numbers, both ends included.
struct range
{
    std::string start_key{}, end_key{}; ///< JSON; empty: open
    std::size_t limit = 0;              ///< 0: all
    bool documents = false;
};
std::string text_key(std::string_view text);

/// The views that every database of documents has, and those of the two databases of the service itself.
inline constexpr std::string_view document_views = "edm-documents-1", event_views = "edm-events-1",
                                  parked_views = "edm-parked-1";
/// The body of that design document.
std::string design_document(std::string_view name);
/// One of its views. All of a design document are built together.
std::string a_view_of(std::string_view name);

task<stored<std::vector<row>>> all_documents(server& at, std::string database, range which);
task<stored<std::vector<row>>> view_rows(server& at, std::string database, std::string_view design,
                                         std::string_view view, range which);
/// The documents with these ids, in their order; rows without a document where there are none.
task<stored<std::vector<row>>> documents_by_id(server& at, std::string database, std::vector<std::string> ids);
/// Independent writes; each body is a JSON object. What is too large for one request goes in several. Nothing where it
/// is unknown what became of them.
task<std::expected<std::vector<written_row>, silence>> write_documents(server& at, std::string database,
                                                                       std::vector<std::string> bodies);

} // namespace edm::store_couchdb
