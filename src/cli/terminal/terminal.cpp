#include "cli/terminal/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>

namespace exarch::cli {
namespace {

std::size_t columns_of(int descriptor) {
    constexpr std::size_t usual = 80;
    winsize size = {};
    const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : usual;
}

} // namespace

ProcessTerminal::ProcessTerminal(const base::Environment& environment)
    : out_is_terminal_(::isatty(STDOUT_FILENO) == 1),
      error_is_terminal_(::isatty(STDERR_FILENO) == 1),
      out_has_colour_(out_is_terminal_ && !environment.get("NO_COLOR").has_value() &&
                      environment.get("TERM") != "dumb") {}

void ProcessTerminal::out(std::string_view text) {
    errno = 0;
    const bool is_written =
        std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (!is_written && out_error_ == 0) {
        out_error_ = errno == 0 ? EIO : errno;
    }
}

void ProcessTerminal::error(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

std::size_t ProcessTerminal::columns() const {
    return columns_of(STDOUT_FILENO);
}

std::size_t ProcessTerminal::error_columns() const {
    return columns_of(STDERR_FILENO);
}

bool ProcessTerminal::pause(base::Duration duration) {
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
    ::poll(nullptr, 0, static_cast<int>(milliseconds));
    return out_error_ == 0;
}

void ProcessTerminal::outlive_readers() {
    std::signal(SIGPIPE, SIG_IGN);
}

std::string ProcessTerminal::out_failure() const {
    return out_error_ == 0 || out_error_ == EPIPE ? ""
                                                  : std::generic_category().message(out_error_);
}

} // namespace exarch::cli
