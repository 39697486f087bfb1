#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "http/client.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <optional>

namespace exarch::aws {

/// An HTTP client that uses no proxy, for endpoints on this very machine that hand out credentials:
/// these must not pass through anyone. Made at first use, which most processes never come to.
class DirectHttp {
public:
    /// `clock` must outlive it.
    DirectHttp(boost::asio::any_io_executor executor, const base::Clock& clock,
               const base::Environment& environment);

    /// The reply, of whatever status. Fails as http::Client does.
    [[nodiscard]] boost::asio::awaitable<base::Result<http::Response>>
    send(http::Request request, http::Timeouts timeouts);

private:
    boost::asio::any_io_executor executor_;
    const base::Clock& clock_;
    base::Environment environment_;
    std::optional<http::Client> client_;
};

} // namespace exarch::aws
