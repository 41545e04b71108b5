#include "envelope_json.hpp"

#include <edm/store/described.hpp>

#include <stdexcept>

namespace edm::store_sqlite {

void append_envelope(std::string& out, const envelope& e)
{
    if (e.schema != 1 || !e.counters.empty() || !e.due.empty() || !e.commit_id.empty())
        encode_to(out, e);
}

envelope read_envelope(std::string_view json)
{
    envelope e;
    if (json.empty())
        return e;
    if (!decode_into(e, json, {.lenient = true}).empty())
        throw std::runtime_error("a stored envelope does not decode");
    return e;
}

} // namespace edm::store_sqlite
