#include "aws/credentials/direct_http.hpp"

#include "base/text.hpp"

#include <map>
#include <string>
#include <utility>

namespace exarch::aws {
namespace {

base::Environment without_proxies(const base::Environment& environment) {
    std::map<std::string, std::string, std::less<>> variables = environment.all();
    std::erase_if(variables, [](const auto& variable) {
        return base::lowered(variable.first).ends_with("_proxy");
    });
    return base::Environment(std::move(variables));
}

} // namespace

DirectHttp::DirectHttp(boost::asio::any_io_executor executor, const base::Clock& clock,
                       const base::Environment& environment)
    : executor_(std::move(executor)), clock_(clock), environment_(without_proxies(environment)) {}

boost::asio::awaitable<base::Result<http::Response>> DirectHttp::send(http::Request request,
                                                                      http::Timeouts timeouts) {
    if (!client_.has_value()) {
        client_.emplace(executor_, clock_, environment_);
    }
    base::Result<http::Exchange> exchange = co_await client_->send(std::move(request), timeouts);
    if (!exchange.has_value()) {
        co_return std::unexpected(std::move(exchange).error());
    }
    co_return std::move(exchange->response);
}

} // namespace exarch::aws
