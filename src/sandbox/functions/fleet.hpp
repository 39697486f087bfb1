#pragma once

#include "base/time.hpp"
#include "http/message.hpp"
#include "sandbox/dice.hpp"
#include "sandbox/functions/environment.hpp"
#include "sandbox/functions/function_log.hpp"
#include "sandbox/functions/host.hpp"
#include "sandbox/functions/invocation.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace exarch::sandbox::functions {

/// Why an invocation does not begin.
enum class Throttle : std::uint8_t {
    /// ReservedFunctionConcurrentInvocationLimitExceeded
    function,
    /// ConcurrentInvocationLimitExceeded
    account,
    /// RecursiveInvocationException: the chain of requests has come here too often, and will have
    /// whenever it is tried again.
    recursion,
};

/// Invocations at one time in an account, in all its functions; what is reserved for one is taken
/// from it, and 100 always stay for those without a reservation.
constexpr std::size_t account_concurrency = 1000;
constexpr std::size_t unreserved_min = 100;

/// All execution environments of all functions: starts one where an invocation needs it and none is
/// idle, as far as concurrency goes, and ends those that are not needed. Without clock and thread;
/// `host` runs the processes and outlives it. Ending it ends them.
class Fleet {
public:
    /// The environment variables that an environment of its own begins with: credentials, names.
    using Variables = std::function<std::map<std::string, std::string>(
        const FunctionSpec& spec, const std::string& log_stream, base::Moment now)>;

    Fleet(Host& host, std::uint64_t seed, RuntimeLimits limits = {})
        : host_(host), dice_(seed), limits_(limits) {}
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    /// Before the first invocation.
    void set_variables(Variables variables) { variables_ = std::move(variables); }

    /// The function is this from now on; environments of what it was take no more events.
    void put(std::shared_ptr<const FunctionSpec> spec);
    void remove(std::string_view arn);
    [[nodiscard]] bool has(std::string_view arn) const { return functions_.contains(arn); }
    /// None: it shares what is not reserved. 0: nothing begins.
    void reserve(std::string_view arn, std::optional<std::size_t> concurrency);
    /// Whether a chain of requests may invoke it again and again.
    void allow_recursion(std::string_view arn, bool is_allowed);
    /// What all functions of the account but that one have reserved.
    [[nodiscard]] std::size_t reserved_beside(std::string_view arn) const;

    struct Wish {
        std::string payload;
        /// Made up where it is empty.
        std::string request_id = {};
        std::string trace_id = {};
        /// Of the chain of requests that it comes by; empty: that in trace_id.
        std::string lineage = {};
        std::string client_context = {};
    };
    /// Of a function that is there. The outcome comes with later events.
    [[nodiscard]] std::expected<std::shared_ptr<const Invocation>, Throttle>
    begin(std::string_view arn, Wish wish, base::Moment now);

    // What the host tells. Of an environment that is unknown, nothing comes of it.

    /// As Environment::serve().
    [[nodiscard]] std::optional<http::Response>
    serve(EnvironmentId id, const http::Request& request, base::Moment now);
    void on_output(EnvironmentId id, std::string_view text, base::Moment now);
    void on_exit(EnvironmentId id, const Exit& exit, base::Moment now);

    /// Whatever is due. Returns when there will be more.
    std::optional<base::Instant> advance(base::Moment now);

    [[nodiscard]] const FunctionLog& log() const { return log_; }

    struct Count {
        std::size_t busy = 0;
        std::size_t idle = 0;
        /// Invocations that were refused as recursive, so far.
        std::size_t recursive = 0;
    };
    [[nodiscard]] Count count(std::string_view arn) const;

private:
    struct Function {
        std::shared_ptr<const FunctionSpec> spec;
        std::optional<std::size_t> reserved = {};
        bool allows_recursion = false;
        std::size_t recursive = 0;
    };
    using Environments = std::map<EnvironmentId, std::unique_ptr<Environment>>;

    [[nodiscard]] std::optional<Throttle> throttle(const Function& function) const;
    [[nodiscard]] Environment* find_idle(const FunctionSpec& spec);
    [[nodiscard]] Environment& make(const Function& function, base::Moment now);
    [[nodiscard]] Environment* find(EnvironmentId id);
    void retire(std::string_view arn);
    void forget_gone();
    [[nodiscard]] std::string make_trace(base::Timestamp now);

    Host& host_;
    Dice dice_;
    RuntimeLimits limits_;
    Variables variables_;
    FunctionLog log_;
    std::map<std::string, Function, std::less<>> functions_;
    Environments environments_;
};

} // namespace exarch::sandbox::functions
