#pragma once

#include <edm/reference/reference.hpp>
#include <edm/service/registry.hpp>

#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace edm::reference {

/// What a service is, in one sentence; empty where nobody said.
std::string_view description_of(std::string_view service, std::span<const service_text> texts);
/// The name of a service's database.
std::string_view database_name(const model& of, std::string_view service, db_id db);
std::vector<const subscription_declaration*> subscribers_of(const model& of, std::string_view topic);
/// `file-profile` of `authentication.file-profile`.
std::string_view short_name(const subscription_declaration& s);
/// The service that publishes a topic; empty: a foreign program.
std::string_view publisher_of(const model& of, std::string_view topic);

/// The operationId of every endpoint. Where several endpoints share the one that they declared, those with fields in
/// their path get one from the whole path: `get_recipes` and `get_recipes_by_recipe_id`. Throws std::logic_error where
/// two are still the same.
std::map<const endpoint*, std::string> operation_ids(const model& of);

/// The endpoint that takes the OAuth2 password form; null where there is none.
const endpoint* login_of(const model& of);

/// Where a field of a request comes from.
enum class place
{
    path,
    query,
    header,
    body
};
struct request_field
{
    const field* of;
    place from;
    std::string name; ///< on the wire: of a header its own
};
/// The fields of an endpoint's request, in the order of the struct, as the gateway binds them.
std::vector<request_field> request_fields(const endpoint& e);

/// The type of an optional's value.
const type& without_optional(const type& t);

/// A failure that an endpoint may answer with.
struct possible_failure
{
    const error_kind* kind;
    int retry_after = 0;    ///< seconds; 0: none is promised
    bool declared = false;  ///< by the endpoint; else the platform's
    bool challenge = false; ///< carries WWW-Authenticate
};
/// By status, each name once per status.
std::map<int, std::vector<possible_failure>> failures_of(const endpoint& e);
/// The failures that the platform itself may answer with, each documented once as an example.
std::span<const error_kind* const> platform_failures();
/// An example object of a failure: its sentence, and its envelope as the gateway writes it.
std::string failure_example(const error_kind& kind);
/// The example itself, or a reference to it where it is the platform's.
std::string example_or_ref(const error_kind& kind);
/// Whether requests are decoded, so that they can be refused with 422 in FastAPI's shape.
bool is_bound(const endpoint& e);

} // namespace edm::reference
