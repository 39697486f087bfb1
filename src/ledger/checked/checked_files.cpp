#include "ledger/checked/checked_files.hpp"

#include "base/assert.hpp"
#include "ledger/checked/file_below.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>

namespace exarch::ledger {
namespace {

constexpr std::string_view log_suffix{"-wal"};
// https://www.sqlite.org/fileformat2.html#walformat: what frames are valid is by its salts.
constexpr std::size_t log_header_length = 32;

// https://www.sqlite.org/walformat.html, "The WAL-Index Header": 48 bytes, twice.
struct IndexHeader {
    std::array<std::uint32_t, 4> skipped;
    std::uint32_t pages;
    std::array<std::uint32_t, 3> also_skipped;
    std::array<std::uint32_t, 2> salts;
    std::array<std::uint32_t, 2> sums;
};
static_assert(sizeof(IndexHeader) == 48);

/// SQLite allocates it.
struct CheckedFile {
    sqlite3_file base{};
    PlainFile below;
    /// Of a database.
    std::optional<PageSums> sums;
    const volatile void* index = nullptr;
    /// Of a log: its database.
    CheckedFile* database = nullptr;

    [[nodiscard]] bool is_checked() const { return sums.has_value() && sums->exist(); }
    /// Before the log is begun anew or cut.
    [[nodiscard]] int forget_log() const {
        return database != nullptr && database->is_checked() ? database->sums->forget_log()
                                                             : SQLITE_OK;
    }
};

CheckedFile& opened(sqlite3_file* file) {
    return *reinterpret_cast<CheckedFile*>(file);
}

CheckedFile& file_of(sqlite3* database) {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    EXARCH_ASSERT(file != nullptr);
    return opened(file);
}

sqlite3_vfs& vfs_below() {
    return *sqlite3_vfs_find(nullptr);
}

std::span<const std::byte> bytes_of(const void* bytes, int count) {
    return {static_cast<const std::byte*>(bytes), static_cast<std::size_t>(count)};
}

/// SQLite reads and writes whole pages, but for a look at the head of the file.
bool is_page(int count, sqlite3_int64 offset) {
    return count == PageSums::page_length && offset % PageSums::page_length == 0;
}

sqlite3_file* below(sqlite3_file* file) {
    return opened(file).below.get();
}
using Below = FileBelow<below>;

int close_file(sqlite3_file* file) {
    opened(file).~CheckedFile();
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
    const CheckedFile& checked = opened(file);
    const int code = checked.below.read(bytes, count, offset);
    // What is missing of a page that the file ends in reads as zeros, and SQLite would take it so.
    const bool has_bytes = code == SQLITE_OK || code == SQLITE_IOERR_SHORT_READ;
    if (!has_bytes || !checked.is_checked() || count < 512) {
        return code;
    }
    const int verdict = is_page(count, offset) ? checked.sums->check(bytes_of(bytes, count), offset)
                                               : SQLITE_IOERR_DATA;
    return verdict == SQLITE_OK ? code : verdict;
}

int write_file(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
    const CheckedFile& checked = opened(file);
    int code = SQLITE_OK;
    if (checked.is_checked()) {
        code = is_page(count, offset) ? checked.sums->note(bytes_of(bytes, count), offset)
                                      : SQLITE_IOERR_DATA;
    } else if (offset == 0) {
        code = checked.forget_log();
    }
    return code == SQLITE_OK ? checked.below.write(bytes, count, offset) : code;
}

/// Durably makes of a log none that SQLite would read. A file system may be caught in the middle of
/// cutting a file: of commits that are all in the database by then, the log would have the first
/// ones, and hide from SQLite what the later ones wrote.
int void_log(const PlainFile& log) {
    const std::array<std::byte, log_header_length> nothing{};
    const int code = log.write(nothing.data(), int(nothing.size()), 0);
    return code == SQLITE_OK ? log.sync() : code;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 length) {
    const CheckedFile& checked = opened(file);
    int code = checked.forget_log();
    if (code == SQLITE_OK && checked.database != nullptr && length == 0) {
        code = void_log(checked.below);
    }
    return code == SQLITE_OK ? Below::pass<&sqlite3_io_methods::xTruncate>(file, length) : code;
}

int map_index(sqlite3_file* file, int region, int length, int extend, volatile void** memory) {
    const int code =
        Below::pass<&sqlite3_io_methods::xShmMap>(file, region, length, extend, memory);
    if (region == 0) {
        opened(file).index = code == SQLITE_OK ? *memory : nullptr;
    }
    return code;
}

int unmap_index(sqlite3_file* file, int remove) {
    opened(file).index = nullptr;
    return Below::pass<&sqlite3_io_methods::xShmUnmap>(file, remove);
}

constexpr sqlite3_io_methods methods = [] {
    sqlite3_io_methods made = Below::methods;
    made.xClose = close_file;
    made.xRead = read_file;
    made.xWrite = write_file;
    made.xTruncate = truncate_file;
    made.xShmMap = map_index;
    made.xShmUnmap = unmap_index;
    return made;
}();

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    auto* checked = new (file) CheckedFile;
    int flags_had = 0;
    const int code = checked->below.open(vfs_below(), name, flags, &flags_had);
    if (flags_out != nullptr) {
        *flags_out = flags_had;
    }
    if (code != SQLITE_OK) {
        checked->~CheckedFile();
        file->pMethods = nullptr;
        return code;
    }
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
        checked->sums.emplace(vfs_below(), name, (flags_had & SQLITE_OPEN_READONLY) != 0);
    }
    if ((flags & SQLITE_OPEN_WAL) != 0) {
        checked->database = &opened(sqlite3_database_file_object(name));
    }
    file->pMethods = &methods;
    return SQLITE_OK;
}

