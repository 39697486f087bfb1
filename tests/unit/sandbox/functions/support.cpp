#include "unit/sandbox/functions/support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <utility>

namespace exarch::sandbox::functions {

FleetWorld::FleetWorld() {
    fleet.set_variables([](const FunctionSpec&, const std::string& stream, base::Moment) {
        return std::map<std::string, std::string>{{"STREAM", stream}};
    });
    fleet.put(spec());
}

std::shared_ptr<const FunctionSpec> FleetWorld::spec() {
    return std::make_shared<const FunctionSpec>(
        FunctionSpec{.arn = std::string(purge_arn),
                     .name = "purge",
                     .account = "111122223333",
                     .package = std::make_shared<const Package>()});
}

std::shared_ptr<const Invocation> FleetWorld::begin(std::string payload, base::Moment now) {
    auto begun = fleet.begin(purge_arn, {.payload = std::move(payload)}, now);
    EXPECT_TRUE(begun.has_value());
    return begun.value_or(nullptr);
}

std::optional<http::Response> FleetWorld::ask(EnvironmentId id, std::string method,
                                              std::string path, base::Moment now,
                                              std::string body) {
    http::Request request;
    request.method = std::move(method);
    request.target = "/2018-06-01/runtime/" + path;
    request.body = std::move(body);
    return fleet.serve(id, request, now);
}

std::optional<http::Response> FleetWorld::next(EnvironmentId id, base::Moment now) {
    return ask(id, "GET", "invocation/next", now);
}

void FleetWorld::answer(EnvironmentId id, const http::Response& event, std::string body,
                        base::Moment now) {
    const auto request_id = event.headers.get("Lambda-Runtime-Aws-Request-Id").value_or("");
    const auto taken =
        ask(id, "POST", fmt::format("invocation/{}/response", request_id), now, std::move(body));
    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(taken->status, 202) << taken->body;
    EXPECT_FALSE(next(id, now).has_value());
}

} // namespace exarch::sandbox::functions
