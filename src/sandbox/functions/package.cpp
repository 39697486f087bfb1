#include "sandbox/functions/package.hpp"

#include "base/sha256.hpp"
#include "sandbox/sqs/model/digest.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace exarch::sandbox::functions {
namespace {

using base::Result;

// APPNOTE.TXT of PKWARE, 4.3.12 (central directory), 4.3.16 (its end), 4.3.7 (local header).
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::size_t end_bytes = 22;
constexpr std::size_t central_bytes = 46;
constexpr std::size_t local_bytes = 30;
constexpr std::size_t comment_bytes_max = 65'535;
constexpr std::uint32_t is_zip64 = 0xffffffff;

/// Little-endian numbers at places that were checked to be inside.
class Bytes {
public:
    explicit Bytes(std::string_view text) : text_(text) {}

    [[nodiscard]] bool has(std::size_t at, std::size_t count) const {
        return at <= text_.size() && count <= text_.size() - at;
    }
    [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t count) const {
        std::uint32_t value = 0;
        for (std::size_t i = count; i > 0; --i) {
            value = value << 8U | static_cast<unsigned char>(text_[at + i - 1]);
        }
        return value;
    }
    [[nodiscard]] std::uint32_t two(std::size_t at) const { return number(at, 2); }
    [[nodiscard]] std::uint32_t four(std::size_t at) const { return number(at, 4); }
    [[nodiscard]] std::string_view part(std::size_t at, std::size_t count) const {
        return text_.substr(at, count);
    }
    [[nodiscard]] std::size_t size() const { return text_.size(); }

private:
    std::string_view text_;
};

/// An entry of the central directory.
struct Entry {
    std::string path;
    std::uint32_t flags = 0;
    std::uint32_t method = 0;
    std::uint32_t checksum = 0;
    std::uint32_t packed_bytes = 0;
    std::uint32_t bytes = 0;
    /// As Unix has it; 0 where the archive was made elsewhere.
    std::uint32_t mode = 0;
    std::size_t local_at = 0;
    std::size_t entry_bytes = 0;
};

std::optional<std::size_t> find_end(const Bytes& zip) {
    if (zip.size() < end_bytes) {
        return std::nullopt;
    }
    const std::size_t last = zip.size() - end_bytes;
    const std::size_t first = last - std::min(last, comment_bytes_max);
    for (std::size_t at = last + 1; at > first; --at) {
        if (zip.four(at - 1) == end_signature) {
            return at - 1;
        }
    }
    return std::nullopt;
}

std::optional<Entry> read_entry(const Bytes& zip, std::size_t at) {
    if (!zip.has(at, central_bytes) || zip.four(at) != central_signature) {
        return std::nullopt;
    }
    constexpr std::uint32_t made_by_unix = 3;
    const std::size_t name_bytes = zip.two(at + 28);
    Entry entry{.path = {},
                .flags = zip.two(at + 8),
                .method = zip.two(at + 10),
                .checksum = zip.four(at + 16),
                .packed_bytes = zip.four(at + 20),
                .bytes = zip.four(at + 24),
                .mode = zip.two(at + 4) >> 8U == made_by_unix ? zip.four(at + 38) >> 16U : 0,
                .local_at = zip.four(at + 42),
                .entry_bytes = central_bytes + name_bytes + zip.two(at + 30) + zip.two(at + 32)};
    if (!zip.has(at, entry.entry_bytes)) {
        return std::nullopt;
    }
    entry.path = zip.part(at + central_bytes, name_bytes);
    return entry;
}

/// Absolute, or with `..` in it: whoever unpacks it would write somewhere else.
bool leads_out(std::string_view path) {
    if (path.empty() || path.starts_with('/') || path.contains('\\') || path.contains('\0')) {
        return true;
    }
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        if (path.substr(0, end) == ".." || end == 0) {
            return true;
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return false;
}

std::string lacking(const Entry& entry) {
    constexpr std::uint32_t file_type = 0170000;
    constexpr std::uint32_t link_type = 0120000;
    if ((entry.flags & 1U) != 0) {
        return "is encrypted";
    }
    if (entry.packed_bytes == is_zip64 || entry.bytes == is_zip64 || entry.local_at == is_zip64) {
        return "needs ZIP64";
    }
    if (entry.method != 0 && entry.method != Z_DEFLATED) {
        return fmt::format("is compressed by method {}; there is 0 (stored) and 8 (deflated)",
                           entry.method);
    }
    return (entry.mode & file_type) == link_type ? "is a symbolic link" : "";
}

/// Exactly `bytes`, or nothing.
std::optional<std::string> inflate_all(std::string_view packed, std::size_t bytes) {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return std::nullopt;
    }
    std::string out(bytes, '\0');
    // One byte more, so that what is too long does not look right.
    Bytef more = 0;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    int state = out.empty() ? Z_OK : inflate(&stream, Z_FINISH);
    if (state == Z_OK || state == Z_BUF_ERROR) {
        stream.next_out = &more;
        stream.avail_out = 1;
        state = inflate(&stream, Z_FINISH);
    }
    const bool is_whole = state == Z_STREAM_END && stream.total_out == bytes;
    inflateEnd(&stream);
    return is_whole ? std::optional(std::move(out)) : std::nullopt;
}

Result<std::string> read_contents(const Bytes& zip, const Entry& entry) {
    const auto damaged = [&] { return base::invalid(fmt::format("{}: is damaged", entry.path)); };
    if (!zip.has(entry.local_at, local_bytes) || zip.four(entry.local_at) != local_signature) {
        return damaged();
    }
    const std::size_t begin =
        entry.local_at + local_bytes + zip.two(entry.local_at + 26) + zip.two(entry.local_at + 28);
    if (!zip.has(begin, entry.packed_bytes)) {
        return damaged();
    }
    const std::string_view packed = zip.part(begin, entry.packed_bytes);
    auto contents =
        entry.method == 0 ? std::optional(std::string(packed)) : inflate_all(packed, entry.bytes);
    if (!contents || contents->size() != entry.bytes) {
        return damaged();
    }
    const auto* const bytes = reinterpret_cast<const Bytef*>(contents->data());
    if (crc32_z(crc32_z(0, nullptr, 0), bytes, contents->size()) != entry.checksum) {
        return damaged();
    }
    return std::move(*contents);
}

Result<PackageFile> read_file(const Bytes& zip, const Entry& entry) {
    constexpr std::uint32_t executable = 0100;
    if (const std::string what = lacking(entry); !what.empty()) {
        return base::invalid(
            fmt::format("{}: {}, which this sandbox does not have", entry.path, what));
    }
    EXARCH_TRY(std::string contents, read_contents(zip, entry));
    return PackageFile{entry.path, std::move(contents), (entry.mode & executable) != 0};
}

} // namespace

