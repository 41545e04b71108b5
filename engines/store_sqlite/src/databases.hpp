#pragma once

#include <edm/store/store.hpp>

#include <filesystem>
#include <vector>

namespace edm::store_sqlite {

/// A document's row holds the place of its database among those that its service declares. Where another version of the
/// program declared others, or in another order, this gives every row its present place, in one transaction; a database
/// that is not declared any more keeps its documents, behind the declared ones. Called before anything else opens the
/// file. Throws sqlite_error.
void place_databases(const std::filesystem::path& file, const std::vector<database_schema>& declared);

} // namespace edm::store_sqlite
