#pragma once

#include "stores.hpp"

#include <edm/store_couchdb/store_couchdb.hpp>
#include <edm/web/contexts.hpp>

#include <functional>

namespace edm::conformance {

/// A store as a process has it. Its destruction closes the store: what a process does that ends in order.
struct couchdb_process
{
    std::unique_ptr<store_engine> engine;
    std::unique_ptr<edm::store> store;
    edm::store* operator->() const { return store.get(); }
};

/// Databases of one test's own on the CouchDB that the environment names, as `tests/servers/with_couchdb.py` sets it:
/// EDM_COUCHDB_URL, EDM_COUCHDB_PREFIX, COUCHDB_USER, COUCHDB_PASSWORD, COUCHDB_APP_USER, COUCHDB_APP_PASSWORD. It
/// removes them in the end.
class couchdb_home final : public store_home
{
  public:
    couchdb_home();
    ~couchdb_home() override { contexts_.stop(); }
    std::unique_ptr<store_engine> engine() override { return store_couchdb::make_engine(options_); }
    store_couchdb::options& options() { return options_; }
    /// The store of the service `shop`, by the options as they are now.
    couchdb_process open(std::vector<database_schema> databases);

    /// What an administrator does with a database of this test, or a document in it: `name`, `name/id`.
    void administer(const std::string& method, const std::string& name, std::string body = {});
    void delete_database(const std::string& name) { administer("DELETE", name); }

    /// Why there is none; empty: there is.
    static std::string missing();
    /// Waits, bounded, for what a server that is not ours does in its own time.
    static bool eventually(const std::function<bool()>& holds);
    /// Whether it is a CouchDB, and not a server of its protocol.
    static bool real();

  private:
    web::contexts contexts_{2};
    store_couchdb::options options_;
};

} // namespace edm::conformance
