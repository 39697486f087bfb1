#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "http/message.hpp"

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace exarch::sandbox {

/// What has to be the same when a sandbox goes on from its file: only then does it make the same
/// identifiers and decide the same again.
struct JournalHead {
    std::uint64_t seed = 0;
    bool has_example = false;
    std::string references;
    base::Duration complete_after{};
    /// Of a queue's faults, which draw from the same dice as message ids.
    double duplicate = 0;
    double disorder = 0;
    /// Of the first start, or of the last reset.
    base::Timestamp started;
};

/// A call that took effect, as it came.
struct Deed {
    http::Request request;
    base::Timestamp arrived;
    base::Timestamp done;
};

/// The file of a sandbox that outlives its process: every call that took effect since the last
/// reset, one a line. Whoever repeats them at their times has the same state again, and the clients
/// their sessions and receipts. Grows with each, until a reset empties it.
class Journal {
public:
    /// Reads the file, or begins it where there is none. Fails as invalid where it is no journal or
    /// was begun with other options, and as conflict where it can't be read or written. A last line
    /// that was cut off is dropped: its call was never answered. Where nobody asks for a seed, a
    /// file that is there goes on with its own, and a new one begins with the one that is wanted.
    [[nodiscard]] static base::Result<Journal> open(std::string path, JournalHead wanted,
                                                    std::optional<std::uint64_t> asked_seed);

    [[nodiscard]] const JournalHead& head() const { return head_; }
    /// Those that were read; a second time there are none.
    [[nodiscard]] std::vector<Deed> take_deeds() { return std::exchange(deeds_, {}); }

    [[nodiscard]] base::Status add(const Deed& deed);
    /// Begins anew, with nothing in it.
    [[nodiscard]] base::Status restart(base::Timestamp now);

private:
    Journal(std::string path, JournalHead head) : path_(std::move(path)), head_(std::move(head)) {}

    [[nodiscard]] base::Status read(const std::string& text, JournalHead wanted,
                                    std::optional<std::uint64_t> asked_seed);
    [[nodiscard]] base::Status write(const std::string& line);
    [[nodiscard]] std::unexpected<base::Error> unwritable() const;

    std::string path_;
    JournalHead head_;
    std::vector<Deed> deeds_;
    std::ofstream file_;
};

} // namespace exarch::sandbox
