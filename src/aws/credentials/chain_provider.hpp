#pragma once

#include "aws/credentials/provider.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace exarch::aws {

/// A source in a chain, and what messages call it.
struct ChainLink {
    std::string name;
    std::unique_ptr<CredentialsProvider> provider;
};

/// Asks one source after the other. not_found leads on to the next; anything else ends the search,
/// so that a broken configuration does not silently become somebody else's credentials. The source
/// that once gave some is the only one asked from then on.
class ChainProvider final : public CredentialsProvider {
public:
    explicit ChainProvider(std::vector<ChainLink> links) : links_(std::move(links)) {}

    boost::asio::awaitable<base::Result<sigv4::Credentials>> get() override;
    void invalidate() override;

private:
    std::vector<ChainLink> links_;
    std::optional<std::size_t> chosen_;
};

} // namespace exarch::aws
