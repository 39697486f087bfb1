#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// How Lambda knows a loop: the trace header that comes with an event tells in its `Lineage` which
/// functions were invoked before in the same chain of requests, and how often. AWS's SDKs send the
/// header on with what a function does, SQS keeps it with the message, and so it comes back. What
/// does not send it on begins a new chain.
///
/// Here it is as Lambda was first seen to write it, `Lineage=a87bd80c:1|68fd508a:5`: a function's
/// hash, and how often it was invoked after the first time. By now Lambda writes one pair for the
/// whole chain, by rules that are not told.
namespace exarch::sandbox::functions {

/// In one chain; the next one is refused unless the function may go on. AWS says approximately 16.
constexpr std::size_t chain_invocations_max = 16;

/// What stands behind `Lineage=`; empty where the header has none.
[[nodiscard]] std::string_view lineage_of(std::string_view trace);

/// How often the function was invoked so far. What can't be read tells of no invocation.
[[nodiscard]] std::size_t invocations_in(std::string_view lineage, std::string_view function_arn);

/// The header with that lineage instead of its own, and one invocation of the function more.
[[nodiscard]] std::string with_invocation(std::string_view trace, std::string_view lineage,
                                          std::string_view function_arn);

} // namespace exarch::sandbox::functions
