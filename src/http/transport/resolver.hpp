#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "http/transport/deadlines.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace exarch::http {

struct ResolverParams {
    /// `192.0.2.1:5353,192.0.2.2`; the system's own (`configuration`) where empty.
    std::string servers = {};
    /// Read again before the next query where it has changed since.
    std::string configuration = "/etc/resolv.conf";
    /// Of the first try with one server; doubles with each. With all tries it stays below the time
    /// in which a connection must stand: there are servers that answer A queries and drop AAAA.
    base::Duration timeout = std::chrono::seconds(1);
    /// With each server.
    int tries = 2;
    /// Answers are kept as long as their TTL says, at most this long.
    base::Duration cache_max = std::chrono::seconds(60);
    /// Names kept at once.
    std::size_t names_max = 1024;
};

/// Finds the addresses of a host by c-ares: /etc/hosts first, then A and AAAA queries. glibc's
/// resolver would load NSS at run time, which a static program cannot. IP addresses and `localhost`
/// need no query. Callers who ask for the same name at once share one query. One thread.
class Resolver {
public:
    explicit Resolver(std::shared_ptr<Deadlines> deadlines, ResolverParams params = {});
    /// Who still waits is answered with cancelled.
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    using Addresses = std::vector<boost::asio::ip::address>;

    /// At least one address, best first (RFC 6724). Fails as not_found where the name has none, as
    /// unreachable where no server answers before `deadline`, as cancelled by the coroutine's slot.
    [[nodiscard]] boost::asio::awaitable<base::Result<Addresses>> resolve(std::string host,
                                                                          base::Instant deadline);

private:
    class Channel;
    std::shared_ptr<Channel> channel_;
};

} // namespace exarch::http
