#pragma once

#include "base/environment.hpp"
#include "base/time.hpp"
#include "ledger/sqlite/database.hpp"

#include <cstdint>
#include <string>

namespace exarch::ledger {

/// The format that this program writes (`user_version`), and the newest it reads.
inline constexpr std::int64_t format_version = 2;
/// `exar`: marks an SQLite file as a ledger (`application_id`).
inline constexpr std::int64_t application_id = 0x65786172;

enum class FileKind : std::uint8_t { absent, ledger };

/// The path behind all links, so that one file has one lock whatever name it is opened by.
[[nodiscard]] std::string resolve_path(const std::string& path);

/// Looks at the file without SQLite, so that a stranger's file stays untouched. An empty file
/// counts as absent, and so does one whose creation a power cut has cut short. Fails as invalid for
/// anything that is not a ledger, or a ledger of a newer format; as not_found where the directory
/// is missing; as system where it cannot be read.
[[nodiscard]] base::Result<FileKind> inspect_file(const std::string& path);

/// Creates the tables where there are none, in one transaction. There are none in a new file, and
/// in one whose creation was cut short.
[[nodiscard]] base::Status create_tables(Database& database, base::Entropy& entropy,
                                         base::Timestamp now);

/// Brings a ledger to format_version, each step in one transaction; refuses a newer one.
[[nodiscard]] base::Status migrate(Database& database);

/// Fails as invalid where the ledger's format is not the one this program writes.
[[nodiscard]] base::Status require_format(Database& database);

} // namespace exarch::ledger
