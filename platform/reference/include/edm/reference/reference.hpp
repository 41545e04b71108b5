#pragma once

#include <map>
#include <span>
#include <string>

namespace edm {
struct model;
}

/// Every reference of a program, derived from what its services declared: nobody writes a second list. All functions
/// are pure, and the same model gives the same bytes. They throw std::logic_error where the declarations cannot be
/// documented, such as two endpoints of one operationId.
namespace edm::reference {

/// The program as its documents name it.
struct about
{
    std::string title;
    std::string version;
    std::string description;     ///< CommonMark
    std::string server_url;      ///< without a slash at the end; empty: the address that served the document
    std::string license = "MIT"; ///< SPDX identifier; empty: not said
};

/// One sentence on a service, for tags and headings. Services without one are listed all the same.
struct service_text
{
    std::string name;
    std::string description;
};

/// OpenAPI 3.1.0: every endpoint that is not hidden and the platform's own routes, each with the answers that it may
/// give.
std::string openapi_json(const model& of, const about& program, std::span<const service_text> services);

/// AsyncAPI 3.0.0: a channel per topic, an operation per publisher (`send`) and per subscription (`receive`). Messages
/// are CloudEvents 1.0 in structured mode.
std::string asyncapi_json(const model& of, const about& program, std::span<const service_text> services);

/// A table, readable as text and as Markdown: per service its databases, endpoints and events (→ publishes,
/// ← subscribes), one of each a line. Hidden endpoints are there too.
std::string describe_table(const model& of, std::span<const service_text> services);

/// A Mermaid flowchart: services, and an edge from the publisher to the subscriber for each subscription.
std::string describe_mermaid(const model& of, std::span<const service_text> services);

/// `{"services":[…],"topics":[…]}`: what the table says and more, for programs.
std::string describe_json(const model& of, std::span<const service_text> services);

/// File name → content, in Markdown: `services.md` (table and flowchart), `events.md` (topics, their fields and
/// subscribers), `http.md` (endpoints with their answers).
std::map<std::string, std::string> documents(const model& of, const about& program,
                                             std::span<const service_text> services);

} // namespace edm::reference
