#include "sandbox/lambda/operation.hpp"

#include <fmt/format.h>

namespace exarch::sandbox::lambda {
namespace {

// Environments do not outlive their keys: Lambda replaces them in time.
constexpr std::chrono::hours session_duration{12};

/// Null where there is no such role.
const sigv4::Credentials* open_session(Directory& directory, const Function& function,
                                       base::Timestamp now) {
    const Role* const role = directory.find_role(function.settings.role);
    if (role == nullptr) {
        return nullptr;
    }
    Session session{
        .role_arn = role->arn(), .role_unique_id = role->unique_id, .name = function.name.name};
    return &directory.open_session(std::move(session), now, session_duration);
}

} // namespace

Permitted Work::authorise(std::string_view action, const std::string& resource) const {
    return authoriser(call, {.action = std::string(action),
                             .resource = resource,
                             .owner = call.caller.account,
                             .resource_policy = {}});
}

Permitted Work::authorise(const FunctionName& name) const {
    // Functions have no policies of their own here: other accounts' are out of reach.
    return authoriser(
        call, {.action = fmt::format("lambda:{}",
                                     route.action == "Invoke" ? "InvokeFunction" : route.action),
               .resource = format_arn(name),
               .owner = name.account,
               .resource_policy = {}});
}

Fallible<Function*> Work::find_function() const {
    EXARCH_TRY(const FunctionName name,
               parse_function(route.resource, call.region, call.caller.account));
    record.details["function"] = name.name;
    EXARCH_CHECK(authorise(name));
    const auto found = store.all_functions.find(name);
    if (found == store.all_functions.end()) {
        return function_not_found(format_arn(name));
    }
    return &found->second;
}

Fallible<Caller> assume_execution_role(Directory& directory, const Function& function,
                                       base::Timestamp now) {
    const sigv4::Credentials* const keys = open_session(directory, function, now);
    if (keys == nullptr) {
        return invalid_parameter("The role defined for the function cannot be assumed by Lambda.");
    }
    EXARCH_TRY(
        Authenticated authenticated,
        directory.authenticate(keys->access_key_id.value(), keys->session_token.reveal(), now));
    return std::move(authenticated.caller);
}

void add_credentials(std::map<std::string, std::string>& variables, Directory& directory,
                     const Function& function, base::Timestamp now) {
    if (const sigv4::Credentials* const keys = open_session(directory, function, now)) {
        variables.insert_or_assign("AWS_ACCESS_KEY_ID", keys->access_key_id.value());
        variables.insert_or_assign("AWS_SECRET_ACCESS_KEY", keys->secret_access_key.reveal());
        variables.insert_or_assign("AWS_SESSION_TOKEN", keys->session_token.reveal());
    }
}

http::Response json_response(int status, const boost::json::value& body) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = boost::json::serialize(body);
    return response;
}

} // namespace exarch::sandbox::lambda
