#pragma once

#include <edm/describe/type.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace edm::reference {

/// A JSON value that `t` accepts: what the structs declare as examples, else something simple within the bounds, with
/// `name` as text. Optional fields are shown only where an example is declared. Nothing where the value would need a
/// secret, for which no example is ever made up.
std::optional<std::string> example_of(const type& t, std::string_view name);

/// The example of a field: the declared one, else as above.
std::optional<std::string> example_of(const field& f);

} // namespace edm::reference
