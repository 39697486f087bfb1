#pragma once

#include "base/environment.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace exarch::cli {

/// Where a verb writes: results to out(), progress and errors to error(). Tests pass their own.
class Terminal {
public:
    virtual ~Terminal() = default;

    virtual void out(std::string_view text) = 0;
    virtual void error(std::string_view text) = 0;

    /// Whether a person watches: only then is anything drawn again, or coloured.
    [[nodiscard]] virtual bool out_is_terminal() const = 0;
    [[nodiscard]] virtual bool error_is_terminal() const = 0;
    /// Never with NO_COLOR set, or where TERM is `dumb`.
    [[nodiscard]] virtual bool out_has_colour() const = 0;
    /// Characters a line of out() takes.
    [[nodiscard]] virtual std::size_t columns() const = 0;
    /// And one of error().
    [[nodiscard]] virtual std::size_t error_columns() const = 0;

    /// Waits. False where there is no use in going on.
    virtual bool pause(base::Duration duration) = 0;

    /// From here on, what nobody reads any more is lost, and nothing else: for services. Whoever
    /// else writes into a pipe that is closed has nobody left to work for, and ends by SIGPIPE.
    virtual void outlive_readers() {}
};

/// stdout and stderr of this process.
class ProcessTerminal final : public Terminal {
public:
    explicit ProcessTerminal(const base::Environment& environment);

    void out(std::string_view text) override;
    void error(std::string_view text) override;
    [[nodiscard]] bool out_is_terminal() const override { return out_is_terminal_; }
    [[nodiscard]] bool error_is_terminal() const override { return error_is_terminal_; }
    [[nodiscard]] bool out_has_colour() const override { return out_has_colour_; }
    [[nodiscard]] std::size_t columns() const override;
    [[nodiscard]] std::size_t error_columns() const override;
    /// True unless out() leads nowhere: who has seen enough sends a signal, or closes the other end
    /// of the pipe.
    bool pause(base::Duration duration) override;
    void outlive_readers() override;
    /// Why not all of out() could be written, in the system's words; empty where it was, or where
    /// nobody reads any more.
    [[nodiscard]] std::string out_failure() const;

private:
    /// Of the first writing that failed; 0 where none has.
    int out_error_ = 0;
    bool out_is_terminal_;
    bool error_is_terminal_;
    bool out_has_colour_;
};

} // namespace exarch::cli
