#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace exarch::http {

/// A name server on loopback that knows the names it was told, and no others.
class DnsServer {
public:
    explicit DnsServer(boost::asio::io_context& context);
    ~DnsServer();

    struct Entry {
        std::vector<std::string> addresses = {};
        std::chrono::seconds ttl{60};
    };

    void tell(std::string name, Entry entry);
    /// From now on no query is answered.
    void fall_silent();
    /// From now on no AAAA query is answered, as some firewalls drop them.
    void drop_ipv6();
    /// From now on every answer is SERVFAIL.
    void fail();
    /// From now on every answer is bytes that mean nothing.
    void rave();

    /// As c-ares takes it.
    [[nodiscard]] std::string server() const;
    /// Queries received, A and AAAA apart.
    [[nodiscard]] int queries() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace exarch::http
