#include "ledger/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace exarch::ledger {
namespace {

std::string describe_this_process(base::Timestamp now) {
    std::array<char, 256> host{};
    if (gethostname(host.data(), host.size() - 1) != 0) {
        host = {'?'};
    }
    return "process " + std::to_string(getpid()) + " on " + host.data() + " since " +
           base::format(now);
}

std::string read_holder(int descriptor) {
    std::array<char, 512> text{};
    const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
    std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    holder.resize(std::min(holder.find('\n'), holder.size()));
    return holder.empty() ? "another process" : holder;
}

base::Error cannot_lock(const std::string& what, const std::string& path) {
    return base::Error(base::ErrorKind::system,
                       "cannot lock " + what + ": " + path + ": " + std::strerror(errno) +
                           ": make the file and its directory writable for this user");
}

} // namespace

base::Result<FileLock> FileLock::acquire(const std::string& path, const std::string& what,
                                         base::Timestamp now) {
    FileLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (lock.descriptor_ < 0) {
        return std::unexpected(cannot_lock(what, path));
    }
    if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return std::unexpected(cannot_lock(what, path));
        }
        return std::unexpected(
            base::Error(base::ErrorKind::conflict,
                        what + " is in use by " + read_holder(lock.descriptor_) +
                            ": end that one first, or give this one a ledger of its own"));
    }
    // Only for people: a lock whose holder cannot be named (a full disk) is a lock all the same.
    const std::string holder = describe_this_process(now) + "\n";
    if (ftruncate(lock.descriptor_, 0) == 0) {
        [[maybe_unused]] const ssize_t written =
            pwrite(lock.descriptor_, holder.data(), holder.size(), 0);
    }
    return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

} // namespace exarch::ledger
