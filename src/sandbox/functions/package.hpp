#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox::functions {

/// A file of a deployment package.
struct PackageFile {
    /// `bootstrap`, `lib/tables.json`: relative, and never out of the package.
    std::string path;
    std::string contents;
    bool is_executable = false;

    friend bool operator==(const PackageFile&, const PackageFile&) = default;
};

/// What a function's code is: the files of a zip archive.
struct Package {
    std::vector<PackageFile> files;
    /// Of the archive, in Base64: CodeSha256.
    std::string sha256;
    /// Of the archive: CodeSize.
    std::size_t zip_bytes = 0;
};

/// Lambda's own.
struct PackageLimits {
    std::size_t unzipped_bytes_max = 262'144'000;
    std::size_t files_max = 10'000;
};

/// Unzips an archive. Fails as invalid where it is none, is damaged, leads out of its own folder,
/// or holds more than the limits allow; also on what this sandbox does not have: encryption, ZIP64,
/// symbolic links, and methods other than storing and deflating.
[[nodiscard]] base::Result<Package> read_package(std::string_view zip, PackageLimits limits = {});

} // namespace exarch::sandbox::functions
