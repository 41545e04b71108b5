#include "commands.hpp"

namespace edm::app {

void add_commands(CLI::App& to, int& code)
{
    add_serve(to, code);
    add_recipes(to, code);
    add_config(to, code);
    add_describe(to, code);
    add_documents(to, code);
    add_dead_letters(to, code);
    add_subscriptions(to, code);
    add_audit(to, code);
    add_doctor(to, code);
    add_measure(to, code);
    add_proxy_config(to, code);
    add_ready(to, code);
}

} // namespace edm::app
