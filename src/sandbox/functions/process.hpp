#pragma once

#include "base/result.hpp"
#include "sandbox/functions/host.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace exarch::sandbox::functions {

struct ProcessPlan {
    /// An absolute path.
    std::string program;
    std::string directory;
    /// All that the program gets of an environment.
    std::map<std::string, std::string> variables;
};

/// A child process in a process group of its own, which no descendant that stays in it outlives.
/// The kernel kills it when this process ends, however that happens.
class Process {
public:
    /// Fails as not_found or denied where the program can't be run.
    [[nodiscard]] static base::Result<Process> start(const ProcessPlan& plan);

    Process(Process&& other) noexcept
        : pid_(std::exchange(other.pid_, 0)), watch_(std::exchange(other.watch_, -1)),
          output_(std::exchange(other.output_, -1)) {}
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    Process& operator=(Process&&) = delete;
    /// Kills the group and waits for the child.
    ~Process();

    /// SIGSTOP and SIGCONT to the group.
    void freeze() const;
    void thaw() const;
    /// How it ended; to be asked once the watch says that it has.
    [[nodiscard]] Exit reap();
    [[nodiscard]] std::size_t memory_peak_mib() const;

    /// Descriptors that turn readable: when the child has ended, and when it has written. Whoever
    /// takes them closes them.
    [[nodiscard]] int take_watch() { return std::exchange(watch_, -1); }
    [[nodiscard]] int take_output() { return std::exchange(output_, -1); }

private:
    Process(int pid, int watch, int output) : pid_(pid), watch_(watch), output_(output) {}

    /// 0 once it was waited for.
    int pid_ = 0;
    int watch_ = -1;
    int output_ = -1;
};

} // namespace exarch::sandbox::functions
