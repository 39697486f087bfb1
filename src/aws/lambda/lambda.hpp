#pragma once

#include "aws/caller.hpp"
#include "aws/credentials/provider.hpp"
#include "aws/endpoint.hpp"
#include "aws/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace exarch::aws {

/// What Lambda does once it has detected that a function calls itself in a loop. `Terminate` is
/// what a function has that nobody has set otherwise. Source: "Use Lambda recursive loop detection
/// to prevent infinite loops" in Lambda's guide.
enum class RecursiveLoop : std::uint8_t { terminate, allow };

/// As AWS spells it: `Terminate`, `Allow`.
[[nodiscard]] std::string_view format(RecursiveLoop loop);

/// How a function is set up.
struct FunctionConfiguration {
    std::chrono::seconds timeout{0};
    /// What its environment variables are called: their values may be secrets. None where Lambda
    /// does not tell, as of those that it could not decrypt for the caller.
    std::optional<std::set<std::string, std::less<>>> variables = {};
    /// The role it works as; empty where Lambda does not tell.
    std::string role = {};

    friend bool operator==(const FunctionConfiguration&, const FunctionConfiguration&) = default;
};

/// What brings a function its events.
struct EventSourceMapping {
    std::string uuid;
    /// Of the queue, or of another kind of source.
    std::string source_arn;
    /// `Enabled`, `Disabled`, or what it is changing to: `Disabling`.
    std::string state;
    /// Whether Lambda reads which of a batch's messages the function could not do. Where it does
    /// not, it deletes all of them. Source: "Implementing partial batch responses" in Lambda's
    /// guide.
    bool reports_item_failures = false;
    /// Whether some messages never reach the function: Lambda deletes those. Source: "Using event
    /// filtering with an Amazon SQS event source" in Lambda's guide.
    bool has_filter = false;
    /// How many instances it invokes at once; none where nothing bounds that.
    std::optional<std::int64_t> concurrency_max = {};

    friend bool operator==(const EventSourceMapping&, const EventSourceMapping&) = default;
};

struct EventSourceMappingPage {
    std::vector<EventSourceMapping> mappings;
    /// What to ask for the next page with; empty where there is none.
    std::string next_marker;

    friend bool operator==(const EventSourceMappingPage&, const EventSourceMappingPage&) = default;
};

/// AWS Lambda (REST and JSON), one attempt a call; reads alone. `caller` and `credentials` must
/// outlive it, and it the coroutines that its functions return.
class Lambda {
public:
    Lambda(Caller& caller, CredentialsProvider& credentials, Endpoint endpoint)
        : caller_(caller), credentials_(credentials), endpoint_(std::move(endpoint)) {}

    /// `function` is a name, an ARN or a part of one. Fails as not_found where there is none.
    [[nodiscard]] boost::asio::awaitable<Outcome<RecursiveLoop>>
    get_recursion_config(std::string function) const;

    /// The same, of `$LATEST`.
    [[nodiscard]] boost::asio::awaitable<Outcome<FunctionConfiguration>>
    get_configuration(std::string function) const;

    /// Of the function's own, not those of its versions and aliases. `marker` is empty for the
    /// first page.
    [[nodiscard]] boost::asio::awaitable<Outcome<EventSourceMappingPage>>
    list_event_source_mappings(std::string function, std::string marker) const;

    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

private:
    Caller& caller_;
    CredentialsProvider& credentials_;
    Endpoint endpoint_;
};

} // namespace exarch::aws
