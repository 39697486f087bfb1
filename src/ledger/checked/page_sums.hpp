#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace exarch::ledger {

/// A file of the VFS below; closed with this object.
class PlainFile {
public:
    PlainFile() = default;
    ~PlainFile();
    PlainFile(const PlainFile&) = delete;
    PlainFile& operator=(const PlainFile&) = delete;

    /// As xOpen: `name` has to outlive the file.
    [[nodiscard]] int open(sqlite3_vfs& below, const char* name, int flags, int* flags_out);
    void close();
    [[nodiscard]] bool is_open() const { return file_ != nullptr; }
    [[nodiscard]] sqlite3_file* get() const { return file_; }

    [[nodiscard]] int read(void* bytes, int count, std::int64_t offset) const {
        return file_->pMethods->xRead(file_, bytes, count, offset);
    }
    [[nodiscard]] int write(const void* bytes, int count, std::int64_t offset) const {
        return file_->pMethods->xWrite(file_, bytes, count, offset);
    }
    [[nodiscard]] int sync() const { return file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL); }

private:
    std::unique_ptr<std::byte[]> memory_;
    sqlite3_file* file_ = nullptr;
};

/// How far SQLite's write-ahead log reaches: which of the logs that follow each other in one file
/// it is, and how many of its pages are committed. No log has no pages.
struct LogMark {
    std::uint32_t generation = 0;
    std::uint32_t salt = 0;
    std::uint64_t pages = 0;

    friend bool operator==(const LogMark&, const LogMark&) = default;
};

/// `<database>-sums`: a checksum of each page of the database file, and how far its log has to
/// reach. SQLite checksums its log, but believes its pages whatever they hold, and believes a log
/// to be over where it is damaged (docs/adr/0009-checksums-beside-the-ledger.md).
///
/// The result codes are SQLite's.
class PageSums {
public:
    static constexpr int page_length = 4096;

    /// Looks for the file; nothing else.
    PageSums(sqlite3_vfs& below, const std::string& database, bool is_read_only);

    /// Without them nothing is checked, and nothing noted.
    [[nodiscard]] bool exist() const { return exist_; }

    /// Makes them of the pages of `database` as they are. A file of sums that is none is replaced.
    [[nodiscard]] int create(const PlainFile& database);

    /// SQLITE_IOERR_DATA where these are not the bytes that were noted of the page at `offset`.
    [[nodiscard]] int check(std::span<const std::byte> page, std::int64_t offset) const;
    /// To be called before the page is written. It need not be durable before forget_log(): until
    /// then SQLite finds the page in its log.
    [[nodiscard]] int note(std::span<const std::byte> page, std::int64_t offset) const;

    /// How far the log has to reach, as far as anybody knows.
    [[nodiscard]] LogMark log() const;
    /// To be called after the log is synced.
    [[nodiscard]] int note_log(const LogMark& log) const;
    /// To be called before the log is begun anew, cut or removed: with all that was noted it
    /// is durable when it returns.
    [[nodiscard]] int forget_log() const;

private:
    sqlite3_vfs* below_;
    std::string path_;
    PlainFile file_;
    bool exist_ = false;
};

} // namespace exarch::ledger
