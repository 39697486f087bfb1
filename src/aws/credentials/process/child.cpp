#include "aws/credentials/process/child.hpp"

#include "aws/detail/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <system_error>
#include <utility>

namespace exarch::aws {
namespace {

constexpr int none = -1;

/// What becomes of the descriptors: ours are not marked to be closed by exec() in every library
/// that opens some, so all but the standard three are closed.
class FileActions {
public:
    explicit FileActions(int output) {
        posix_spawn_file_actions_init(&actions_);
        // First of all: the pipe may have taken the place of a standard stream that we lack.
        posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;

    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

/// A process group of its own, and no signal blocked or ignored because we do so.
class Attributes {
public:
    Attributes() {
        sigset_t blocked;
        sigset_t defaults;
        sigemptyset(&blocked);
        sigfillset(&defaults);
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setsigmask(&attributes_, &blocked);
        posix_spawnattr_setsigdefault(&attributes_, &defaults);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                   POSIX_SPAWN_SETPGROUP);
    }
    ~Attributes() { posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;

    [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> lines_of(const base::Environment& environment) {
    std::vector<std::string> lines;
    lines.reserve(environment.all().size());
    for (const auto& [name, value] : environment.all()) {
        lines.push_back(fmt::format("{}={}", name, value));
    }
    return lines;
}

base::Error not_started(std::string_view program, int code) {
    constexpr std::size_t shown_max = 256;
    const bool is_for_now = code == EAGAIN || code == ENOMEM || code == EMFILE || code == ENFILE;
    return base::Error(is_for_now ? base::ErrorKind::unreachable : base::ErrorKind::invalid,
                       fmt::format("{} can't be started: {}", printable(program, shown_max),
                                   std::generic_category().message(code)));
}

} // namespace

base::Result<Child> Child::start(const base::Environment& environment,
                                 const std::vector<std::string>& arguments) {
    std::array<int, 2> pipe{none, none};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        return std::unexpected(not_started(arguments.front(), errno));
    }
    std::vector<std::string> words = arguments;
    std::vector<std::string> variables = lines_of(environment);
    const FileActions actions(pipe[1]);
    const Attributes attributes;
    pid_t process = 0;
    const int code =
        ::posix_spawnp(&process, words.front().c_str(), actions.get(), attributes.get(),
                       pointers_to(words).data(), pointers_to(variables).data());
    ::close(pipe[1]);
    if (code != 0) {
        ::close(pipe[0]);
        return std::unexpected(not_started(arguments.front(), code));
    }
    return Child(process, pipe[0]);
}

Child::Child(Child&& other) noexcept
    : process_(std::exchange(other.process_, 0)), output_(std::exchange(other.output_, none)),
      status_(other.status_) {}

Child::~Child() {
    if (output_ != none) {
        ::close(output_);
    }
    if (process_ != 0) {
        kill();
        while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

int Child::take_output() {
    return std::exchange(output_, none);
}

bool Child::has_ended() {
    if (process_ == 0) {
        return true;
    }
    const pid_t ended = ::waitpid(process_, &status_, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) {
        return false;
    }
    // Whoever started us may have chosen to ignore SIGCHLD. Then nobody learns how children end,
    // and the output has to speak for itself.
    status_ = ended < 0 ? 0 : status_;
    process_ = 0;
    return true;
}

std::string Child::failure() const {
    if (WIFSIGNALED(status_)) {
        return fmt::format("was ended by signal {}", WTERMSIG(status_));
    }
    return WEXITSTATUS(status_) == 0 ? std::string()
                                     : fmt::format("exited with code {}", WEXITSTATUS(status_));
}

void Child::kill() {
    if (process_ != 0) {
        ::kill(-process_, SIGKILL);
    }
}

} // namespace exarch::aws
