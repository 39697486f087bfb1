#pragma once

#include "base/result.hpp"
#include "sandbox/functions/package.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace exarch::sandbox::functions {

/// The files of packages, in a directory of the system's for such; gone with this object, those of
/// a package with the last function that has it.
class Unpacked {
public:
    Unpacked() = default;
    ~Unpacked();
    Unpacked(const Unpacked&) = delete;
    Unpacked& operator=(const Unpacked&) = delete;

    /// The directory that has the package's files; made where there is none yet. Fails as system.
    [[nodiscard]] base::Result<std::string>
    directory_of(const std::shared_ptr<const Package>& package);

private:
    struct Place {
        std::weak_ptr<const Package> package;
        std::string directory;
    };

    void sweep();

    std::string root_;
    std::map<const Package*, Place> places_;
    std::uint64_t count_ = 0;
};

} // namespace exarch::sandbox::functions
