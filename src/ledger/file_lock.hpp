#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <string>

namespace exarch::ledger {

/// Keeps a second process away: a locked file that tells who holds it (process, host, since when).
/// The operating system frees it when the process ends, however it ends. The file itself stays:
/// removing it would let two processes hold locks on two files of one name.
class FileLock {
public:
    /// Fails as conflict, naming the holder, where another one (of this process too) holds it,
    /// and as system where the file cannot be written. `what` completes "cannot lock …".
    [[nodiscard]] static base::Result<FileLock>
    acquire(const std::string& path, const std::string& what, base::Timestamp now);
    ~FileLock();
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_ = -1;
};

} // namespace exarch::ledger
