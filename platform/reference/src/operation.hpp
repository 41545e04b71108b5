#pragma once

#include "parts.hpp"

#include <edm/describe/schema.hpp>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace edm::reference {

/// Writes the operations of OpenAPI and collects the schemas that they refer to.
class operation_writer
{
  public:
    explicit operation_writer(schema_set& schemas) : schemas_(schemas) {}

    /// An operation object of an endpoint.
    std::string write(const endpoint& e, std::string_view operation_id);

  private:
    std::string parameters(const endpoint& e);
    std::string request_body(const endpoint& e);
    std::string json_body(const endpoint& e);
    std::string form_body(const endpoint& e);
    std::string success(const endpoint& e);
    std::string success_content(const endpoint& e);
    std::string refused(const endpoint& e, int status, const std::vector<possible_failure>& kinds);
    std::string responses(const endpoint& e);
    /// The request's struct without the fields that come from path and headers.
    const type& body_type(const endpoint& e);

    schema_set& schemas_;
    std::deque<std::vector<field>> cut_fields_;
    std::deque<type> cut_types_;
    std::map<std::pair<const type*, std::string>, const type*> cut_;
};

/// The name of the component that an endpoint's `Edm-After` and other shared parts have.
namespace component {
inline constexpr std::string_view after_parameter = "#/components/parameters/EdmAfter";
inline constexpr std::string_view after_header = "#/components/headers/EdmAfter";
inline constexpr std::string_view request_id = "#/components/headers/RequestId";
inline constexpr std::string_view retry_after = "#/components/headers/RetryAfter";
inline constexpr std::string_view challenge = "#/components/headers/Challenge";
inline constexpr std::string_view malformed = "#/components/responses/Malformed";
inline constexpr std::string_view page_refused = "#/components/responses/PageRefused";
inline constexpr std::string_view failure = "#/components/schemas/Failure";
inline constexpr std::string_view validation_error = "#/components/schemas/HTTPValidationError";
} // namespace component

/// `{"<content type>":{"schema":…,"example":…}}`; without an example where it is empty.
std::string content(std::string_view content_type, std::string_view schema, std::string_view example = {});

} // namespace edm::reference
