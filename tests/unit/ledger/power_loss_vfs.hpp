#pragma once

#include "unit/ledger/power_loss_image.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace exarch::ledger {

/// A disk whose power can fail, under every file that SQLite opens while it lives: it is the
/// default VFS of the process, and passes everything on to the one that was. What a file or a
/// directory lost by a power cut is what fsync and fdatasync, which it listens to, had not made
/// durable: so it takes nothing for granted of when SQLite, or the ledger itself, syncs what. One
/// at a time; the files are in fresh directories. SQLite's -shm is not on this disk: whoever opens
/// a database first after a cut makes it anew.
class PowerLossDisk {
public:
    /// What it does to a sync that it says has succeeded.
    enum class Honesty : std::uint8_t { honest, forgets_files, forgets_directories };

    explicit PowerLossDisk(Honesty honesty = Honesty::honest);
    ~PowerLossDisk();
    PowerLossDisk(const PowerLossDisk&) = delete;
    PowerLossDisk& operator=(const PowerLossDisk&) = delete;

    /// A step is a write, truncation, creation, removal or sync. The power fails in the `step`th
    /// from now (0 is the next one): it may take effect in part, and none after it does.
    void fail_after(std::int64_t step) { fails_at_ = steps_ + step; }
    void fail_never() { fails_at_ = -1; }
    /// The power fails, or the process is killed, here, between two steps.
    void fail_now() { is_off_ = true; }
    [[nodiscard]] bool is_off() const { return is_off_; }
    [[nodiscard]] std::int64_t steps() const { return steps_; }

    /// After the power failed and everything that had files open is gone: leaves of the files what
    /// `fate` leaves of them. The power is on again.
    void start_after_power_cut(Fate fate);
    /// As though the process had been killed instead: nothing written is lost.
    void start_after_kill();

private:
    friend struct PowerLossCalls;
    friend int synced(int descriptor, long call);

    /// What a name stood for when its directory was last synced, and whatever it came to stand for
    /// since then; null for nothing.
    struct Name {
        std::vector<std::shared_ptr<FileImage>> meanings{nullptr};
    };

    /// Whether the power is still on after this step.
    bool step();
    /// Whether the power is still on after what was recorded last of `image` as pending.
    bool step_in(FileImage& image);
    std::shared_ptr<FileImage> image_of(const std::string& path);
    bool sync(const std::string& path);

    Honesty honesty_;
    sqlite3_vfs* below_;
    sqlite3_vfs vfs_;
    std::map<std::string, Name> names_;
    std::int64_t steps_ = 0;
    std::int64_t fails_at_ = -1;
    bool is_off_ = false;
    FileImage* interrupted_ = nullptr;
};

} // namespace exarch::ledger
