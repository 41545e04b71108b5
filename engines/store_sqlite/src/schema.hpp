#pragma once

namespace edm::store_sqlite {

/// The layout of a service's file. Rowid tables with a unique index: a key that is not minted in order costs half as
/// much as in WITHOUT ROWID tables.
inline constexpr const char* schema = R"sql(
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS name (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name));
CREATE TABLE IF NOT EXISTS document (
    number INTEGER PRIMARY KEY, db INTEGER NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, value TEXT, envelope TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS document_by_id ON document (db, id);
CREATE TABLE IF NOT EXISTS listed (ix INTEGER NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL, document INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS listed_by_value ON listed (ix, value, id, document);
CREATE INDEX IF NOT EXISTS listed_by_document ON listed (document);
CREATE TABLE IF NOT EXISTS event (
    position INTEGER PRIMARY KEY, topic INTEGER NOT NULL, key TEXT NOT NULL, epoch INTEGER NOT NULL, counter INTEGER NOT NULL,
    at INTEGER NOT NULL, bytes TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mark (subscription INTEGER NOT NULL, key TEXT NOT NULL, epoch INTEGER NOT NULL, counter INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS mark_by_key ON mark (subscription, key);
CREATE TABLE IF NOT EXISTS parked (
    subscription TEXT NOT NULL, key TEXT NOT NULL, epoch INTEGER NOT NULL, counter INTEGER NOT NULL, baseline INTEGER NOT NULL,
    gap INTEGER NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, parked_at INTEGER NOT NULL, reason TEXT NOT NULL,
    topic TEXT NOT NULL, bytes TEXT NOT NULL, PRIMARY KEY (subscription, key, epoch, counter)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS parked_by_time ON parked (next_at) WHERE next_at >= 0;
CREATE TABLE IF NOT EXISTS due (db INTEGER NOT NULL, document TEXT NOT NULL, item TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS due_by_time ON due (at);
CREATE INDEX IF NOT EXISTS due_by_document ON due (db, document);
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
)sql";

} // namespace edm::store_sqlite
