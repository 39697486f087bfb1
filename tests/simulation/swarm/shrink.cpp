#include "simulation/swarm/shrink.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

namespace exarch::simulation {
namespace {

class Shrinker {
public:
    Shrinker(RunParams failing, const Trial& trial)
        : best_(std::move(failing)), trial_(trial), rule_(trial(best_)) {}

    RunParams run() {
        bool has_changed = !rule_.empty();
        while (has_changed) {
            has_changed = leave_out_faults();
            has_changed = cut_messages() || has_changed;
            has_changed = skip_messages() || has_changed;
            has_changed = cut_wishes() || has_changed;
        }
        return best_;
    }

private:
    bool keeps_failing(RunParams candidate) {
        if (trial_(candidate) != rule_) {
            return false;
        }
        best_ = std::move(candidate);
        return true;
    }

    bool leave_out_faults() {
        bool has_changed = false;
        for (const Fault fault : best_.workers > 0 ? shared_faults() : all_faults()) {
            RunParams candidate = best_;
            if (candidate.without.insert(fault).second) {
                has_changed = keeps_failing(std::move(candidate)) || has_changed;
            }
        }
        return has_changed;
    }

    /// As few messages as it takes, none left out before the last.
    bool cut_messages() {
        constexpr std::uint64_t many = 5000;
        const std::uint64_t before = best_.messages_max.value_or(many);
        std::uint64_t enough = before;
        std::uint64_t too_few = 0;
        while (enough - too_few > 1) {
            RunParams candidate = best_;
            candidate.messages_max = too_few + (enough - too_few) / 2;
            const std::uint64_t tried = *candidate.messages_max;
            (keeps_failing(std::move(candidate)) ? enough : too_few) = tried;
        }
        return enough < before;
    }

    /// Leaves out runs of messages, half of them first.
    bool skip_messages() {
        const std::uint64_t count = best_.messages_max.value_or(0);
        bool has_changed = false;
        for (std::uint64_t length = count / 2; length > 0; length /= 2) {
            for (std::uint64_t from = 0; from < count; from += length) {
                RunParams candidate = best_;
                bool leaves_out_more = false;
                for (std::uint64_t at = from; at < std::min(from + length, count); ++at) {
                    leaves_out_more = candidate.skipped.insert(at).second || leaves_out_more;
                }
                has_changed =
                    (leaves_out_more && keeps_failing(std::move(candidate))) || has_changed;
            }
        }
        return has_changed;
    }

    bool cut_wishes() {
        for (const std::uint64_t most : {1U, 2U, 3U, 5U, 8U}) {
            RunParams candidate = best_;
            candidate.wishes_max = most;
            if (best_.wishes_max.value_or(most + 1) > most && keeps_failing(std::move(candidate))) {
                return true;
            }
        }
        return false;
    }

    RunParams best_;
    const Trial& trial_;
    std::string rule_;
};

std::string rule_of(const RunOutcome& outcome) {
    if (!outcome.has_failed()) {
        return {};
    }
    const std::string& violation = outcome.violations.front();
    return violation.substr(0, violation.find(':'));
}

/// In the child: what the run comes to goes into the pipe.
[[noreturn]] void try_and_tell(const RunParams& params, int pipe) {
    // What it aborts with has been said once already.
    static_cast<void>(std::signal(SIGABRT, SIG_DFL));
    static_cast<void>(close(STDERR_FILENO));
    const std::string rule = rule_of(run(params));
    const auto written = write(pipe, rule.data(), rule.size());
    _exit(written == static_cast<ssize_t>(rule.size()) ? 0 : 1);
}

} // namespace

std::string try_apart(const RunParams& params) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) {
        return {};
    }
    const pid_t child = fork();
    if (child == 0) {
        try_and_tell(params, ends[1]);
    }
    static_cast<void>(close(ends[1]));
    std::array<char, 64> buffer{};
    const ssize_t length = read(ends[0], buffer.data(), buffer.size());
    static_cast<void>(close(ends[0]));
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return {};
    }
    if (WIFSIGNALED(status)) {
        return "abort";
    }
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
}

RunParams shrink(RunParams failing, const Trial& trial) {
    return Shrinker(std::move(failing), trial).run();
}

} // namespace exarch::simulation
