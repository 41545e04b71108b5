#include "commands.hpp"
#include "program.hpp"

#include <fmt/format.h>

#include <memory>

namespace edm::app {

void add_describe(CLI::App& to, int&)
{
    auto* command =
        to.add_subcommand("describe", "Print what the services own, publish and subscribe to, as a Markdown table");
    command->footer("Derived from the declarations in this binary; settings and data are not read.");
    struct forms
    {
        bool mermaid = false, json = false;
    };
    auto as = std::make_shared<forms>();
    auto* mermaid = command->add_flag("--mermaid", as->mermaid, "As a Mermaid flowchart of services and events");
    command->add_flag("--json", as->json, "As JSON")->excludes(mermaid);
    command->callback([as] {
        program declared;
        auto texts = declared.service_texts();
        auto out = as->mermaid ? reference::describe_mermaid(declared.model, texts)
                   : as->json  ? reference::describe_json(declared.model, texts)
                               : reference::describe_table(declared.model, texts);
        fmt::print("{}{}", out, out.ends_with('\n') ? "" : "\n");
    });
}

} // namespace edm::app
