#include "aws/caller.hpp"
#include "aws/cloudfront.hpp"
#include "aws/credentials/static_provider.hpp"
#include "base/environment.hpp"
#include "http/client.hpp"
#include "http/url.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exarch {
namespace {

namespace asio = boost::asio;

const aws::DistributionId distribution("E2EXAMPLE1");

/// What a worker has for CreateInvalidation, and nothing else: client, signer, and the codec.
class Caller {
public:
    explicit Caller(const std::string& address)
        : client_(io_.get_executor(), clock_, environment_), caller_(client_, clock_) {
        endpoint_.origin = http::parse_url(address).value().origin;
        endpoint_.signing_name = "cloudfront";
        endpoint_.signing_region = base::Region("us-east-1");
    }

    /// So many calls, each from the items to the id of the invalidation, `at_once` of them under
    /// way all the time. The reason where one failed.
    std::optional<std::string> create(std::int64_t calls, int at_once,
                                      const std::vector<std::string>& items) {
        left_ = calls;
        failure_.reset();
        int running = at_once;
        for (int lane = 0; lane < at_once; ++lane) {
            asio::co_spawn(io_, work(items), [&running](const std::exception_ptr& thrown) {
                --running;
                if (thrown) {
                    std::rethrow_exception(thrown);
                }
            });
        }
        while (running > 0) {
            io_.run_one();
        }
        return failure_;
    }

private:
    asio::awaitable<void> work(const std::vector<std::string>& items) {
        while (left_-- > 0 && !failure_) {
            const std::string reference = fmt::format("exarch-0123456789abcdef-{}", ++calls_);
            aws::ServiceRequest request =
                aws::create_invalidation_request(endpoint_, distribution, items, reference);
            const aws::Outcome<aws::Reply> reply = co_await caller_.call(std::move(request), keys_);
            if (!reply.has_value()) {
                failure_ = reply.error().message;
                co_return;
            }
            const aws::Outcome<aws::Invalidation> made = aws::parse_created(*reply);
            if (!made.has_value()) {
                failure_ = made.error().message;
            }
        }
    }

    base::SystemClock clock_;
    base::Environment environment_ = base::Environment::of_process();
    asio::io_context io_;
    http::Client client_;
    aws::Caller caller_;
    aws::Endpoint endpoint_;
    aws::StaticProvider keys_{
        sigv4::Credentials{.access_key_id = sigv4::AccessKeyId("AKIAEXAMPLE"),
                           .secret_access_key = base::Secret("secret"),
                           .session_token = base::Secret(std::string(900, 't')),
                           .expires_at = {}}};
    std::int64_t calls_ = 0;
    std::int64_t left_ = 0;
    std::optional<std::string> failure_;
};

std::vector<std::string> paths(std::int64_t count) {
    std::vector<std::string> items;
    for (std::int64_t number = 0; number < count; ++number) {
        items.push_back(fmt::format("/products/images/{:016x}/large", number));
    }
    return items;
}

/// Signed CreateInvalidation calls over kept connections. Arguments: paths in a call, and calls
/// under way at once. The CPU is that of this process; the server is another one
/// (bench/invalidation_server.py).
void create_invalidation(benchmark::State& state, const char* address_variable) {
    const auto address = base::Environment::of_process().get(address_variable);
    if (!address) {
        state.SkipWithError(
            fmt::format("${} is not set: script/bench sets it", address_variable).c_str());
        return;
    }
    Caller caller(*address);
    const std::vector<std::string> items = paths(state.range(0));
    const int at_once = static_cast<int>(state.range(1));
    std::optional<std::string> failure = caller.create(at_once, at_once, items);
    while (!failure && state.KeepRunningBatch(state.max_iterations)) {
        failure = caller.create(state.max_iterations, at_once, items);
    }
    if (failure) {
        state.SkipWithError(failure->c_str());
    }
}

void arguments(benchmark::internal::Benchmark* benchmark) {
    benchmark->Args({1, 1})
        ->Args({1, 16})
        ->Args({3000, 1})
        ->Unit(benchmark::kMicrosecond)
        ->MeasureProcessCPUTime();
}
BENCHMARK_CAPTURE(create_invalidation, plain, "EXARCH_BENCH_PLAIN")->Apply(arguments);
BENCHMARK_CAPTURE(create_invalidation, tls, "EXARCH_BENCH_TLS")->Apply(arguments);

} // namespace
} // namespace exarch
