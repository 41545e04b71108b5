#include "platform_routes.hpp"

namespace edm::app {

void add_platform_routes(gateway::router& to, const platform_parts& p)
{
    add_health_routes(to, p);
    add_document_routes(to, p);
    add_mailbox_routes(to, p);
    add_operator_routes(to, p);
    add_audit_routes(to, p);
}

} // namespace edm::app
