#include "bus_fixture.hpp"
#include "rabbitmq_bus.hpp"

namespace edm::conformance {

namespace {

const bus_kind kinds[] = {{"rabbitmq", true, store_kinds[0].make, make_rabbitmq, rabbitmq_server::missing}};

INSTANTIATE_TEST_SUITE_P(Foreign, bus_conformance, ::testing::ValuesIn(kinds),
                         [](const auto& info) { return info.param.name; });

} // namespace

} // namespace edm::conformance