Result<Package> read_package(std::string_view archive, PackageLimits limits) {
    const Bytes zip(archive);
    const auto end = find_end(zip);
    if (!end) {
        return base::invalid("is no zip archive");
    }
    Package package{.files = {}, .sha256 = {}, .zip_bytes = archive.size()};
    std::size_t at = zip.four(*end + 16);
    std::size_t bytes_left = limits.unzipped_bytes_max;
    for (std::uint32_t left = zip.two(*end + 10); left > 0; --left) {
        const auto entry = read_entry(zip, at);
        if (!entry) {
            return base::invalid("has no whole directory");
        }
        at += entry->entry_bytes;
        if (leads_out(entry->path)) {
            return base::invalid(fmt::format("\"{}\" leads out of the package", entry->path));
        }
        if (entry->path.ends_with('/')) {
            continue;
        }
        if (package.files.size() >= limits.files_max || entry->bytes > bytes_left) {
            return base::invalid(fmt::format("holds more than {} files or {} bytes",
                                             limits.files_max, limits.unzipped_bytes_max));
        }
        bytes_left -= entry->bytes;
        EXARCH_TRY(PackageFile file, read_file(zip, *entry));
        package.files.push_back(std::move(file));
    }
    const base::Sha256 digest = base::sha256(archive);
    package.sha256 = sqs::encode_base64(
        std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
    return package;
}

} // namespace exarch::sandbox::functions
