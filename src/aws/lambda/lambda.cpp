#include "aws/lambda/lambda.hpp"

#include "aws/lambda/codec.hpp"

namespace exarch::aws {

std::string_view format(RecursiveLoop loop) {
    return loop == RecursiveLoop::allow ? "Allow" : "Terminate";
}

boost::asio::awaitable<Outcome<RecursiveLoop>>
Lambda::get_recursion_config(std::string function) const {
    ServiceRequest request = recursion_config_request(endpoint_, function);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_recursion_config);
}

boost::asio::awaitable<Outcome<FunctionConfiguration>>
Lambda::get_configuration(std::string function) const {
    ServiceRequest request = configuration_request(endpoint_, function);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_configuration);
}

boost::asio::awaitable<Outcome<EventSourceMappingPage>>
Lambda::list_event_source_mappings(std::string function, std::string marker) const {
    ServiceRequest request = event_source_mappings_request(endpoint_, function, marker);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_event_source_mappings);
}

} // namespace exarch::aws
