#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace exarch::ledger {

/// Decides, always the same for a seed, what of the unsynced outlasts a power cut. Some cuts take
/// all of it, some none; most take what they happen to take.
class Fate {
public:
    explicit Fate(std::uint64_t seed);

    /// A number below `limit`, which is not 0.
    std::size_t choose(std::size_t limit);
    /// How many of `changes` to one thing, made one after the other, have reached it.
    std::size_t reached(std::size_t changes);
    /// Whether the sector that was being written is half the old one and half the new one.
    bool tears();
    /// Whether what was cut off last is gone in part only, the end first, and nothing came after.
    [[nodiscard]] bool stops_in_truncation() const { return mood_ == Mood::truncation_begun; }

private:
    enum class Mood : std::uint8_t {
        nothing_kept,
        everything_kept,
        whole_sectors,
        torn_sectors,
        truncation_begun
    };

    std::uint64_t state_;
    Mood mood_;
};

/// A file as it is on the disk, and what was changed in it since it was last synced.
///
/// The operating system may write back any page at any time, and a disk any sector: of each sector
/// of 512 bytes any state since the last sync may be found, whatever the others are in, and of the
/// length the same; a truncation may have got anywhere, as some file systems carry it out piece by
/// piece from the end. Where it grew without what was written there, it reads as zeros. Bytes that
/// a write did not touch stay as they were: SQLite counts on it (SQLITE_IOCAP_POWERSAFE_OVERWRITE).
class FileImage {
public:
    explicit FileImage(std::string durable = {}) : durable_(std::move(durable)) {}

    void write(std::size_t offset, std::string bytes);
    void truncate(std::size_t length);
    void sync();
    /// Takes the last change back: it was never made.
    void forget_last();

    /// What a power cut now leaves of it.
    [[nodiscard]] std::string survivor(Fate& fate) const;

private:
    struct Write {
        std::size_t offset;
        std::string bytes;
    };
    struct Truncation {
        std::size_t length;
    };
    using Change = std::variant<Write, Truncation>;

    static void apply(const Change& change, std::string& content);
    /// What is left where the last truncation is not done; all of it where there was none.
    [[nodiscard]] std::string half_truncated(Fate& fate) const;

    std::string durable_;
    std::vector<Change> pending_;
};

} // namespace exarch::ledger
