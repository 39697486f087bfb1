#include "sandbox/lambda/operation.hpp"

namespace exarch::sandbox::lambda {
namespace {

constexpr std::string_view unqualified_pattern =
    R"(satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov))"
    R"(|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+))";

/// Whether a loop may go on is said of the function, and never of one of its versions.
Fallible<Function*> find_unqualified(const Work& work) {
    if (work.route.resource.ends_with(":$LATEST")) {
        return breaks_constraint(work.route.resource, "functionName", unqualified_pattern);
    }
    return work.find_function();
}

http::Response format_config(const Function& function) {
    return json_response(
        200,
        boost::json::object{{"RecursiveLoop", function.allows_recursion ? "Allow" : "Terminate"}});
}

} // namespace

Outcome get_function_recursion_config(const Work& work) {
    EXARCH_TRY(const Function* const function, find_unqualified(work));
    return format_config(*function);
}

Outcome put_function_recursion_config(const Work& work) {
    EXARCH_TRY(Function* const function, find_unqualified(work));
    EXARCH_TRY(const auto wanted, work.body.text("RecursiveLoop"));
    if (!wanted) {
        return breaks_constraint("null", "recursiveLoop", "not be null");
    }
    if (*wanted != "Allow" && *wanted != "Terminate") {
        return breaks_constraint(*wanted, "recursiveLoop",
                                 "satisfy enum value set: [Terminate, Allow]");
    }
    function->allows_recursion = *wanted == "Allow";
    work.store.fleet.allow_recursion(format_arn(function->name), function->allows_recursion);
    work.record.effect = true;
    return format_config(*function);
}

} // namespace exarch::sandbox::lambda
