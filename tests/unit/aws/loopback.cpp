#include "unit/aws/loopback.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace exarch::aws {

void ManualClock::advance(base::Duration duration) {
    moment.steady += duration;
    moment.wall += std::chrono::floor<std::chrono::milliseconds>(duration);
}

sigv4::Credentials ScriptedProvider::keys(std::string id) {
    sigv4::Credentials credentials;
    credentials.access_key_id = sigv4::AccessKeyId(std::move(id));
    credentials.secret_access_key = base::Secret("secret");
    credentials.session_token = base::Secret("token");
    return credentials;
}

Loopback::Loopback(Answer give, std::map<std::string, std::string, std::less<>> variables)
    : environment(std::move(variables)), answer(std::move(give)),
      client(io.get_executor(), clock, environment), caller(client, clock) {
    http::Handler handler = [this](http::Request request) { return respond(std::move(request)); };
    server = http::Server::listen(io.get_executor(), {}, std::move(handler)).value();
}

boost::asio::awaitable<http::Response> Loopback::respond(http::Request request) {
    requests.push_back(std::move(request));
    co_return answer(requests.back());
}

void Loopback::run_until(const std::function<bool()>& done) {
    while (!done()) {
        if (io.run_one_for(std::chrono::seconds(20)) == 0) {
            throw std::runtime_error("nothing happens, and the work is not done");
        }
    }
}

ServiceRequest Loopback::request() const {
    ServiceRequest request;
    request.service = "cloudfront";
    request.operation = "CreateInvalidation";
    request.signing_name = "cloudfront";
    request.signing_region = base::Region("us-east-1");
    request.origin = origin();
    request.target = "/path?b=2&a=1";
    request.headers.add("Content-Type", "application/xml");
    request.body = "<x/>";
    return request;
}

http::Response response(int status, std::string body, std::vector<http::Headers::Field> headers) {
    http::Response result;
    result.status = status;
    result.body = std::move(body);
    for (auto& [name, value] : headers) {
        result.headers.add(std::move(name), std::move(value));
    }
    return result;
}

std::string assume_role_body(std::string_view operation, std::string_view id) {
    return fmt::format(
        "<{0}Response><{0}Result><Credentials><AccessKeyId>{1}</AccessKeyId><SecretAccessKey>s"
        "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-11-24T13:00:00Z"
        "</Expiration></Credentials></{0}Result></{0}Response>",
        operation, id);
}

} // namespace exarch::aws
