#include "sandbox/sandbox.hpp"

#include "base/assert.hpp"
#include "sandbox/control/control.hpp"
#include "sandbox/error_shape.hpp"
#include "sandbox/iam/evaluation.hpp"
#include "sandbox/lambda/service.hpp"
#include "sandbox/sqs/service.hpp"
#include "sandbox/sts/sts.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <variant>

namespace exarch::sandbox {
namespace {

constexpr std::string_view control_prefix = "/_sandbox/";

std::string_view service_of(ErrorShape shape) {
    switch (shape) {
    case ErrorShape::cloudfront:
        return "cloudfront";
    case ErrorShape::sts:
        return "sts";
    case ErrorShape::lambda:
        return "lambda";
    case ErrorShape::sqs_query:
    case ErrorShape::sqs_json:
        break;
    }
    return "sqs";
}

/// The code that a refusal carries, in whichever shape.
std::string outcome_of(const http::Response& response) {
    if (response.status == 0) {
        return "dropped";
    }
    if (response.status < 300) {
        return std::to_string(response.status);
    }
    if (const auto query_error = response.headers.get("x-amzn-query-error")) {
        return std::string(query_error->substr(0, query_error->find(';')));
    }
    if (const auto type = response.headers.get("x-amzn-ErrorType")) {
        return std::string(*type);
    }
    constexpr std::string_view before = "<Code>";
    const std::size_t begin = response.body.find(before);
    const std::size_t end = response.body.find("</Code>");
    return begin < end && end != std::string::npos
               ? response.body.substr(begin + before.size(), end - begin - before.size())
               : std::to_string(response.status);
}

http::Response render(const Exchange& exchange, const ServiceError& error) {
    return render_error(error_shape_of(exchange.service, exchange.request), error,
                        exchange.request_id);
}

ServiceCall call_of(const Exchange& exchange, Caller caller, const std::string& region) {
    return {.request = exchange.request,
            .caller = std::move(caller),
            .region = base::Region(region),
            .request_id = exchange.request_id,
            .now = {},
            .arrived_at = exchange.arrived_at};
}

SqsParams sqs_params_of(const SandboxParams& params) {
    SqsParams sqs = params.sqs;
    // Of its own, so that message ids do not depend on how many identifiers were made up.
    sqs.seed = params.seed + 3;
    sqs.check_policy = [](std::string_view policy) -> sqs::Permitted {
        const auto parsed = parse_policy(policy, PolicyKind::resource);
        if (parsed.has_value()) {
            return {};
        }
        // AWS gives no reason. A policy that it would have taken needs one.
        const bool is_lacking = parsed.error().kind() == base::ErrorKind::not_found;
        return sqs::refuse("InvalidAttributeValue",
                           fmt::format("Invalid value for the parameter Policy.{}",
                                       is_lacking ? " " + parsed.error().message() : ""));
    };
    return sqs;
}

} // namespace

/// How a service of the registry is reached.
struct Sandbox::Service {
    std::function<std::string(const http::Request&)> action_of;
    std::function<Answer(const ServiceCall&, CallRecord&)> answer;
};

/// Everything that a reset forgets.
struct Sandbox::State {
    explicit State(const SandboxParams& params)
        : dice(params.seed), directory(dice), evaluation(directory), quotas(params.quotas),
          // Of their own, so that faults do not depend on how many identifiers were made up.
          faults(params.faults, params.seed + 1), latency_dice(params.seed + 2),
          request_dice(params.seed + 4), sts(directory, evaluation),
          cloudfront(params.cloudfront, authoriser(), dice),
          sqs(authoriser(), sqs_params_of(params)),
          lambda({directory, authoriser(), sqs.all_queues(), params.functions, params.seed + 5}) {
        const auto of = [](auto& service) {
            return [&service](const ServiceCall& call, CallRecord& record) -> Answer {
                return service.answer(call, record);
            };
        };
        services["sts"] = {StsService::action_of, of(sts)};
        services["cloudfront"] = {CloudFrontService::action_of, of(cloudfront)};
        services["sqs"] = {SqsService::action_of, of(sqs)};
        services["lambda"] = {LambdaService::action_of, of(lambda)};
    }

    [[nodiscard]] Authoriser authoriser() {
        return [this](const ServiceCall& call, const Access& access) {
            return evaluation.authorise(call, access);
        };
    }

    [[nodiscard]] std::string service_names() const {
        std::string names;
        for (const auto& [name, service] : services) {
            names += (names.empty() ? "" : ", ") + name;
        }
        return names;
    }

