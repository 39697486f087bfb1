#pragma once

#include "aws/credentials/direct_http.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "http/message.hpp"
#include "lambda/invocation.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace exarch::lambda {

/// Why an invocation or the start failed, as Lambda shows it.
struct FunctionError {
    /// `Exarch.InvalidEvent`: a category and a reason.
    std::string type;
    /// A sentence for people.
    std::string message;
};

/// The error that Lambda is told of, with a type by its kind.
[[nodiscard]] FunctionError function_error(const base::Error& error);

/// Lambda's Runtime API (2018-06-01) at the address of AWS_LAMBDA_RUNTIME_API, never by a proxy.
/// Fails as `system` where the process has to end (the API says so, cannot be reached, or says what
/// nobody can read), as `invalid` where an answer is too large, and as `conflict` where it comes
/// too late or for no invocation that the API knows. `clock` must outlive it. One executor's
/// thread.
class RuntimeApi {
public:
    /// Reads AWS_LAMBDA_RUNTIME_API. Fails as invalid where it is not set, which means that this is
    /// no Lambda, or is no HOST:PORT.
    [[nodiscard]] static base::Result<http::Origin>
    find_address(const base::Environment& environment);

    RuntimeApi(boost::asio::any_io_executor executor, const base::Clock& clock,
               const base::Environment& environment, http::Origin address);

    /// Waits without end: the process may be frozen in between.
    [[nodiscard]] boost::asio::awaitable<base::Result<Invocation>> next();
    [[nodiscard]] boost::asio::awaitable<base::Status> respond(base::RequestId request_id,
                                                               std::string answer);
    [[nodiscard]] boost::asio::awaitable<base::Status> fail(base::RequestId request_id,
                                                            FunctionError error);
    /// Instead of asking for the first invocation.
    [[nodiscard]] boost::asio::awaitable<base::Status> fail_init(FunctionError error);

private:
    [[nodiscard]] boost::asio::awaitable<base::Status> post(std::string target, std::string body,
                                                            std::string error_type);

    aws::DirectHttp http_;
    http::Origin address_;
};

} // namespace exarch::lambda
