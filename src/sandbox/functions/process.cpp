#include "sandbox/functions/process.hpp"

#include "base/assert.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <vector>

namespace exarch::sandbox::functions {
namespace {

/// Both ends close by themselves in whatever is executed.
struct Pipe {
    Pipe() { is_open = ::pipe2(ends.data(), O_CLOEXEC) == 0; }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close(0);
        close(1);
    }

    void close(std::size_t end) {
        if (ends.at(end) >= 0) {
            ::close(std::exchange(ends.at(end), -1));
        }
    }
    int take(std::size_t end) { return std::exchange(ends.at(end), -1); }

    std::array<int, 2> ends{-1, -1};
    bool is_open = false;
};

std::unexpected<base::Error> failed(std::string_view what, int error) {
    const auto kind = error == EACCES   ? base::ErrorKind::denied
                      : error == ENOENT ? base::ErrorKind::not_found
                                        : base::ErrorKind::system;
    return std::unexpected(
        base::Error(kind, fmt::format("{}: {}", what, std::generic_category().message(error))));
}

/// What the child needs, made before there is one: between fork and exec nothing is allocated.
struct Image {
    explicit Image(const ProcessPlan& plan) : program(plan.program), directory(plan.directory) {
        for (const auto& [name, value] : plan.variables) {
            texts.push_back(fmt::format("{}={}", name, value));
        }
        for (std::string& text : texts) {
            variables.push_back(text.data());
        }
        variables.push_back(nullptr);
        arguments = {program.data(), nullptr};
    }

    std::string program;
    std::string directory;
    std::vector<std::string> texts;
    std::vector<char*> variables;
    std::vector<char*> arguments;
};

/// Never returns. Tells by `errors` what kept it from becoming the program.
[[noreturn]] void become(const Image& image, int parent, int output, int errors) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDONLY);
    const bool is_ready = ::getppid() == parent && nothing >= 0 && ::dup2(nothing, 0) >= 0 &&
                          ::dup2(output, 1) >= 0 && ::dup2(output, 2) >= 0 &&
                          ::chdir(image.directory.c_str()) == 0;
    // Sockets and files of the sandbox are none of the function's business.
    constexpr unsigned int all_others = 3;
    constexpr unsigned int close_on_exec = 1U << 2U;
    if (is_ready && ::syscall(SYS_close_range, all_others, ~0U, close_on_exec) == 0) {
        ::execve(image.program.c_str(), image.arguments.data(), image.variables.data());
    }
    const int error = errno;
    const auto told = ::write(errors, &error, sizeof error);
    ::_exit(told == sizeof error ? 127 : 126);
}

int open_watch(int pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

} // namespace

base::Result<Process> Process::start(const ProcessPlan& plan) {
    Pipe output;
    Pipe errors;
    if (!output.is_open || !errors.is_open) {
        return failed("no pipe", errno);
    }
    const Image image(plan);
    const int parent = ::getpid();
    const int pid = ::fork();
    if (pid < 0) {
        return failed("no process", errno);
    }
    if (pid == 0) {
        become(image, parent, output.ends[1], errors.ends[1]);
    }
    // The child does so too: whoever comes first, both find it done.
    ::setpgid(pid, pid);
    Process process(pid, open_watch(pid), output.take(0));
    errors.close(1);
    int error = 0;
    if (::read(errors.ends[0], &error, sizeof error) == sizeof error) {
        return failed(plan.program, error);
    }
    if (process.watch_ < 0) {
        return failed("no pidfd", errno);
    }
    ::fcntl(process.output_, F_SETFL, O_NONBLOCK);
    return process;
}

Process::~Process() {
    for (const int descriptor : {watch_, output_}) {
        if (descriptor >= 0) {
            ::close(descriptor);
        }
    }
    if (pid_ > 0) {
        ::kill(-pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

void Process::freeze() const {
    if (pid_ > 0) {
        ::kill(-pid_, SIGSTOP);
    }
}

void Process::thaw() const {
    if (pid_ > 0) {
        ::kill(-pid_, SIGCONT);
    }
}

Exit Process::reap() {
    EXARCH_ASSERT(pid_ > 0);
    // Before the child is waited for, nobody else can have the group's number.
    ::kill(-pid_, SIGKILL);
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    Exit exit;
    if (WIFSIGNALED(status)) {
        exit.signal = WTERMSIG(status);
    } else {
        exit.code = WEXITSTATUS(status);
    }
    return exit;
}

std::size_t Process::memory_peak_mib() const {
    std::ifstream status(fmt::format("/proc/{}/status", pid_));
    constexpr std::string_view name = "VmHWM:";
    for (std::string line; pid_ > 0 && std::getline(status, line);) {
        if (line.starts_with(name)) {
            const unsigned long kib = std::strtoul(line.c_str() + name.size(), nullptr, 10);
            return (kib + 1023) / 1024;
        }
    }
    return 0;
}

} // namespace exarch::sandbox::functions
