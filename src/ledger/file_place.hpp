#pragma once

#include "base/result.hpp"

#include <sys/types.h>

#include <string>
#include <utility>

namespace exarch::ledger {

/// Which file is at a path, to notice when another one is, or none: who has it open goes on in what
/// nobody finds any more. Looks by the path and opens nothing: whoever closes a database's file
/// gives up all locks that SQLite holds on it.
class FilePlace {
public:
    /// Fails as system where there is none.
    [[nodiscard]] static base::Result<FilePlace> of(std::string path);

    [[nodiscard]] bool is_kept() const;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    FilePlace(std::string path, dev_t device, ino_t number)
        : path_(std::move(path)), device_(device), number_(number) {}

    std::string path_;
    dev_t device_;
    ino_t number_;
};

} // namespace exarch::ledger
