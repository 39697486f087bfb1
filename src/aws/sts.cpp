#include "aws/sts.hpp"

namespace exarch::aws {

boost::asio::awaitable<Outcome<AssumedRole>>
Sts::assume_role(CredentialsProvider& credentials, AssumeRoleParams params,
                 http::OnDeparture on_departure) const {
    ServiceRequest request = assume_role_request(endpoint_, params);
    const Outcome<Reply> reply =
        co_await caller_.call(std::move(request), credentials, std::move(on_departure));
    co_return and_then(reply, parse_assumed_role);
}

boost::asio::awaitable<Outcome<AssumedRole>>
Sts::assume_role_with_web_identity(WebIdentityParams params) const {
    ServiceRequest request = web_identity_request(endpoint_, params);
    const Outcome<Reply> reply = co_await caller_.call_unsigned(std::move(request));
    co_return and_then(reply, parse_assumed_role);
}

boost::asio::awaitable<Outcome<CallerIdentity>>
Sts::get_caller_identity(CredentialsProvider& credentials) const {
    ServiceRequest request = caller_identity_request(endpoint_);
    const Outcome<Reply> reply = co_await caller_.call(std::move(request), credentials);
    co_return and_then(reply, parse_caller_identity);
}

} // namespace exarch::aws
