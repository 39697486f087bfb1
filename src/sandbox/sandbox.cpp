#include "sandbox/sandbox.hpp"

#include "sandbox/error_shape.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace exarch::sandbox {
namespace {

std::string_view service_of(ErrorShape shape) {
    switch (shape) {
    case ErrorShape::cloudfront:
        return "cloudfront";
    case ErrorShape::sts:
        return "sts";
    case ErrorShape::sqs_query:
    case ErrorShape::sqs_json:
        break;
    }
    return "sqs";
}

/// The code that a refusal carries, in whichever shape.
std::string outcome_of(const http::Response& response) {
    if (response.status < 300) {
        return std::to_string(response.status);
    }
    if (const auto query_error = response.headers.get("x-amzn-query-error")) {
        return std::string(query_error->substr(0, query_error->find(';')));
    }
    constexpr std::string_view before = "<Code>";
    const std::size_t begin = response.body.find(before);
    const std::size_t end = response.body.find("</Code>");
    return begin < end && end != std::string::npos
               ? response.body.substr(begin + before.size(), end - begin - before.size())
               : std::to_string(response.status);
}

ServiceError throttled(std::string_view service) {
    if (service == "sqs") {
        return {.status = 403, .code = "RequestThrottled", .message = "Request is throttled."};
    }
    return {.status = 400, .code = "Throttling", .message = "Rate exceeded"};
}

} // namespace

Sandbox::Sandbox(SandboxParams params)
    : dice_(params.seed), directory_(dice_), evaluation_(directory_),
      quotas_(std::move(params.quotas)), sts_(directory_, evaluation_),
      cloudfront_(
          params.cloudfront,
          [this](const auto& call, const auto& access) {
              return evaluation_.authorise(call, access);
          },
          dice_) {
    services_["sts"] = {"", StsService::action_of,
                        [this](const ServiceCall& call, CallRecord& record) -> Answer {
                            return sts_.answer(call, record);
                        }};
    services_["cloudfront"] = {"us-east-1", CloudFrontService::action_of,
                               [this](const ServiceCall& call, CallRecord& record) -> Answer {
                                   return cloudfront_.answer(call, record);
                               }};
}

std::unique_ptr<Exchange> Sandbox::open(http::Request request, base::Moment now) {
    auto exchange = std::make_unique<Exchange>();
    exchange->request = std::move(request);
    exchange->arrived_at = now.steady;
    exchange->request_id = base::RequestId(dice_.uuid());
    exchange->record = log_.open(now.wall);
    describe(*exchange);
    return exchange;
}

/// What the log tells of a request that nobody has believed yet.
void Sandbox::describe(Exchange& exchange) const {
    const auto authorization = read_authorization(exchange.request);
    if (authorization.has_value()) {
        exchange.service = authorization->service;
    }
    CallRecord& record = *exchange.record;
    record.service = exchange.service.empty() ? service_of(error_shape_of("", exchange.request))
                                              : exchange.service;
    if (const auto service = services_.find(record.service); service != services_.end()) {
        record.action = service->second.action_of(exchange.request);
    }
}

Answer Sandbox::step(Exchange& exchange, base::Moment now) {
    const auto refuse = [&](const ServiceError& error) {
        return finish(exchange, render_error(error_shape_of(exchange.service, exchange.request),
                                             error, exchange.request_id));
    };
    if (!exchange.call) {
        if (const auto admitted = admit(exchange, now); !admitted.has_value()) {
            return refuse(admitted.error());
        }
    }
    exchange.call->now = now;
    const Service& service = services_.find(exchange.service)->second;
    Answer answer = service.answer(*exchange.call, *exchange.record);
    if (std::holds_alternative<AskAgain>(answer)) {
        return answer;
    }
    return finish(exchange, std::get<http::Response>(std::move(answer)));
}

/// Everything that stands before a service: signature, clock, credentials and rate.
std::expected<void, ServiceError> Sandbox::admit(Exchange& exchange, base::Moment now) {
    CallRecord& record = *exchange.record;
    if (record.action == "AssumeRoleWithWebIdentity") {
        // Nobody signs it, so that it would be refused for that.
        return std::unexpected(not_in_this_sandbox("AssumeRoleWithWebIdentity of STS",
                                                   "AssumeRole, GetCallerIdentity"));
    }
    EXARCH_TRY(const Authorization authorization, read_authorization(exchange.request));
    const auto service = services_.find(authorization.service);
    if (service == services_.end()) {
        return std::unexpected(not_in_this_sandbox(
            fmt::format("The service {}", authorization.service), service_names()));
    }
    const auto token = exchange.request.headers.get("X-Amz-Security-Token").value_or("");
    EXARCH_TRY(const Authenticated authenticated,
               directory_.authenticate(authorization.access_key_id, token, now.wall));
    record.account = authenticated.caller.account;
    record.caller = authenticated.caller.arn;
    const std::string& region = service->second.region;
    if (authorization.region.empty() || (!region.empty() && region != authorization.region)) {
        return std::unexpected(
            ServiceError{.status = 403,
                         .code = "SignatureDoesNotMatch",
                         .message = fmt::format("Credential should be scoped to a valid region, "
                                                "not '{}'.",
                                                authorization.region)});
    }
    EXARCH_CHECK(
        verifier_.verify(exchange.request, authorization, *authenticated.credentials, now.wall));
    const std::string call = fmt::format("{}.{}", authorization.service, record.action);
    if (!quotas_.take(record.account, call, now.steady)) {
        return std::unexpected(throttled(authorization.service));
    }
    exchange.call.emplace(ServiceCall{.request = exchange.request,
                                      .caller = authenticated.caller,
                                      .region = base::Region(authorization.region),
                                      .request_id = exchange.request_id,
                                      .now = now,
                                      .arrived_at = exchange.arrived_at});
    return {};
}

std::string Sandbox::service_names() const {
    std::string names;
    for (const auto& [name, service] : services_) {
        names += (names.empty() ? "" : ", ") + name;
    }
    return names;
}

http::Response Sandbox::finish(Exchange& exchange, http::Response response) const {
    exchange.record->outcome = outcome_of(response);
    return response;
}

} // namespace exarch::sandbox
