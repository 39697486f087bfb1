#pragma once

#include "sandbox/functions/package.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace exarch::sandbox::functions {

/// An execution environment, unlike any other of this process's life.
using EnvironmentId = std::uint64_t;

/// What runs in an execution environment.
struct LaunchPlan {
    std::shared_ptr<const Package> package;
    /// All but AWS_LAMBDA_RUNTIME_API and LAMBDA_TASK_ROOT, which the host knows.
    std::map<std::string, std::string> variables;
};

/// How a process ended: exactly one of the three.
struct Exit {
    std::optional<int> code = {};
    std::optional<int> signal = {};
    /// Why it never began; empty where it did.
    std::string start_error = {};
};

/// The processes of execution environments, as the fleet has them done. What becomes of them comes
/// back as Fleet::serve(), on_output() and on_exit().
class Host {
public:
    virtual ~Host() = default;

    [[nodiscard]] virtual EnvironmentId reserve() = 0;
    /// Starts a process. Where that fails, on_exit() tells, later.
    virtual void start(EnvironmentId id, const LaunchPlan& plan) = 0;
    /// It runs no more until thaw().
    virtual void freeze(EnvironmentId id) = 0;
    /// It runs again, and its waiting request is asked again.
    virtual void thaw(EnvironmentId id) = 0;
    /// Ends it, frozen or not, and everything it has started. Nothing is heard of it any more.
    virtual void stop(EnvironmentId id) = 0;
    /// The most memory that it has used so far.
    [[nodiscard]] virtual std::size_t memory_peak_mib(EnvironmentId id) const = 0;
};

} // namespace exarch::sandbox::functions
