#pragma once

#include "ledger/checked/page_sums.hpp"

#include <sqlite3.h>

#include <optional>

namespace exarch::ledger {

/// The name of a VFS that passes everything on to the default one, and keeps and checks PageSums
/// of each database whose file they lie beside.
[[nodiscard]] const char* checked_files();

// Of a database that was opened through checked_files():

[[nodiscard]] bool has_sums(sqlite3* database);
/// Makes the sums of a file that nobody writes.
[[nodiscard]] int create_sums(sqlite3* database);

/// How far the log reaches by SQLite's own count, since it was read first; none where that is
/// kept to SQLite itself.
[[nodiscard]] std::optional<LogMark> log_found(sqlite3* database);
/// By what was noted, which may be behind.
[[nodiscard]] LogMark log_noted(sqlite3* database);
/// Notes how far the log reaches now, which was synced.
[[nodiscard]] int note_log(sqlite3* database);

} // namespace exarch::ledger