    Dice dice;
    Directory directory;
    Evaluation evaluation;
    SignatureVerifier verifier;
    QuotaBook quotas;
    FaultPlan faults;
    Dice latency_dice;
    Dice request_dice;
    CallLog log;
    StsService sts;
    CloudFrontService cloudfront;
    SqsService sqs;
    LambdaService lambda;
    std::map<std::string, Service, std::less<>> services;
};

Sandbox::Sandbox(SandboxParams params, base::Moment now) : params_(std::move(params)) {
    reset(now);
}

Sandbox::~Sandbox() = default;

void Sandbox::reset(base::Moment now) {
    ++era_;
    state_ = std::make_unique<State>(params_);
    const auto put =
        put_accounts(params_.accounts, {state_->directory, state_->cloudfront, state_->sqs, now});
    EXARCH_ASSERT(put.has_value());
}

std::optional<base::Instant> Sandbox::advance(base::Moment now) {
    return state_->lambda.advance(now);
}

functions::Fleet* Sandbox::fleet() {
    return state_->lambda.fleet();
}

Directory& Sandbox::directory() {
    return state_->directory;
}

CloudFrontService& Sandbox::cloudfront() {
    return state_->cloudfront;
}

const CallLog& Sandbox::log() const {
    return state_->log;
}

std::unique_ptr<Exchange> Sandbox::open(http::Request request, base::Moment now) {
    auto exchange = std::make_unique<Exchange>();
    exchange->request = std::move(request);
    exchange->era = era_;
    exchange->arrived_at = now.steady;
    exchange->arrived_on = now.wall;
    exchange->served_at = now.steady;
    if (exchange->request.target.starts_with(control_prefix)) {
        return exchange;
    }
    exchange->served_at += draw(params_.latency, state_->latency_dice);
    exchange->request_id = base::RequestId(state_->request_dice.uuid());
    exchange->record = state_->log.open(now.wall);
    // What the log tells of a request that nobody has believed yet.
    exchange->authorization = read_authorization(exchange->request);
    if (exchange->authorization.has_value()) {
        exchange->service = exchange->authorization->service;
    }
    CallRecord& record = *exchange->record;
    record.service = exchange->service.empty() ? service_of(error_shape_of("", exchange->request))
                                               : exchange->service;
    if (const auto service = state_->services.find(record.service);
        service != state_->services.end()) {
        record.action = service->second.action_of(exchange->request);
    }
    // What is no name of either is not worth keeping.
    constexpr std::size_t name_max = 64;
    for (std::string* const name : {&record.service, &record.action}) {
        if (name->size() > name_max) {
            name->clear();
        }
    }
    return exchange;
}

Answer Sandbox::step(Exchange& exchange, base::Moment now) {
    if (exchange.record == nullptr) {
        http::Response response =
            answer_control({state_->log, state_->faults, state_->directory, state_->cloudfront,
                            state_->sqs, state_->lambda, [this, now] { reset(now); }},
                           exchange.request, now);
        tell_witness(exchange, response, now.wall);
        return response;
    }
    if (now.steady < exchange.served_at) {
        return AskAgain{exchange.served_at};
    }
    // What it asked of a world that is gone, nobody can answer.
    Answer answer = exchange.era == era_ ? serve(exchange, now) : http::Response();
    if (auto* response = std::get_if<http::Response>(&answer)) {
        exchange.record->outcome = outcome_of(*response);
        state_->log.close(*exchange.record);
        // Clients see by it that their own clock is wrong.
        response->headers.add("Date", format_http_date(now.wall));
        tell_witness(exchange, *response, now.wall);
    }
    return answer;
}

void Sandbox::tell_witness(const Exchange& exchange, const http::Response& response,
                           base::Timestamp now) const {
    const bool has_effect = exchange.record != nullptr
                                ? exchange.record->effect
                                : response.status == 200 && exchange.request.method == "POST" &&
                                      !exchange.request.target.ends_with("/faults");
    if (witness_ && has_effect) {
        witness_({exchange.request, exchange.arrived_on, now});
    }
}

base::Status Sandbox::repeat(std::vector<Deed> deeds, base::Moment now) {
    base::Moment last;
    // On this clock, and never backward, whatever the calendar did meanwhile.
    const auto moment_of = [&](base::Timestamp time) {
        last.wall = std::min(std::max(last.wall, time), now.wall);
        last.steady = now.steady - (now.wall - last.wall);
        return last;
    };
    std::size_t number = 0;
    for (Deed& deed : deeds) {
        ++number;
        const base::Moment arrived = moment_of(deed.arrived);
        const base::Moment done = moment_of(deed.done);
        if (!repeat(std::move(deed), arrived, done)) {
            return std::unexpected(base::Error(
                base::ErrorKind::invalid,
                fmt::format("call {} of the file does not take effect as it once did: it was made "
                            "by another version, or changed",
                            number)));
        }
    }
    state_->log = CallLog();
    return {};
}

bool Sandbox::repeat(Deed deed, base::Moment arrived, base::Moment done) {
    const auto exchange = open(std::move(deed.request), arrived);
    if (exchange->record == nullptr) {
        const Answer answer = step(*exchange, done);
        return std::get<http::Response>(answer).status == 200;
    }
    if (!admit(*exchange, arrived).has_value()) {
        return false;
    }
    exchange->call->now = done;
    const auto& service = state_->services.find(exchange->service)->second;
    return std::holds_alternative<http::Response>(
               service.answer(*exchange->call, *exchange->record)) &&
           exchange->record->effect;
}

Answer Sandbox::serve(Exchange& exchange, base::Moment now) {
    CallRecord& record = *exchange.record;
    if (!exchange.call) {
        if (const auto admitted = admit(exchange, now); !admitted.has_value()) {
            return render(exchange, admitted.error());
        }
        const std::string& account = record.account.value();
        exchange.fault = state_->faults.draw(exchange.service, record.action, account);
        record.fault = format(exchange.fault);
        const base::Duration delay =
            state_->faults.draw_delay(exchange.service, record.action, account);
        if (delay > base::Duration()) {
            record.fault = record.fault.empty() ? format(Fault::delay) : record.fault;
            exchange.served_at = now.steady + delay;
            return AskAgain{exchange.served_at};
        }
    }
    if (is_before(exchange.fault)) {
        return hurt(exchange);
    }
    const std::string call = exchange.service + "." + record.action;
    const bool is_first = exchange.call->now == base::Moment();
    exchange.call->now = now;
    if (is_first && !state_->quotas.take(record.account, call, now.steady)) {
        return render(exchange, throttled(exchange.service));
    }
    Answer answer = state_->services.find(exchange.service)->second.answer(*exchange.call, record);
    const bool is_done = std::holds_alternative<http::Response>(answer);
    return is_done && is_after(exchange.fault) ? hurt(exchange) : std::move(answer);
}

/// Everything that stands before a service: signature, clock and credentials.
std::expected<void, ServiceError> Sandbox::admit(Exchange& exchange, base::Moment now) {
    CallRecord& record = *exchange.record;
    if (record.service == "sts" && record.action == StsService::unsigned_action) {
        exchange.service = record.service;
        record.account = StsService::target_of(exchange.request);
        Caller nobody;
        nobody.account = record.account;
        exchange.call.emplace(call_of(exchange, std::move(nobody), ""));
        return {};
    }
    if (!exchange.authorization.has_value()) {
        return std::unexpected(exchange.authorization.error());
    }
    const Authorization& authorization = *exchange.authorization;
    const auto service = state_->services.find(authorization.service);
    if (service == state_->services.end()) {
        return std::unexpected(not_in_this_sandbox(
            fmt::format("The service {}", authorization.service), state_->service_names()));
    }
    EXARCH_TRY(const Authenticated authenticated,
               state_->directory.authenticate(authorization.access_key_id,
                                              authorization.session_token, now.wall));
    record.account = authenticated.caller.account;
    record.caller = authenticated.caller.arn;
    record.region = authorization.region;
    // Any but none, for CloudFront too: given an address, SDKs sign for the region they are set to.
    if (authorization.region.empty()) {
        return std::unexpected(ServiceError{
            .status = 403,
            .code = "SignatureDoesNotMatch",
            .message = fmt::format("Credential should be scoped to a valid region, not '{}'.",
                                   authorization.region)});
    }
    EXARCH_CHECK(state_->verifier.verify(exchange.request, authorization,
                                         *authenticated.credentials, now.wall));
    exchange.call.emplace(call_of(exchange, authenticated.caller, authorization.region));
    return {};
}

/// What the client sees of a call that is hit by a fault.
http::Response Sandbox::hurt(const Exchange& exchange) const {
    switch (exchange.fault) {
    case Fault::error_before:
    case Fault::error_after:
        return render(exchange, unavailable(exchange.service));
    case Fault::throttle_before:
        return render(exchange, throttled(exchange.service));
    case Fault::html_before:
    case Fault::html_after: {
        http::Response response;
        response.status = 503;
        response.headers.add("Content-Type", "text/html");
        response.body = "<html><body><h1>503 Service Unavailable</h1></body></html>\n";
        return response;
    }
    case Fault::none:
    case Fault::drop_before:
    case Fault::drop_after:
    case Fault::delay:
        break;
    }
    return {};
}

} // namespace exarch::sandbox
