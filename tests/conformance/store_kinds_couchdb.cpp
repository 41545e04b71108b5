#include "couchdb_home.hpp"
#include "store_waiting.hpp"

namespace edm::conformance {

namespace {

const store_kind couchdb_kinds[] = {
    {"couchdb", []() -> std::unique_ptr<store_home> { return std::make_unique<couchdb_home>(); }},
};

} // namespace

INSTANTIATE_TEST_SUITE_P(CouchDB, store_conformance, ::testing::ValuesIn(couchdb_kinds), kind_name);
INSTANTIATE_TEST_SUITE_P(CouchDB, store_waiting, ::testing::ValuesIn(couchdb_kinds), kind_name);

} // namespace edm::conformance
