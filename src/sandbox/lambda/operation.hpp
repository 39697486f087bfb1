#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/lambda/async_queue.hpp"
#include "sandbox/lambda/body.hpp"
#include "sandbox/lambda/function.hpp"
#include "sandbox/lambda/mapping.hpp"
#include "sandbox/lambda/route.hpp"

#include <boost/json.hpp>

#include <map>
#include <memory>
#include <string>
#include <variant>

namespace exarch::sandbox::lambda {

/// All functions and mappings, and what is under way.
struct Store {
    Store(functions::Host& host, std::uint64_t seed)
        : dice(seed), fleet(host, seed + 1), async(fleet) {}

    Dice dice;
    std::map<FunctionName, Function> all_functions;
    functions::Fleet fleet;
    AsyncQueue async;
    /// By UUID.
    std::map<std::string, Mapping, std::less<>> mappings;
    /// Synchronous invocations, by the id of their requests.
    std::map<base::RequestId, std::shared_ptr<const functions::Invocation>> open;
};

/// What an operation works with.
struct Work {
    Store& store;
    Directory& directory;
    const Authoriser& authoriser;
    sqs::Queues& queues;
    const ServiceCall& call;
    const Route& route;
    /// Of Invoke, whose body is an event, an empty one.
    const Body& body;
    CallRecord& record;

    /// The function that the path names, once the caller may do this to it.
    [[nodiscard]] Fallible<Function*> find_function() const;
    /// Asks whether the caller may do this to that function, which need not exist.
    [[nodiscard]] Permitted authorise(const FunctionName& name) const;
    [[nodiscard]] Permitted authorise(std::string_view action, const std::string& resource) const;
};

/// Lambda itself in the function's role, `assumed-role/ROLE/FUNCTION`.
[[nodiscard]] Fallible<Caller> assume_execution_role(Directory& directory, const Function& function,
                                                     base::Timestamp now);

/// Keys of such a session, as a process finds them in its environment. Where the role is gone,
/// none: the process will be told so by whomever it calls.
void add_credentials(std::map<std::string, std::string>& variables, Directory& directory,
                     const Function& function, base::Timestamp now);

/// An answer, or AskAgain.
using Outcome = Fallible<Answer>;
using Operation = Outcome (*)(const Work&);

[[nodiscard]] http::Response json_response(int status, const boost::json::value& body);

Outcome create_function(const Work& work);
Outcome get_function(const Work& work);
Outcome get_function_configuration(const Work& work);
Outcome list_functions(const Work& work);
Outcome update_function_code(const Work& work);
Outcome update_function_configuration(const Work& work);
Outcome delete_function(const Work& work);
Outcome put_function_concurrency(const Work& work);
Outcome get_function_concurrency(const Work& work);
Outcome delete_function_concurrency(const Work& work);
Outcome get_account_settings(const Work& work);

Outcome get_function_recursion_config(const Work& work);
Outcome put_function_recursion_config(const Work& work);

Outcome invoke(const Work& work);

Outcome create_event_source_mapping(const Work& work);
Outcome get_event_source_mapping(const Work& work);
Outcome list_event_source_mappings(const Work& work);
Outcome update_event_source_mapping(const Work& work);
Outcome delete_event_source_mapping(const Work& work);

} // namespace exarch::sandbox::lambda
