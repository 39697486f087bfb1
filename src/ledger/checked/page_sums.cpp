#include "ledger/checked/page_sums.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

namespace exarch::ledger {
namespace {

// The numbers in the file are little-endian, as all processors are that exarch is built for.
static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t magic = 0x31736d7573726178; // `xarsums1`
// The sums follow in pages of their own: a write to the head cannot tear them.
constexpr std::int64_t sums_offset = 4096;
// Of a page that was never written, which reads as zeros.
constexpr std::uint64_t no_sum = 0;
// Sums written at once when a file of them is made.
constexpr std::size_t batch_length = 1024;
// To SQLite it is a file that has to last and is not locked; it syncs its directory as well.
constexpr int file_kind = SQLITE_OPEN_SUPER_JOURNAL;

struct Head {
    std::uint64_t mark = magic;
    LogMark log;
    std::uint64_t sum = 0;
};
static_assert(sizeof(Head) == 32);

// Each step is a bijection of the lane: bytes that differ in one word only never have the same
// sum, and any others with a chance of one in 2^64.
constexpr std::uint64_t step(std::uint64_t lane, std::uint64_t word) {
    return std::rotl((lane ^ word) * 0x9e3779b97f4a7c15U, 29);
}

/// Of whole blocks of four words each.
std::uint64_t sum_of(std::span<const std::byte> bytes, std::uint64_t place) {
    std::array<std::uint64_t, 4> lanes{place + 1, 2, 3, 4};
    for (std::size_t start = 0; start < bytes.size(); start += sizeof(lanes)) {
        std::array<std::uint64_t, 4> words{};
        std::memcpy(words.data(), bytes.data() + start, sizeof(words));
        for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
            lanes[lane] = step(lanes[lane], words[lane]);
        }
    }
    std::uint64_t sum = 0;
    for (const std::uint64_t lane : lanes) {
        sum = step(sum, lane);
    }
    return std::max<std::uint64_t>(sum ^ (sum >> 32U), no_sum + 1);
}

std::uint64_t sum_of(const Head& head) {
    std::array<std::byte, sizeof(Head)> bytes{};
    std::memcpy(bytes.data(), &head, offsetof(Head, sum));
    return sum_of(bytes, 0);
}

bool is_zero(std::span<const std::byte> page) {
    return std::ranges::all_of(page, [](std::byte byte) { return byte == std::byte(0); });
}

std::uint64_t place_of(std::int64_t offset) {
    return static_cast<std::uint64_t>(offset / PageSums::page_length);
}

std::int64_t offset_of_sum(std::int64_t offset) {
    return sums_offset + offset / PageSums::page_length * std::int64_t(sizeof(std::uint64_t));
}

} // namespace

PlainFile::~PlainFile() {
    close();
}

int PlainFile::open(sqlite3_vfs& below, const char* name, int flags, int* flags_out) {
    memory_ = std::make_unique<std::byte[]>(static_cast<std::size_t>(below.szOsFile));
    auto* file = reinterpret_cast<sqlite3_file*>(memory_.get());
    const int code = below.xOpen(&below, name, file, flags, flags_out);
    if (file->pMethods != nullptr) {
        file_ = file;
    }
    if (code != SQLITE_OK) {
        close();
    }
    return code;
}

void PlainFile::close() {
    if (file_ != nullptr) {
        file_->pMethods->xClose(file_);
        file_ = nullptr;
    }
}

PageSums::PageSums(sqlite3_vfs& below, const std::string& database, bool is_read_only)
    : below_(&below), path_(database + "-sums") {
    const int access = is_read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    int access_had = 0;
    if (file_.open(below, path_.c_str(), access | file_kind, &access_had) != SQLITE_OK) {
        return;
    }
    Head head{.mark = 0, .log = {}, .sum = 0};
    exist_ = file_.read(&head, sizeof(head), 0) == SQLITE_OK && head.mark == magic;
}

int PageSums::create(const PlainFile& database) {
    int code = SQLITE_OK;
    const auto succeeds = [&code](int result) {
        code = result;
        return code == SQLITE_OK;
    };
    file_.close();
    sqlite3_int64 length = 0;
    if (!succeeds(file_.open(*below_, path_.c_str(),
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | file_kind, nullptr)) ||
        !succeeds(file_.get()->pMethods->xTruncate(file_.get(), 0)) ||
        !succeeds(database.get()->pMethods->xFileSize(database.get(), &length))) {
        return code;
    }
    std::vector<std::byte> page(page_length);
    std::vector<std::uint64_t> sums;
    for (std::int64_t offset = 0; offset < length;) {
        const std::int64_t first = offset;
        sums.clear();
        for (; offset < length && sums.size() < batch_length; offset += page_length) {
            if (!succeeds(database.read(page.data(), page_length, offset))) {
                return code;
            }
            sums.push_back(is_zero(page) ? no_sum : sum_of(page, place_of(offset)));
        }
        if (!succeeds(file_.write(sums.data(), int(sums.size() * sizeof(std::uint64_t)),
                                  offset_of_sum(first)))) {
            return code;
        }
    }
    // The head last: without it these are no sums.
    if (succeeds(file_.sync())) {
        exist_ = true;
        exist_ = succeeds(forget_log());
    }
    return code;
}

int PageSums::check(std::span<const std::byte> page, std::int64_t offset) const {
    std::uint64_t expected = no_sum;
    const int code = file_.read(&expected, sizeof(expected), offset_of_sum(offset));
    // Past the end of the sums it reads as zeros.
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) {
        return code;
    }
    const bool is_sound =
        expected == no_sum ? is_zero(page) : sum_of(page, place_of(offset)) == expected;
    return is_sound ? SQLITE_OK : SQLITE_IOERR_DATA;
}

int PageSums::note(std::span<const std::byte> page, std::int64_t offset) const {
    const std::uint64_t sum = sum_of(page, place_of(offset));
    return file_.write(&sum, sizeof(sum), offset_of_sum(offset));
}

LogMark PageSums::log() const {
    Head head;
    // Where a power cut tore the head, nobody knows how far the log reached.
    const bool is_known =
        exist_ && file_.read(&head, sizeof(head), 0) == SQLITE_OK && head.sum == sum_of(head);
    return is_known ? head.log : LogMark();
}

int PageSums::note_log(const LogMark& log) const {
    if (!exist_) {
        return SQLITE_OK;
    }
    Head head{.mark = magic, .log = log, .sum = 0};
    head.sum = sum_of(head);
    return file_.write(&head, sizeof(head), 0);
}

int PageSums::forget_log() const {
    if (!exist_) {
        return SQLITE_OK;
    }
    const int code = note_log({});
    return code == SQLITE_OK ? file_.sync() : code;
}

} // namespace exarch::ledger
