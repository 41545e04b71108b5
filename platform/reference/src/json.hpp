#pragma once

#include <edm/describe/encode.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace edm::reference {

/// A JSON object that is written member by member, in the order of the calls. Numbers and schemas that others made
/// stay as they spelled them.
class json_object
{
  public:
    json_object& raw(std::string_view name, std::string_view json)
    {
        out_ += out_.size() == 1 ? "" : ",";
        append_json_string(out_, name);
        out_ += ':';
        out_ += json;
        return *this;
    }
    json_object& text(std::string_view name, std::string_view value)
    {
        std::string json;
        append_json_string(json, value);
        return raw(name, json);
    }
    /// Left out where it is empty.
    json_object& text_if(std::string_view name, std::string_view value)
    {
        return value.empty() ? *this : text(name, value);
    }
    json_object& flag(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
    json_object& number(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }

    bool empty() const { return out_.size() == 1; }
    std::string str() const { return out_ + "}"; }

  private:
    std::string out_ = "{";
};

class json_array
{
  public:
    json_array& raw(std::string_view json)
    {
        out_ += out_.size() == 1 ? "" : ",";
        out_ += json;
        return *this;
    }
    json_array& text(std::string_view value)
    {
        std::string json;
        append_json_string(json, value);
        return raw(json);
    }

    bool empty() const { return out_.size() == 1; }
    std::string str() const { return out_ + "]"; }

  private:
    std::string out_ = "[";
};

/// `{"$ref":"…"}`.
inline std::string ref_to(std::string_view address)
{
    return json_object{}.text("$ref", address).str();
}

} // namespace edm::reference
