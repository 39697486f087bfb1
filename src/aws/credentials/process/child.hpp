#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace exarch::aws {

/// A program that we have started, with the end of the pipe that its standard output goes to. What
/// still runs when this goes is killed and awaited, so that no zombie stays behind.
class Child {
public:
    /// See run_command().
    [[nodiscard]] static base::Result<Child> start(const base::Environment& environment,
                                                   const std::vector<std::string>& arguments);
    Child(Child&& other) noexcept;
    Child& operator=(Child&&) = delete;
    ~Child();

    /// The descriptor to read from; from now on the caller's to close.
    [[nodiscard]] int take_output();

    /// Whether it has ended; does not wait.
    [[nodiscard]] bool has_ended();
    /// Empty where it has ended well; else `exited with code 3` or `was ended by signal 9`.
    [[nodiscard]] std::string failure() const;

    /// Kills it and all processes of its group.
    void kill();
    /// Leaves it to itself, a zombie at worst: for one that not even SIGKILL ends.
    void abandon() { process_ = 0; }

private:
    Child(pid_t process, int output) : process_(process), output_(output) {}

    /// 0 once it has ended.
    pid_t process_;
    int output_;
    /// As waitpid() tells it.
    int status_ = 0;
};

} // namespace exarch::aws
