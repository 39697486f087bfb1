#include "aws/detail/file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace exarch::aws {

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

} // namespace exarch::aws
