#include "aws/detail/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace exarch::aws {
namespace {

base::Status not_replaced(const std::string& path, int code) {
    return std::unexpected(
        base::Error(base::ErrorKind::system, fmt::format("{} can't be written: {}", path,
                                                         std::generic_category().message(code))));
}

} // namespace

base::Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found) {
        return std::unexpected(
            base::Error(base::ErrorKind::not_found, fmt::format("{} is not there", path)));
    }
    std::ifstream file(path, std::ios::binary);
    if (!std::filesystem::is_regular_file(status) || !file.good() ||
        std::filesystem::file_size(path, error) > bytes_max) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        fmt::format("{} can't be read: it must be a file of at most {} bytes that "
                                    "this user may read",
                                    path, bytes_max)));
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

base::Status replace_private_file(const std::string& path, std::string_view content) {
    // mkostemp() gives the right to read to the owner alone.
    std::string temporary = path + ".XXXXXX";
    const int file = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (file < 0) {
        return not_replaced(path, errno);
    }
    int code = 0;
    while (code == 0 && !content.empty()) {
        const ssize_t count = ::write(file, content.data(), content.size());
        if (count >= 0) {
            content.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            code = errno;
        }
    }
    if (code == 0 && ::fsync(file) != 0) {
        code = errno;
    }
    ::close(file);
    if (code == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) {
        code = errno;
    }
    if (code != 0) {
        ::unlink(temporary.c_str());
        return not_replaced(path, code);
    }
    return {};
}

} // namespace exarch::aws