int remove_file(sqlite3_vfs*, const char* name, int sync_directory) {
    const std::string_view path(name);
    if (path.ends_with(log_suffix)) {
        const std::string database(path.substr(0, path.size() - log_suffix.size()));
        const int code = PageSums(vfs_below(), database, false).forget_log();
        if (code != SQLITE_OK) {
            return code;
        }
    }
    return vfs_below().xDelete(&vfs_below(), name, sync_directory);
}

} // namespace

const char* checked_files() {
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs made = vfs_below();
        made.zName = "exarch";
        made.pNext = nullptr;
        made.szOsFile = sizeof(CheckedFile);
        made.xOpen = open_file;
        made.xDelete = remove_file;
        return made;
    }();
    static const int registered = sqlite3_vfs_register(&vfs, 0);
    EXARCH_ASSERT(registered == SQLITE_OK);
    return vfs.zName;
}

bool has_sums(sqlite3* database) {
    return file_of(database).is_checked();
}

int create_sums(sqlite3* database) {
    CheckedFile& file = file_of(database);
    return file.sums->create(file.below);
}

std::optional<LogMark> log_found(sqlite3* database) {
    const volatile void* index = file_of(database).index;
    if (index == nullptr) {
        return std::nullopt;
    }
    // The writer writes the second first: where they are the same, both are whole.
    std::array<IndexHeader, 2> headers{};
    do {
        std::memcpy(headers.data(), const_cast<const void*>(index), sizeof(headers));
    } while (std::memcmp(headers.data(), headers.data() + 1, sizeof(IndexHeader)) != 0);
    const IndexHeader& header = headers[0];
    // In the log and here it is big-endian; each log of a file has the next number.
    return LogMark{.generation = std::byteswap(header.salts[0]),
                   .salt = header.salts[1],
                   .pages = header.pages};
}

LogMark log_noted(sqlite3* database) {
    const CheckedFile& file = file_of(database);
    return file.is_checked() ? file.sums->log() : LogMark();
}

int note_log(sqlite3* database) {
    const CheckedFile& file = file_of(database);
    const std::optional<LogMark> log = log_found(database);
    return file.is_checked() && log ? file.sums->note_log(*log) : SQLITE_OK;
}

} // namespace exarch::ledger
