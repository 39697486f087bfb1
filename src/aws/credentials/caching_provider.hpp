#pragma once

#include "aws/credentials/cache.hpp"
#include "aws/credentials/provider.hpp"
#include "base/time.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace exarch::aws {

/// Keeps what another provider gave, and renews it ahead of its end: one attempt at a time, however
/// many ask, and none is lost because one of them gave up waiting. Old credentials are given out
/// while renewing them fails, until they end.
class CachingProvider final : public CredentialsProvider {
public:
    /// `clock` must outlive it, and `executor` must be that of those who call.
    CachingProvider(boost::asio::any_io_executor executor, const base::Clock& clock,
                    std::unique_ptr<CredentialsProvider> source, RefreshPolicy policy = {});
    /// Cancels an attempt under way.
    ~CachingProvider() override;

    boost::asio::awaitable<base::Result<sigv4::Credentials>> get() override;
    void invalidate() override;

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace exarch::aws
