#include "aws/credentials/chain_provider.hpp"

#include <fmt/format.h>

#include <utility>

namespace exarch::aws {

boost::asio::awaitable<base::Result<sigv4::Credentials>> ChainProvider::get() {
    std::string looked_for;
    for (std::size_t i = chosen_.value_or(0); i < links_.size(); ++i) {
        base::Result<sigv4::Credentials> result = co_await links_[i].provider->get();
        if (result.has_value()) {
            chosen_ = i;
            co_return result;
        }
        if (chosen_.has_value() || result.error().kind() != base::ErrorKind::not_found) {
            co_return std::unexpected(
                result.error().within(fmt::format("AWS credentials from {}", links_[i].name)));
        }
        looked_for += fmt::format("{}{} ({})", looked_for.empty() ? "" : "; ", links_[i].name,
                                  result.error().message());
    }
    co_return std::unexpected(base::Error(
        base::ErrorKind::not_found,
        fmt::format("no AWS credentials found; looked for, in this order: {}", looked_for)));
}

void ChainProvider::invalidate() {
    if (chosen_.has_value()) {
        links_[*chosen_].provider->invalidate();
    }
}

} // namespace exarch::aws
