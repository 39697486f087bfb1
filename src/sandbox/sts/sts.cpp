#include "sandbox/sts/sts.hpp"

#include "sandbox/error_shape.hpp"
#include "sandbox/sts/assume_role.hpp"
#include "sandbox/sts/session_wish.hpp"
#include "sandbox/sts/web_identity.hpp"
#include "sandbox/text.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace exarch::sandbox {
namespace {

/// Those that STS has and the sandbox has not (API reference of STS, Actions).
constexpr std::array<std::string_view, 8> lacking = {
    "AssumeRoleWithSAML", "AssumeRoot",      "DecodeAuthorizationMessage", "GetAccessKeyInfo",
    "GetFederationToken", "GetSessionToken", "GetDelegatedAccessToken",    "GetWebIdentityToken"};
constexpr std::string_view sts_calls = "AssumeRole, AssumeRoleWithWebIdentity, GetCallerIdentity";

std::string identity_of(const Caller& caller) {
    return fmt::format(FMT_COMPILE("<Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account>"),
                       xml_escaped(caller.arn), xml_escaped(caller.unique_id),
                       caller.account.value());
}

/// Parameters stand in the body, in the query (of a presigned URL, for one), or in both.
std::optional<Form> form_of(const http::Request& request) {
    const std::string_view target = request.target;
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view query = target.substr(std::min(mark + 1, target.size()));
    return parse_form(query.empty() ? request.body : fmt::format("{}&{}", query, request.body),
                      Repeated::first_counts);
}

std::string parameter_of(const http::Request& request, std::string_view name) {
    const auto form = form_of(request);
    return form ? std::string(value_of(*form, name)) : std::string();
}

} // namespace

std::string StsService::action_of(const http::Request& request) {
    return parameter_of(request, "Action");
}

base::AccountId StsService::target_of(const http::Request& request) {
    return base::AccountId(account_of_role(parameter_of(request, "RoleArn")));
}

http::Response StsService::answer(const ServiceCall& call, CallRecord& record) {
    const auto result = result_of(call, record);
    if (!result.has_value()) {
        return render_error(ErrorShape::sts, result.error(), call.request_id);
    }
    return sts_response(
        200,
        fmt::format("<{0}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{0}Result>"
                    "{1}</{0}Result><ResponseMetadata><RequestId>{2}</RequestId>"
                    "</ResponseMetadata></{0}Response>",
                    record.action, *result, call.request_id.value()),
        call.request_id);
}

StsService::Result StsService::result_of(const ServiceCall& call, CallRecord& record) {
    const auto form = form_of(call.request);
    if (!form) {
        return std::unexpected(ServiceError{.code = "MalformedQueryString",
                                            .message = "The form has a broken escape."});
    }
    if (!form->contains("Action")) {
        return std::unexpected(ServiceError{
            .code = "MissingAction", .message = "The request is missing its parameter Action."});
    }
    const std::string_view action = value_of(*form, "Action");
    const std::string_view version =
        form->contains("Version") ? value_of(*form, "Version") : "NO_VERSION_SPECIFIED";
    if (version == "2011-06-15") {
        if (auto result = serve(action, call, *form, record)) {
            return std::move(*result);
        }
    }
    return std::unexpected(ServiceError{
        .code = "InvalidAction",
        .message = fmt::format("Could not find operation {} for version {}", action, version)});
}

std::optional<StsService::Result> StsService::serve(std::string_view action,
                                                    const ServiceCall& call, const Form& form,
                                                    CallRecord& record) {
    if (action == "GetCallerIdentity") {
        // Nobody can be denied it.
        return identity_of(call.caller);
    }
    if (action == "AssumeRole") {
        return assume_role({directory_, evaluation_, call, form, record});
    }
    if (action == "AssumeRoleWithWebIdentity") {
        return assume_role_with_web_identity({directory_, call, form, record});
    }
    if (std::ranges::find(lacking, action) != lacking.end()) {
        return std::unexpected(not_in_this_sandbox(fmt::format("{} of STS", action), sts_calls));
    }
    return std::nullopt;
}

} // namespace exarch::sandbox
