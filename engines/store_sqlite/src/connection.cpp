#include "connection.hpp"

namespace edm::store_sqlite {

namespace {

[[noreturn]] void raise(sqlite3* db)
{
    throw sqlite_error(sqlite3_extended_errcode(db), sqlite3_errmsg(db));
}

/// SQLite counts every allocation under one lock of the process, which all writers then wait for. Nobody reads it.
void count_no_memory()
{
    [[maybe_unused]] static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

} // namespace

connection::connection(const std::filesystem::path& file, bool writable)
{
    count_no_memory();
    sqlite3* db = nullptr;
    int flags = (writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(file.c_str(), &db, flags, nullptr);
    db_.reset(db);
    if (code != SQLITE_OK)
        throw sqlite_error(code, db ? sqlite3_errmsg(db) : "out of memory");
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, 5000);
}

void connection::run(const char* sql)
{
    if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        raise(db_.get());
}

statement::statement(const connection& on, const char* sql) : db_(on.handle())
{
    sqlite3_stmt* s = nullptr;
    if (sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, nullptr) != SQLITE_OK)
        raise(db_);
    s_.reset(s);
}

bool statement::step()
{
    switch (sqlite3_step(s_.get())) {
    case SQLITE_ROW:
        return true;
    case SQLITE_DONE:
        sqlite3_reset(s_.get());
        return false;
    default: {
        sqlite_error error(sqlite3_extended_errcode(db_), sqlite3_errmsg(db_));
        sqlite3_reset(s_.get());
        throw error;
    }
    }
}

std::string statement::text(int column) const
{
    auto* bytes = static_cast<const char*>(sqlite3_column_blob(s_.get(), column));
    return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(s_.get(), column))) : std::string{};
}

void statement::put(int at, std::int64_t v)
{
    if (sqlite3_bind_int64(s_.get(), at, v) != SQLITE_OK)
        raise(db_);
}

void statement::put(int at, std::string_view v)
{
    // The callers keep their strings alive until the statement has run.
    if (sqlite3_bind_text64(s_.get(), at, v.data() ? v.data() : "", v.size(), SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK)
        raise(db_);
}

void statement::put(int at, std::nullptr_t)
{
    if (sqlite3_bind_null(s_.get(), at) != SQLITE_OK)
        raise(db_);
}

} // namespace edm::store_sqlite
