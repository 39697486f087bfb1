#pragma once

#include "base/time.hpp"
#include "http/message.hpp"
#include "sandbox/functions/function_log.hpp"
#include "sandbox/functions/host.hpp"
#include "sandbox/functions/invocation.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox::functions {

/// What a function is to those who run it. Never changed: an update makes another.
struct FunctionSpec {
    /// Unqualified: `arn:aws:lambda:eu-west-1:111122223333:function:purge`
    std::string arn;
    std::string name;
    std::string account;
    std::shared_ptr<const Package> package;
    std::chrono::seconds timeout{3};
    int memory_mib = 128;
};

/// How long things may take that are not the function's to set.
struct RuntimeLimits {
    base::Duration init_max = std::chrono::seconds(10);
    /// Lambda tells no figure; minutes were seen.
    base::Duration idle_max = std::chrono::minutes(5);
};

/// One execution environment: a process that asks for events over the Runtime API and works on one
/// at a time. A state machine without a clock: requests, output, the process's end and the time
/// come in, and the host does what follows. Between invocations it is frozen.
class Environment {
public:
    struct Parts {
        EnvironmentId id = 0;
        std::shared_ptr<const FunctionSpec> spec;
        std::map<std::string, std::string> variables;
        std::string log_stream;
        RuntimeLimits limits;
    };
    /// Both outlive it.
    Environment(Parts parts, Host& host, FunctionLog& log)
        : parts_(std::move(parts)), host_(host), log_(log) {}

    /// Starts the process, for that event.
    void start(std::shared_ptr<Invocation> invocation, base::Moment now);
    /// Gives an idle one its next event.
    void assign(std::shared_ptr<Invocation> invocation, base::Moment now);
    /// It takes no more events: it ends when it is idle.
    void retire();
    /// Ends it at once. Whatever it works on never ends.
    void stop();

    /// A request to the Runtime API; none where it waits, to be asked again after a thaw.
    [[nodiscard]] std::optional<http::Response> serve(const http::Request& request,
                                                      base::Moment now);
    void on_output(std::string_view text, base::Moment now);
    void on_exit(const Exit& exit, base::Moment now);
    /// Whatever is due.
    void advance(base::Moment now);

    [[nodiscard]] bool is_idle() const { return phase_ == Phase::idle && !invocation_; }
    [[nodiscard]] bool is_gone() const { return phase_ == Phase::gone; }
    [[nodiscard]] const FunctionSpec& spec() const { return *parts_.spec; }
    /// When it became idle, or whatever it is.
    [[nodiscard]] base::Instant since() const { return since_; }
    /// When advance() is wanted.
    [[nodiscard]] base::Instant deadline() const { return deadline_; }

private:
    enum class Phase : std::uint8_t { init, idle, busy, finishing, gone };

    [[nodiscard]] std::optional<http::Response> next(base::Moment now);
    [[nodiscard]] http::Response deliver(base::Moment now);
    [[nodiscard]] http::Response take_answer(std::string_view request_id, Outcome outcome,
                                             base::Moment now);
    [[nodiscard]] http::Response take_init_error(const http::Request& request, base::Moment now);

    void launch(base::Duration may_take, base::Moment now);
    /// The first attempt has failed: once more, within the function's own time.
    void fail_init(Outcome outcome, std::string_view status, base::Moment now);
    /// After an answer the process asked for more: the invocation is over.
    void finish(base::Moment now);
    void conclude(Outcome outcome, std::string_view status, base::Moment now);
    void become_idle(base::Moment now);
    void time_out(base::Moment now);
    void write(std::string text, base::Moment now);
    [[nodiscard]] Outcome failure(std::string_view type, std::string_view message) const;

    Parts parts_;
    Host& host_;
    FunctionLog& log_;
    Phase phase_ = Phase::init;
    base::Instant since_;
    base::Instant deadline_;
    std::shared_ptr<Invocation> invocation_;
    /// Given already, while the process has not asked for more.
    std::optional<Outcome> answer_;
    base::Instant answered_at_;
    /// To be told once.
    std::optional<base::Duration> init_took_;
    bool is_second_init_ = false;
    bool is_retiring_ = false;
    std::string line_;
};

} // namespace exarch::sandbox::functions
