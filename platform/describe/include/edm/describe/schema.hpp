#pragma once

#include <edm/describe/reflect.hpp>

#include <map>
#include <string>
#include <string_view>

namespace edm {

/// The JSON Schema 2020-12 of a type, with the schemas of nested structs in place.
std::string json_schema(const type& t);

/// Collects the schemas of structs and enumerations under names, for `components/schemas` of OpenAPI 3.1.
/// A name is the type's own; the second of two types of one name gets its namespaces as well.
class schema_set
{
  public:
    explicit schema_set(std::string prefix = "#/components/schemas/") : prefix_(std::move(prefix)) {}

    /// `{"$ref":"#/components/schemas/name"}` for structs and enumerations, which are collected with all that they
    /// refer to; for others the schema itself.
    std::string ref(const type& t);
    /// Adds a schema that is written by hand.
    void add(std::string name, std::string schema) { schemas_.insert_or_assign(std::move(name), std::move(schema)); }
    /// `{"name":{…},…}`, ordered by name.
    std::string json() const;

  private:
    const std::string& name_of(const type& t);

    std::string prefix_;
    std::map<const type*, std::string> names_;
    std::map<std::string, std::string, std::less<>> schemas_;
};

} // namespace edm
