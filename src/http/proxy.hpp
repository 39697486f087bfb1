#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/message.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::http {

/// The proxy that a request has to go through.
struct Proxy {
    /// Spoken to in plain HTTP.
    Origin origin;
    /// The value of Proxy-Authorization; empty where the proxy's URL names no user.
    base::Secret authorization;
};

/// Which requests go through which proxy, as curl reads the environment: `http_proxy` for http and
/// `https_proxy` for https, in lower case first, then in upper case; none for the hosts of
/// `no_proxy`. A proxy is `http://[user:password@]host[:port]`; scheme and port may be left out
/// (port 1080, as curl has it).
///
/// `no_proxy` is a list with commas or spaces between: a name stands for itself and all names below
/// it (`example.com`, `.example.com`), an address for itself, `10.0.0.0/8` for a network, `*` for
/// everything; `host:port` and `[address]:port` for that port alone.
class ProxyRules {
public:
    explicit ProxyRules(const base::Environment& environment);

    /// None is a direct connection. Fails as invalid, naming the variable, where its value is no
    /// proxy that can be used.
    [[nodiscard]] base::Result<std::optional<Proxy>> choose(const Origin& origin) const;

private:
    struct Setting {
        std::string variable;
        std::string url;
    };
    struct Network {
        boost::asio::ip::address address;
        unsigned prefix_bits;
        /// 0 for any.
        unsigned short port;
    };
    struct Name {
        std::string name;
        unsigned short port;
    };

    static Setting read(const base::Environment& environment, std::string_view lower,
                        std::string_view upper);
    void read_exceptions(std::string_view list);
    void read_exception(std::string_view entry);
    [[nodiscard]] bool is_exempt(const Origin& origin) const;

    Setting http_;
    Setting https_;
    bool all_exempt_ = false;
    std::vector<Name> exempt_names_;
    std::vector<Network> exempt_networks_;
};

} // namespace exarch::http
