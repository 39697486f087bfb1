#include "ledger/file_place.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace exarch::ledger {

base::Result<FilePlace> FilePlace::of(std::string path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        return std::unexpected(
            base::Error(base::ErrorKind::system, "cannot find " + path + ", which is in use: " +
                                                     std::strerror(errno) + ": start again"));
    }
    return FilePlace(std::move(path), status.st_dev, status.st_ino);
}

bool FilePlace::is_kept() const {
    struct stat status{};
    return ::stat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
           status.st_ino == number_;
}

} // namespace exarch::ledger
