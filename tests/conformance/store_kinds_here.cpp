#include "store_waiting.hpp"

/// The engines that need no server.
namespace edm::conformance {

INSTANTIATE_TEST_SUITE_P(Stores, store_conformance, ::testing::ValuesIn(store_kinds), kind_name);
INSTANTIATE_TEST_SUITE_P(Stores, store_waiting, ::testing::ValuesIn(store_kinds), kind_name);

} // namespace edm::conformance
