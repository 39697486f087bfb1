#include "aws/credentials/container_provider.hpp"
#include "aws/credentials/static_provider.hpp"
#include "aws/endpoint.hpp"
#include "aws/profile.hpp"
#include "base/assert.hpp"
#include "config/config.hpp"
#include "http/proxy.hpp"
#include "lambda/runtime_api.hpp"
#include "lambda/settings.hpp"
#include "lines.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

using namespace exarch;

namespace {

// Usable, or refused as invalid, with a reason.
template <class Value>
void expect_usable_or_invalid(const base::Result<Value>& result) {
    EXARCH_ASSERT(result.has_value() || (result.error().kind() == base::ErrorKind::invalid &&
                                         !result.error().message().empty()));
}

void check_proxy(const base::Environment& environment, const http::Origin& origin) {
    const auto proxy = http::ProxyRules(environment).choose(origin);
    expect_usable_or_invalid(proxy);
    EXARCH_ASSERT(!proxy.has_value() || !proxy->has_value() || !(*proxy)->origin.host.empty());
}

// Whatever else a proxy's URL is: the password in it is not told.
void check_password(std::map<std::string, std::string, std::less<>> variables) {
    constexpr std::string_view password = "Correct-Horse-9";
    std::string& url = variables["https_proxy"];
    if (url.contains(password)) {
        return; // what also stands in a host's name is told with it
    }
    url.insert(0, "http://user:" + std::string(password) + "@");
    const auto proxy = http::ProxyRules(base::Environment(std::move(variables))).choose({});
    EXARCH_ASSERT(proxy.has_value() || !proxy.error().message().contains(password));
}

void check_function(const base::Environment& environment) {
    const auto log = lambda::read_log_settings(environment, base::LogLevel::warn);
    EXARCH_ASSERT(!log.params.is_bounded);
    expect_usable_or_invalid(lambda::RuntimeApi::find_address(environment));
    config::Config config;
    config.ledger_table = environment.get("TABLE").value_or("");
    config.ledger_is_set = !config.ledger_table.empty();
    config.queues = {environment.get("QUEUE").value_or("")};
    const auto settings = lambda::read_function_settings(environment, config);
    expect_usable_or_invalid(settings);
    if (settings.has_value()) {
        EXARCH_ASSERT(settings->instances >= 1 && settings->instances <= 1000);
        EXARCH_ASSERT(settings->ticks.empty() == config.ledger_table.empty());
    }
}

void check_aws(const base::Environment& environment) {
    const auto shared = aws::SharedConfig::parse({}, {}, "default");
    EXARCH_ASSERT(shared.has_value());
    const aws::Endpoints endpoints(environment, *shared);
    for (const char* const service : {"cloudfront", "sqs", "sts"}) {
        const auto endpoint = endpoints.resolve(service, base::Region("eu-west-1"));
        expect_usable_or_invalid(endpoint);
        EXARCH_ASSERT(!endpoint.has_value() || !endpoint->path_prefix.ends_with('/'));
    }
    const auto keys = aws::environment_credentials(environment);
    EXARCH_ASSERT(!keys.has_value() || !keys->secret_access_key.empty());
    const auto container = aws::container_endpoint(environment);
    EXARCH_ASSERT(!container.has_value() || !container->origin.host.empty());
    // A token may stand in a file, and any file may be named.
    if (!environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
        const auto token = aws::container_authorization(environment);
        EXARCH_ASSERT(!token.has_value() || !token->reveal().contains('\r'));
    }
}

} // namespace

// Whatever variables say is understood, or refused by name. HOST is where a request goes; QUEUE and
// TABLE are what a function's configuration says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto variables = parse_variables({reinterpret_cast<const char*>(data), size});
    const base::Environment environment(variables);
    for (const bool is_tls : {false, true}) {
        check_proxy(environment,
                    {.tls = is_tls, .host = environment.get("HOST").value_or("www.example.com")});
    }
    check_password(variables);
    check_function(environment);
    check_aws(environment);
    return 0;
}
