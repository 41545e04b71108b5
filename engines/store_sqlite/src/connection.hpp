#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace edm::store_sqlite {

struct sqlite_error : std::runtime_error
{
    sqlite_error(int extended_code, const std::string& text) : std::runtime_error(text), code(extended_code) {}
    int code;
    int primary() const { return code & 0xff; }
};

/// One SQLite connection. Used by one thread at a time.
class connection
{
  public:
    connection(const std::filesystem::path& file, bool writable);
    sqlite3* handle() const { return db_.get(); }
    void run(const char* sql);

  private:
    struct closer
    {
        void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
    };
    std::unique_ptr<sqlite3, closer> db_;
};

/// A statement prepared once. `bind` starts it anew; `step` says whether there is a row.
class statement
{
  public:
    statement(const connection& on, const char* sql);

    template <class... A>
    statement& bind(const A&... values)
    {
        sqlite3_reset(s_.get());
        int at = 0;
        (put(++at, values), ...);
        return *this;
    }
    bool step();
    /// Runs to the end; for statements without rows.
    void execute()
    {
        while (step()) {
        }
    }
    /// Ends a read, so that it holds no snapshot.
    void reset() { sqlite3_reset(s_.get()); }

    std::int64_t integer(int column) const { return sqlite3_column_int64(s_.get(), column); }
    std::string text(int column) const;
    bool null(int column) const { return sqlite3_column_type(s_.get(), column) == SQLITE_NULL; }

  private:
    struct finalizer
    {
        void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
    };
    void put(int at, std::int64_t v);
    void put(int at, std::uint64_t v) { put(at, static_cast<std::int64_t>(v)); }
    void put(int at, int v) { put(at, static_cast<std::int64_t>(v)); }
    void put(int at, std::uint32_t v) { put(at, static_cast<std::int64_t>(v)); }
    void put(int at, std::uint16_t v) { put(at, static_cast<std::int64_t>(v)); }
    void put(int at, bool v) { put(at, static_cast<std::int64_t>(v)); }
    void put(int at, std::string_view v);
    void put(int at, const std::string& v) { put(at, std::string_view{v}); }
    void put(int at, std::nullptr_t);
    void put(int at, const std::optional<std::string>& v)
    {
        if (v)
            put(at, std::string_view{*v});
        else
            put(at, nullptr);
    }

    sqlite3* db_;
    std::unique_ptr<sqlite3_stmt, finalizer> s_;
};

} // namespace edm::store_sqlite
