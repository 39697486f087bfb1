#include "sandbox/functions/environment.hpp"

#include "sandbox/functions/runtime_api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::sandbox::functions {
namespace {

constexpr std::size_t tail_bytes_max = 4096;
constexpr std::size_t line_bytes_max = std::size_t{64} * 1024;

double milliseconds_of(base::Duration duration) {
    return static_cast<double>(duration.count()) / 1000;
}

std::string describe(const Exit& exit) {
    if (exit.signal) {
        return fmt::format("Runtime exited with error: signal: {}", *exit.signal);
    }
    if (exit.code.value_or(0) != 0) {
        return fmt::format("Runtime exited with error: exit status {}", *exit.code);
    }
    return "Runtime exited without providing a reason";
}

http::Response wrong_state(std::string_view wanted) {
    return format_runtime_error(
        403, "InvalidStateTransition",
        fmt::format("State transition to {} is not allowed for the runtime now", wanted));
}

} // namespace

void Environment::start(std::shared_ptr<Invocation> invocation, base::Moment now) {
    invocation_ = std::move(invocation);
    launch(parts_.limits.init_max, now);
}

void Environment::launch(base::Duration may_take, base::Moment now) {
    phase_ = Phase::init;
    since_ = now.steady;
    deadline_ = now.steady + may_take;
    write("INIT_START Runtime Version: provided:al2023.sandbox", now);
    host_.start(parts_.id, {parts_.spec->package, parts_.variables});
}

void Environment::assign(std::shared_ptr<Invocation> invocation, base::Moment now) {
    invocation_ = std::move(invocation);
    since_ = now.steady;
    deadline_ = now.steady + parts_.spec->timeout;
    host_.thaw(parts_.id);
}

void Environment::retire() {
    is_retiring_ = true;
    if (is_idle()) {
        stop();
    }
}

void Environment::stop() {
    if (phase_ != Phase::gone) {
        phase_ = Phase::gone;
        host_.stop(parts_.id);
    }
}

std::optional<http::Response> Environment::serve(const http::Request& request, base::Moment now) {
    const RuntimeCall call = parse_runtime_call(request);
    switch (call.kind) {
    case RuntimeCall::Kind::next:
        return next(now);
    case RuntimeCall::Kind::response:
        return take_answer(call.request_id, {.is_error = false, .payload = request.body}, now);
    case RuntimeCall::Kind::error:
        return take_answer(call.request_id, {.is_error = true, .payload = request.body}, now);
    case RuntimeCall::Kind::init_error:
        return take_init_error(request, now);
    case RuntimeCall::Kind::unknown:
        break;
    }
    http::Response response;
    response.status = 404;
    response.body = "404 page not found\n";
    return response;
}

std::optional<http::Response> Environment::next(base::Moment now) {
    switch (phase_) {
    case Phase::init:
        // What a second attempt takes is part of the invocation.
        if (!is_second_init_) {
            init_took_ = now.steady - since_;
        }
        break;
    case Phase::finishing:
        finish(now);
        break;
    case Phase::idle:
        break;
    case Phase::busy:
        return wrong_state("Ready");
    case Phase::gone:
        return http::Response();
    }
    if (invocation_) {
        return deliver(now);
    }
    if (phase_ != Phase::idle) {
        become_idle(now);
    }
    return phase_ == Phase::gone ? std::optional(http::Response()) : std::nullopt;
}

http::Response Environment::deliver(base::Moment now) {
    if (!std::exchange(is_second_init_, false)) {
        deadline_ = now.steady + parts_.spec->timeout;
        since_ = now.steady;
    }
    phase_ = Phase::busy;
    write(fmt::format("START RequestId: {} Version: $LATEST", invocation_->request_id), now);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - now.steady);
    return format_event(*invocation_, parts_.spec->arn, now.wall.time_since_epoch() + left);
}

http::Response Environment::take_answer(std::string_view request_id, Outcome outcome,
                                        base::Moment now) {
    if (!invocation_ || invocation_->request_id != request_id || phase_ == Phase::finishing) {
        return format_runtime_error(400, "InvalidRequestID", "Invalid request ID");
    }
    if (phase_ != Phase::busy) {
        return wrong_state("InvocationResponse");
    }
    phase_ = Phase::finishing;
    answered_at_ = now.steady;
    if (outcome.payload.size() <= payload_bytes_max) {
        answer_ = std::move(outcome);
        return format_accepted();
    }
    answer_ = {.is_error = true,
               .payload = fmt::format(
                   R"({{"errorMessage":"Response payload size exceeded maximum allowed payload )"
                   R"(size ({} bytes).","errorType":"Function.ResponseSizeTooLarge"}})",
                   payload_bytes_max)};
    return format_runtime_error(
        413, "RequestEntityTooLarge",
        fmt::format("Exceeded maximum allowed payload size ({} bytes).", payload_bytes_max));
}

http::Response Environment::take_init_error(const http::Request& request, base::Moment now) {
    if (phase_ != Phase::init) {
        return wrong_state("InitError");
    }
    fail_init({.is_error = true, .payload = request.body}, "error", now);
    return format_accepted();
}

