#pragma once

#include "base/result.hpp"
#include "sigv4/credentials.hpp"

#include <boost/asio/awaitable.hpp>

namespace exarch::aws {

/// Where credentials come from. Used from one executor's thread; must outlive the coroutines it
/// returned.
class CredentialsProvider {
public:
    CredentialsProvider() = default;
    CredentialsProvider(const CredentialsProvider&) = delete;
    CredentialsProvider& operator=(const CredentialsProvider&) = delete;
    virtual ~CredentialsProvider() = default;

    /// Credentials that can be used now. Fails as not_found where this source is not configured,
    /// saying what was looked for; as anything else where it is, and gave nothing.
    [[nodiscard]] virtual boost::asio::awaitable<base::Result<sigv4::Credentials>> get() = 0;

    /// AWS has refused the credentials last given: the next get() must not repeat them if there is
    /// a way to have others.
    virtual void invalidate() {}
};

/// The error of a source that is configured and gave nothing: a chain must not take it for one that
/// is not, and go on to other credentials.
[[nodiscard]] inline base::Error configured(const base::Error& error) {
    return error.kind() == base::ErrorKind::not_found
               ? base::Error(base::ErrorKind::denied, error.message())
               : error;
}

} // namespace exarch::aws
