#pragma once

#include <edm/core/environment.hpp>
#include <edm/store/store.hpp>
#include <edm/web/contexts.hpp>

#include <memory>
#include <stdexcept>
#include <string>

namespace edm::store_couchdb {

struct credentials
{
    std::string user, password; ///< both empty: none
};

struct options
{
    web::contexts* contexts = nullptr; ///< started; they outlive the stores
    std::string url;                   ///< `http://host:port` or `https://…`, without a user
    credentials administrator{};       ///< makes databases, indexes and the application's user; none: all must be there
    credentials application{};         ///< what the stores work as; none: as the administrator
    std::string prefix{};              ///< of every database's name, so that several installations share a server
    std::string authorities{};         ///< PEM file of certificate authorities; empty: the system's
    edm::environment environment{};
    milliseconds patience{5'000};     ///< for an answer, and as long again for the outcome of a write without one
    milliseconds others_after{5'000}; ///< pending events of this age are relayed whoever committed them
    milliseconds look_around{2'000};  ///< how often a store looks for what other processes left
};

/// A database is not there, and there is no administrator who could make it. One line that names the setting.
struct missing_database : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/// Keeps each declared database in a CouchDB database of its own (CouchDB 3, one copy of each document: n = 1), with
/// two more for each service: `<service>-events`, the events that were relayed, and `<service>-parked`. Pending events,
/// marks and due work lie inside the document that they belong to, so that one write of one document is the commit.
///
/// Several processes may open the same databases. `open` throws std::runtime_error, one line that names the setting,
/// where the server cannot be reached, refuses the credentials, or keeps several copies.
std::unique_ptr<store_engine> make_engine(options o);

} // namespace edm::store_couchdb