void Environment::fail_init(Outcome outcome, std::string_view status, base::Moment now) {
    write(fmt::format("INIT_REPORT Init Duration: {:.2f} ms\tPhase: {}\tStatus: {}",
                      milliseconds_of(now.steady - since_), is_second_init_ ? "invoke" : "init",
                      status),
          now);
    host_.stop(parts_.id);
    if (!std::exchange(is_second_init_, true)) {
        launch(parts_.spec->timeout, now);
        return;
    }
    phase_ = Phase::gone;
    write(fmt::format("START RequestId: {} Version: $LATEST", invocation_->request_id), now);
    conclude(std::move(outcome), status, now);
}

void Environment::finish(base::Moment now) {
    const std::string_view status = answer_->is_error ? "error" : "";
    conclude(std::move(*answer_), status, now);
    become_idle(now);
}

void Environment::become_idle(base::Moment now) {
    phase_ = Phase::idle;
    since_ = now.steady;
    deadline_ = now.steady + parts_.limits.idle_max;
    if (is_retiring_) {
        stop();
        return;
    }
    host_.freeze(parts_.id);
}

void Environment::conclude(Outcome outcome, std::string_view status, base::Moment now) {
    const base::Instant end = answer_ ? answered_at_ : now.steady;
    const std::string& request_id = invocation_->request_id;
    const base::Duration took = end - since_;
    const base::Duration billed = took + init_took_.value_or(base::Duration());
    std::string report = fmt::format(
        "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: {} MB\t"
        "Max Memory Used: {} MB",
        request_id, milliseconds_of(took), (billed.count() + 999) / 1000, parts_.spec->memory_mib,
        host_.memory_peak_mib(parts_.id));
    if (const auto init = std::exchange(init_took_, std::nullopt)) {
        report += fmt::format("\tInit Duration: {:.2f} ms", milliseconds_of(*init));
    }
    if (!status.empty()) {
        report += fmt::format("\tStatus: {}", status);
    }
    if (!line_.empty()) {
        on_output("\n", now);
    }
    write(fmt::format("END RequestId: {}", request_id), now);
    write(std::move(report), now);
    answer_.reset();
    invocation_->outcome = std::move(outcome);
    invocation_.reset();
}

Outcome Environment::failure(std::string_view type, std::string_view message) const {
    return {.is_error = true, .payload = format_failure(type, invocation_->request_id, message)};
}

void Environment::on_output(std::string_view text, base::Moment now) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::size_t room = line_bytes_max - line_.size();
        const std::size_t taken = std::min(end, room);
        line_ += text.substr(0, taken);
        if (taken == text.size() && line_.size() < line_bytes_max) {
            return;
        }
        text.remove_prefix(taken == end ? std::min(end + 1, text.size()) : taken);
        write(std::exchange(line_, {}), now);
    }
}

void Environment::on_exit(const Exit& exit, base::Moment now) {
    if (!exit.start_error.empty() && phase_ == Phase::init) {
        write(exit.start_error, now);
        fail_init(failure("Runtime.InvalidEntrypoint", exit.start_error), "error", now);
        return;
    }
    const std::string reason = describe(exit);
    switch (phase_) {
    case Phase::init:
        write(fmt::format("RequestId: {} Error: {}", invocation_->request_id, reason), now);
        write("Runtime.ExitError", now);
        fail_init(failure("Runtime.ExitError", reason), "error", now);
        return;
    case Phase::busy:
    case Phase::idle:
        if (invocation_) {
            write(fmt::format("RequestId: {} Error: {}", invocation_->request_id, reason), now);
            write("Runtime.ExitError", now);
            conclude(failure("Runtime.ExitError", reason), "error", now);
        }
        break;
    case Phase::finishing:
        conclude(std::move(*answer_), "error", now);
        break;
    case Phase::gone:
        return;
    }
    stop();
}

void Environment::advance(base::Moment now) {
    if (phase_ == Phase::gone || now.steady < deadline_) {
        return;
    }
    if (phase_ == Phase::init && !is_second_init_) {
        fail_init({}, "timeout", now);
        return;
    }
    if (phase_ == Phase::finishing) {
        conclude(std::move(*answer_), "timeout", now);
    } else if (invocation_) {
        time_out(now);
    }
    stop();
}

void Environment::time_out(base::Moment now) {
    const std::string message = fmt::format("Task timed out after {:.2f} seconds",
                                            static_cast<double>(parts_.spec->timeout.count()));
    write(fmt::format("{} {} {}", base::format(now.wall), invocation_->request_id, message), now);
    conclude(failure("Sandbox.Timedout", message), "timeout", now);
}

void Environment::write(std::string text, base::Moment now) {
    if (invocation_) {
        std::string& tail = invocation_->log_tail;
        tail += text + "\n";
        tail.erase(0, tail.size() - std::min(tail.size(), tail_bytes_max));
    }
    log_.add({.number = 0,
              .time = now.wall,
              .function = parts_.spec->name,
              .stream = parts_.log_stream,
              .text = std::move(text)});
}

} // namespace exarch::sandbox::functions
