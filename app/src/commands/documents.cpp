// `openapi`, `asyncapi` and `docs`: what the program says of itself, derived from its declarations.

#include "commands.hpp"
#include "control_session.hpp"
#include "program.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

namespace edm::app {

namespace {

/// References do not depend on where the program runs.
constexpr const char* default_server = "http://127.0.0.1:8080";

using generator = std::string (*)(const model&, const reference::about&, std::span<const reference::service_text>);

void print_document(generator make)
{
    program declared;
    declared.look_at_settings(config::process_environment(), ".env");
    auto out = make(declared.model, declared.about(declared.platform.public_base_url()), declared.service_texts());
    fmt::print("{}{}", out, out.ends_with('\n') ? "" : "\n");
}

/// A file is whole or as it was before.
void write_file(const std::filesystem::path& file, const std::string& content)
{
    auto refuse = [&] {
        throw command_failed(fmt::format("{} cannot be written: {}", file.string(), std::strerror(errno)));
    };
    auto part = file;
    part += ".part";
    {
        std::ofstream out{part, std::ios::binary | std::ios::trunc};
        out << content;
        out.close();
        if (!out)
            refuse();
    }
    if (std::rename(part.c_str(), file.c_str()) != 0)
        refuse();
}

void write_references(const std::filesystem::path& folder)
{
    program declared;
    auto files = reference::documents(declared.model, declared.about(default_server), declared.service_texts());
    files.emplace("configuration.md", declared.settings.settings_markdown());
    std::error_code problem;
    std::filesystem::create_directories(folder, problem);
    if (problem)
        throw command_failed(fmt::format("{} cannot be made: {}", folder.string(), problem.message()));
    for (const auto& [name, content] : files) {
        write_file(folder / name, content);
        fmt::print("{}\n", (folder / name).string());
    }
}

} // namespace

void add_documents(CLI::App& to, int&)
{
    to.add_subcommand("openapi", "Print the OpenAPI 3.1 document of the HTTP endpoints")
        ->footer("The running program serves it at /openapi.json. The server in it is EDM_PUBLIC_URL.")
        ->callback([] { print_document(reference::openapi_json); });
    to.add_subcommand("asyncapi", "Print the AsyncAPI 3.0 document of the events")
        ->footer("The running program serves it at /asyncapi.json.")
        ->callback([] { print_document(reference::asyncapi_json); });
    auto folder = std::make_shared<std::string>();
    auto* docs = to.add_subcommand("docs", "Write the generated references as Markdown files");
    docs->footer("The same program writes the same bytes, whatever the settings. docs/reference is written so.");
    docs->add_option("DIR", *folder, "The folder; it is made where it is missing")->required();
    docs->callback([folder] { write_references(*folder); });
}

} // namespace edm::app
