#include "aws/ssm.hpp"

#include "aws/detail/ssm_codec.hpp"

namespace exarch::aws {

boost::asio::awaitable<Outcome<SsmParameter>> Ssm::get_parameter(std::string name) const {
    ServiceRequest request = get_parameter_request(endpoint_, name);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_parameter);
}

boost::asio::awaitable<Outcome<std::int64_t>> Ssm::put_parameter(PutParameter put) const {
    ServiceRequest request = put_parameter_request(endpoint_, put);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials_);
    co_return and_then(reply, parse_version);
}

} // namespace exarch::aws
