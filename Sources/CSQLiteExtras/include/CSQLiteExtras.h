#pragma once
#include <sqlite3.h>

// `sqlite3_db_config` takes variable arguments, which Swift cannot import: one typed function for each use.
// https://www.sqlite.org/c3ref/db_config.html

/// Forbids what can corrupt a database by plain SQL: writable_schema, journal_mode=OFF, direct writes to shadow tables.
/// https://www.sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigdefensive
static inline int ledger_sqlite_enable_defensive(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

/// Writes 1 to `enabled` if the connection is defensive, else 0.
static inline int ledger_sqlite_read_defensive(sqlite3 *db, int *enabled) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, -1, enabled);
}

// Swift's Glibc module leaves statfs(2) out.
#ifdef __linux__
#include <stdint.h>
#include <sys/vfs.h>

/// Writes the magic number of the file system that holds `path`; 0 on success, else -1 with errno set.
static inline int ledger_file_system_magic(const char *path, uint32_t *magic) {
    struct statfs facts;
    if (statfs(path, &facts) != 0) return -1;
    *magic = (uint32_t)facts.f_type;
    return 0;
}
#endif
