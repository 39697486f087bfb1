#include "sandbox/functions/fleet.hpp"

#include "base/assert.hpp"
#include "sandbox/functions/trace/lineage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace exarch::sandbox::functions {

Fleet::~Fleet() {
    for (auto& [id, environment] : environments_) {
        environment->stop();
    }
}

void Fleet::put(std::shared_ptr<const FunctionSpec> spec) {
    retire(spec->arn);
    functions_[spec->arn].spec = std::move(spec);
}

void Fleet::remove(std::string_view arn) {
    retire(arn);
    if (const auto function = functions_.find(arn); function != functions_.end()) {
        functions_.erase(function);
    }
}

void Fleet::reserve(std::string_view arn, std::optional<std::size_t> concurrency) {
    const auto function = functions_.find(arn);
    EXARCH_ASSERT(function != functions_.end());
    function->second.reserved = concurrency;
}

void Fleet::allow_recursion(std::string_view arn, bool is_allowed) {
    const auto function = functions_.find(arn);
    EXARCH_ASSERT(function != functions_.end());
    function->second.allows_recursion = is_allowed;
}

std::size_t Fleet::reserved_beside(std::string_view arn) const {
    const auto function = functions_.find(arn);
    EXARCH_ASSERT(function != functions_.end());
    std::size_t sum = 0;
    for (const auto& [other, each] : functions_) {
        if (other != arn && each.spec->account == function->second.spec->account) {
            sum += each.reserved.value_or(0);
        }
    }
    return sum;
}

std::expected<std::shared_ptr<const Invocation>, Throttle>
Fleet::begin(std::string_view arn, Wish wish, base::Moment now) {
    const auto function = functions_.find(arn);
    EXARCH_ASSERT(function != functions_.end());
    const std::string lineage =
        wish.lineage.empty() ? std::string(lineage_of(wish.trace_id)) : std::move(wish.lineage);
    if (!function->second.allows_recursion &&
        invocations_in(lineage, arn) >= chain_invocations_max) {
        ++function->second.recursive;
        return std::unexpected(Throttle::recursion);
    }
    if (const auto reason = throttle(function->second)) {
        return std::unexpected(*reason);
    }
    auto invocation = std::make_shared<Invocation>();
    invocation->request_id = wish.request_id.empty() ? dice_.uuid() : std::move(wish.request_id);
    invocation->payload = std::move(wish.payload);
    invocation->trace_id =
        with_invocation(wish.trace_id.empty() ? make_trace(now.wall) : wish.trace_id, lineage, arn);
    invocation->client_context = std::move(wish.client_context);
    if (Environment* const idle = find_idle(*function->second.spec)) {
        idle->assign(invocation, now);
    } else {
        make(function->second, now).start(invocation, now);
    }
    return invocation;
}

std::optional<Throttle> Fleet::throttle(const Function& function) const {
    if (function.reserved) {
        const bool is_full = count(function.spec->arn).busy >= *function.reserved;
        return is_full ? std::optional(Throttle::function) : std::nullopt;
    }
    std::size_t shared = account_concurrency;
    for (const auto& [arn, each] : functions_) {
        if (each.spec->account == function.spec->account) {
            shared -= std::min(shared, each.reserved ? *each.reserved : count(arn).busy);
        }
    }
    return shared == 0 ? std::optional(Throttle::account) : std::nullopt;
}

/// The one that worked last: what is not needed becomes old enough to end.
Environment* Fleet::find_idle(const FunctionSpec& spec) {
    Environment* best = nullptr;
    for (auto& [id, environment] : environments_) {
        const bool is_fit = &environment->spec() == &spec && environment->is_idle();
        if (is_fit && (best == nullptr || environment->since() > best->since())) {
            best = environment.get();
        }
    }
    return best;
}

Environment& Fleet::make(const Function& function, base::Moment now) {
    const EnvironmentId id = host_.reserve();
    const std::string uuid = dice_.uuid();
    constexpr std::size_t date_length = 10;
    std::string stream = base::format(now.wall).substr(0, date_length) + "/[$LATEST]";
    std::ranges::replace(stream, '-', '/');
    std::ranges::copy_if(uuid, std::back_inserter(stream), [](char c) { return c != '-'; });
    Environment::Parts parts{.id = id,
                             .spec = function.spec,
                             .variables = variables_(*function.spec, stream, now),
                             .log_stream = stream,
                             .limits = limits_};
    return *environments_.emplace(id, std::make_unique<Environment>(std::move(parts), host_, log_))
                .first->second;
}

std::string Fleet::make_trace(base::Timestamp now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    return fmt::format("Root=1-{:08x}-{};Parent={:016x};Sampled=0", seconds,
                       dice_.text(24, "0123456789abcdef"), dice_.number());
}

Environment* Fleet::find(EnvironmentId id) {
    const auto found = environments_.find(id);
    return found == environments_.end() ? nullptr : found->second.get();
}

std::optional<http::Response> Fleet::serve(EnvironmentId id, const http::Request& request,
                                           base::Moment now) {
    Environment* const environment = find(id);
    if (environment == nullptr) {
        return http::Response();
    }
    auto response = environment->serve(request, now);
    forget_gone();
    return response;
}

void Fleet::on_output(EnvironmentId id, std::string_view text, base::Moment now) {
    if (Environment* const environment = find(id)) {
        environment->on_output(text, now);
    }
}

void Fleet::on_exit(EnvironmentId id, const Exit& exit, base::Moment now) {
    if (Environment* const environment = find(id)) {
        environment->on_exit(exit, now);
        forget_gone();
    }
}

std::optional<base::Instant> Fleet::advance(base::Moment now) {
    for (auto& [id, environment] : environments_) {
        environment->advance(now);
    }
    forget_gone();
    std::optional<base::Instant> next;
    for (const auto& [id, environment] : environments_) {
        next = std::min(next.value_or(environment->deadline()), environment->deadline());
    }
    return next;
}

Fleet::Count Fleet::count(std::string_view arn) const {
    Count count;
    for (const auto& [id, environment] : environments_) {
        if (environment->spec().arn == arn) {
            ++(environment->is_idle() ? count.idle : count.busy);
        }
    }
    const auto function = functions_.find(arn);
    count.recursive = function == functions_.end() ? 0 : function->second.recursive;
    return count;
}

void Fleet::retire(std::string_view arn) {
    for (auto& [id, environment] : environments_) {
        if (environment->spec().arn == arn) {
            environment->retire();
        }
    }
    forget_gone();
}

void Fleet::forget_gone() {
    std::erase_if(environments_, [](const auto& each) { return each.second->is_gone(); });
}

} // namespace exarch::sandbox::functions
