#include "unit/ledger/power_loss_vfs.hpp"

#include "base/assert.hpp"
#include "ledger/checked/file_below.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>

namespace exarch::ledger {
namespace {

PowerLossDisk* disk = nullptr;

/// SQLite allocates it, with room for the file of the VFS below behind it.
struct OpenFile {
    sqlite3_file base;
    /// Null where it is none whose content has to last.
    std::shared_ptr<FileImage> image;

    sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

OpenFile& opened(sqlite3_file* file) {
    return *reinterpret_cast<OpenFile*>(file);
}

sqlite3_file* below(sqlite3_file* file) {
    return opened(file).below();
}
using Below = FileBelow<below>;

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

} // namespace

/// What SQLite calls.
struct PowerLossCalls {
    static int close(sqlite3_file* file) {
        const int code = Below::pass<&sqlite3_io_methods::xClose>(file);
        opened(file).~OpenFile();
        return code;
    }

    static int read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
        if (disk->is_off_) {
            return SQLITE_IOERR_READ;
        }
        return Below::pass<&sqlite3_io_methods::xRead>(file, bytes, count, offset);
    }

    static int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
        if (disk->is_off_) {
            return SQLITE_IOERR_WRITE;
        }
        if (FileImage* image = opened(file).image.get()) {
            image->write(static_cast<std::size_t>(offset),
                         {static_cast<const char*>(bytes), static_cast<std::size_t>(count)});
            if (!disk->step_in(*image)) {
                return SQLITE_IOERR_WRITE;
            }
        }
        return Below::pass<&sqlite3_io_methods::xWrite>(file, bytes, count, offset);
    }

    static int truncate(sqlite3_file* file, sqlite3_int64 length) {
        if (disk->is_off_) {
            return SQLITE_IOERR_TRUNCATE;
        }
        if (FileImage* image = opened(file).image.get()) {
            image->truncate(static_cast<std::size_t>(length));
            if (!disk->step_in(*image)) {
                return SQLITE_IOERR_TRUNCATE;
            }
        }
        return Below::pass<&sqlite3_io_methods::xTruncate>(file, length);
    }

    static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* got) {
        auto* kept = new (file) OpenFile{};
        int code = SQLITE_CANTOPEN;
        if (disk->is_off_ || !name_image(name, flags, kept->image) ||
            (code = disk->below_->xOpen(disk->below_, name, kept->below(), flags, got)) !=
                SQLITE_OK) {
            kept->~OpenFile();
            file->pMethods = nullptr;
            return code;
        }
        file->pMethods = &methods;
        return code;
    }

    /// False where the power fails while the file is created.
    static bool name_image(const char* name, int flags, std::shared_ptr<FileImage>& image) {
        if (name == nullptr) {
            return true;
        }
        if (access(name, F_OK) != 0) {
            if ((flags & SQLITE_OPEN_CREATE) == 0) {
                return true;
            }
            if (!disk->step()) {
                return false;
            }
            disk->names_[name].meanings.push_back(std::make_shared<FileImage>());
        }
        image = disk->image_of(name);
        return true;
    }

    static int remove(sqlite3_vfs*, const char* name, int sync_directory) {
        if (disk->is_off_) {
            return SQLITE_IOERR_DELETE;
        }
        if (access(name, F_OK) == 0) {
            if (!disk->step()) {
                return SQLITE_IOERR_DELETE;
            }
            disk->image_of(name);
            disk->names_[name].meanings.emplace_back();
        }
        return disk->below_->xDelete(disk->below_, name, sync_directory);
    }

    static const sqlite3_io_methods methods;
};

const sqlite3_io_methods PowerLossCalls::methods = [] {
    sqlite3_io_methods made = Below::methods;
    made.xClose = close;
    made.xRead = read;
    made.xWrite = write;
    made.xTruncate = truncate;
    return made;
}();

/// fsync and fdatasync of everything in this process, SQLite's as well as the ledger's own.
int synced(int descriptor, long call) {
    if (disk == nullptr) {
        return static_cast<int>(syscall(call, descriptor));
    }
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    if (readlink(link.c_str(), path.data(), path.size() - 1) <= 0 || !disk->sync(path.data())) {
        errno = EIO;
        return -1;
    }
    return 0;
}

PowerLossDisk::PowerLossDisk(Honesty honesty)
    : honesty_(honesty), below_(sqlite3_vfs_find(nullptr)), vfs_(*below_) {
    EXARCH_ASSERT(disk == nullptr);
    vfs_.zName = "power-loss";
    vfs_.pNext = nullptr;
    vfs_.szOsFile = static_cast<int>(sizeof(OpenFile)) + below_->szOsFile;
    vfs_.xOpen = PowerLossCalls::open;
    vfs_.xDelete = PowerLossCalls::remove;
    sqlite3_vfs_register(&vfs_, 1);
    disk = this;
}

PowerLossDisk::~PowerLossDisk() {
    disk = nullptr;
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(below_, 1);
}

bool PowerLossDisk::step() {
    is_off_ = is_off_ || steps_ == fails_at_;
    ++steps_;
    return !is_off_;
}

bool PowerLossDisk::step_in(FileImage& image) {
    if (!step()) {
        interrupted_ = &image;
    }
    return !is_off_;
}

std::shared_ptr<FileImage> PowerLossDisk::image_of(const std::string& path) {
    Name& name = names_[path];
    if (name.meanings.back() == nullptr) {
        name.meanings.back() = std::make_shared<FileImage>(read_file(path));
    }
    return name.meanings.back();
}

bool PowerLossDisk::sync(const std::string& path) {
    if (is_off_ || !step()) {
        return false;
    }
    if (std::filesystem::is_directory(path)) {
        for (auto& [name, kept] : names_) {
            const bool is_in = std::filesystem::path(name).parent_path() == path;
            if (is_in && honesty_ != Honesty::forgets_directories) {
                kept.meanings = {kept.meanings.back()};
            }
        }
        return true;
    }
    const auto found = names_.find(path);
    if (found != names_.end() && found->second.meanings.back() != nullptr &&
        honesty_ != Honesty::forgets_files) {
        found->second.meanings.back()->sync();
    }
    return true;
}

void PowerLossDisk::start_after_power_cut(Fate fate) {
    for (auto& [path, name] : names_) {
        const auto left = name.meanings[fate.reached(name.meanings.size() - 1)];
        std::filesystem::remove(path);
        std::filesystem::remove(path + "-shm");
        name.meanings = {nullptr};
        if (left != nullptr) {
            const std::string content = left->survivor(fate);
            std::ofstream(path, std::ios::binary) << content;
            name.meanings = {std::make_shared<FileImage>(content)};
        }
    }
    interrupted_ = nullptr;
    is_off_ = false;
}

void PowerLossDisk::start_after_kill() {
    if (interrupted_ != nullptr) {
        interrupted_->forget_last();
    }
    interrupted_ = nullptr;
    is_off_ = false;
}

} // namespace exarch::ledger

extern "C" {
int fsync(int descriptor) {
    return exarch::ledger::synced(descriptor, SYS_fsync);
}
int fdatasync(int descriptor) {
    return exarch::ledger::synced(descriptor, SYS_fdatasync);
}
}
