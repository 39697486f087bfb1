#include "base/assert.hpp"
#include "kind_of_input.hpp"
#include "sandbox/functions/batch_response.hpp"
#include "sandbox/functions/runtime_api.hpp"
#include "sandbox/functions/trace/lineage.hpp"
#include "sandbox/lambda/function.hpp"
#include "sandbox/lambda/mapping.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

using namespace exarch;

namespace {

template <class Value>
void expect_client_error(const sandbox::lambda::Fallible<Value>& result) {
    EXARCH_ASSERT(result.has_value() ||
                  (result.error().status >= 400 && result.error().status < 500));
}

// Whether a request with this body changes them.
template <class Settings>
bool changes(Settings& settings, std::string_view text,
             sandbox::lambda::Permitted (*apply)(Settings&, const sandbox::lambda::Body&)) {
    const auto body = sandbox::lambda::Body::parse(text);
    expect_client_error(body);
    if (!body.has_value()) {
        return false;
    }
    const auto applied = apply(settings, *body);
    expect_client_error(applied);
    return applied.has_value();
}

void check_settings(std::string_view text) {
    sandbox::lambda::FunctionSettings settings;
    if (changes(settings, text, sandbox::lambda::apply_settings)) {
        EXARCH_ASSERT(settings.timeout.count() >= 1 && settings.timeout.count() <= 900);
        EXARCH_ASSERT(settings.memory_mib >= 128 && settings.memory_mib <= 10'240);
        const sandbox::lambda::Function function{
            .name = {}, .settings = settings, .package = {}, .revision_id = {}, .modified = {}};
        EXARCH_ASSERT(!sandbox::lambda::variables_of(function, "stream").empty());
    }
}

void check_mapping(std::string_view text) {
    sandbox::functions::EventSourceSettings settings;
    if (changes(settings, text, sandbox::lambda::apply_mapping)) {
        EXARCH_ASSERT(settings.batch_size >= 1 && settings.batch_size <= 10'000);
        EXARCH_ASSERT(settings.window.count() >= 0 && settings.window.count() <= 300);
        const std::size_t most = settings.concurrency_max.value_or(2);
        EXARCH_ASSERT(most >= 2 && most <= 1000);
    }
}

// Who was named is named by the ARN that this comes to.
void check_name(std::string_view text) {
    const base::Region region("eu-west-1");
    const base::AccountId account("111122223333");
    const auto name = sandbox::lambda::parse_function(text, region, account);
    expect_client_error(name);
    if (name.has_value()) {
        EXARCH_ASSERT(!name->name.empty());
        const auto again =
            sandbox::lambda::parse_function(sandbox::lambda::format_arn(*name), region, account);
        EXARCH_ASSERT(again.has_value() && *again == *name);
    }
}

void check_answer(std::string_view payload) {
    const std::set<std::string> batch{"m1", "m2"};
    for (const bool is_error : {false, true}) {
        const sandbox::functions::Outcome outcome{.is_error = is_error,
                                                  .payload = std::string(payload)};
        const auto failed = sandbox::functions::failed_messages(outcome, batch, true);
        EXARCH_ASSERT(std::ranges::includes(batch, failed));
        EXARCH_ASSERT(!is_error || failed == batch);
    }
}

// Each invocation counts, whatever the header said before.
void check_trace(std::string_view trace) {
    using sandbox::functions::invocations_in;
    using sandbox::functions::lineage_of;
    constexpr std::string_view arn = "arn:aws:lambda:eu-west-1:111122223333:function:f";
    const std::size_t before = invocations_in(lineage_of(trace), arn);
    const std::string header = sandbox::functions::with_invocation(trace, lineage_of(trace), arn);
    EXARCH_ASSERT(invocations_in(lineage_of(header), arn) ==
                  std::min<std::size_t>(before + 1, 256));
}

void check_runtime_call(std::string_view target) {
    using Kind = sandbox::functions::RuntimeCall::Kind;
    for (const char* const method : {"GET", "POST"}) {
        const http::Request request{.method = method, .origin = {}, .target = std::string(target)};
        const auto call = sandbox::functions::parse_runtime_call(request);
        const bool names_one = call.kind == Kind::response || call.kind == Kind::error;
        EXARCH_ASSERT(names_one || call.request_id.empty());
    }
}

} // namespace

// What a client sends to Lambda, and a function answers. The first line tells what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [kind, rest] = KindOfInput(data, size);
    if (kind == "settings") {
        check_settings(rest);
    } else if (kind == "mapping") {
        check_mapping(rest);
    } else if (kind == "name") {
        check_name(rest);
    } else if (kind == "answer") {
        check_answer(rest);
    } else if (kind == "trace") {
        check_trace(rest);
    } else if (kind == "runtime") {
        check_runtime_call(rest);
    }
    return 0;
}
