#pragma once

#include <edm/store/store.hpp>

#include <string>
#include <string_view>

namespace edm::store_sqlite {

/// The envelope as it stands in a row: JSON, and empty for the commonest envelope (schema 1, nothing else).
void append_envelope(std::string& out, const envelope& e);
envelope read_envelope(std::string_view json);

} // namespace edm::store_sqlite
