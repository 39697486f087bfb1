#include "sandbox/functions/unpacked.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace exarch::sandbox::functions {
namespace {

namespace fs = std::filesystem;

std::unexpected<base::Error> failed(const std::string& what, const std::error_code& error) {
    return std::unexpected(
        base::Error(base::ErrorKind::system, fmt::format("{}: {}", what, error.message())));
}

base::Result<std::string> make_root() {
    std::error_code error;
    std::string path = (fs::temp_directory_path(error) / "exarch-sandbox-XXXXXX").string();
    if (error || ::mkdtemp(path.data()) == nullptr) {
        return failed(path, error ? error : std::error_code(errno, std::generic_category()));
    }
    return path;
}

base::Status write(const PackageFile& file, const fs::path& directory) {
    const fs::path path = directory / file.path;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) {
        return failed(path.string(), error);
    }
    std::ofstream out(path, std::ios::binary);
    out << file.contents << std::flush;
    if (!out) {
        return failed(path.string(), std::make_error_code(std::errc::io_error));
    }
    // As in Lambda, a function can't write to its own code.
    using enum fs::perms;
    const fs::perms readable = owner_read | group_read | others_read;
    const fs::perms wanted =
        file.is_executable ? readable | owner_exec | group_exec | others_exec : readable;
    fs::permissions(path, wanted, error);
    return error ? failed(path.string(), error) : base::Status();
}

} // namespace

Unpacked::~Unpacked() {
    if (!root_.empty()) {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }
}

base::Result<std::string> Unpacked::directory_of(const std::shared_ptr<const Package>& package) {
    sweep();
    if (const auto known = places_.find(package.get()); known != places_.end()) {
        return known->second.directory;
    }
    if (root_.empty()) {
        EXARCH_TRY(root_, make_root());
    }
    const fs::path directory = fs::path(root_) / fmt::to_string(++count_);
    std::error_code error;
    fs::create_directory(directory, error);
    if (error) {
        return failed(directory.string(), error);
    }
    for (const PackageFile& file : package->files) {
        EXARCH_CHECK(write(file, directory));
    }
    return places_.emplace(package.get(), Place{package, directory.string()})
        .first->second.directory;
}

void Unpacked::sweep() {
    std::erase_if(places_, [](const auto& each) {
        std::error_code ignored;
        const bool is_unused = each.second.package.expired();
        if (is_unused) {
            fs::remove_all(each.second.directory, ignored);
        }
        return is_unused;
    });
}

} // namespace exarch::sandbox::functions
