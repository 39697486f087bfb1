#include "http/proxy.hpp"

#include "base/assert.hpp"
#include "http/url.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/pct_string_view.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>

namespace exarch::http {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
namespace asio = boost::asio;

constexpr unsigned short proxy_port = 1080;

std::string_view strip_trailing_dot(std::string_view name) {
    return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

// Whether `host` is `name` or below it.
bool is_within(std::string_view host, std::string_view name) {
    if (host.size() < name.size() ||
        !equal_ignoring_case(host.substr(host.size() - name.size()), name)) {
        return false;
    }
    return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

template <std::size_t Size>
bool share_prefix(const std::array<unsigned char, Size>& left,
                  const std::array<unsigned char, Size>& right, unsigned bits) {
    for (std::size_t i = 0; i < Size && bits > 0; ++i) {
        const unsigned here = std::min(bits, 8U);
        const auto mask = static_cast<unsigned char>(0xff00U >> here);
        if ((left[i] & mask) != (right[i] & mask)) {
            return false;
        }
        bits -= here;
    }
    return true;
}

bool contains(const asio::ip::address& network, unsigned bits, const asio::ip::address& address) {
    if (network.is_v4() != address.is_v4()) {
        return false;
    }
    return network.is_v4()
               ? share_prefix(network.to_v4().to_bytes(), address.to_v4().to_bytes(), bits)
               : share_prefix(network.to_v6().to_bytes(), address.to_v6().to_bytes(), bits);
}

std::string encode_base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                       reinterpret_cast<const unsigned char*>(bytes.data()),
                                       static_cast<int>(bytes.size()));
    EXARCH_ASSERT(length >= 0);
    text.resize(static_cast<std::size_t>(length));
    return text;
}

struct Userinfo {
    std::string_view user;
    std::string_view password;
};

Userinfo split_userinfo(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return {.user = text, .password = {}};
    }
    return {.user = text.substr(0, colon), .password = text.substr(colon + 1)};
}

bool decode(std::string_view encoded, std::string& decoded) {
    const auto checked =
        boost::urls::make_pct_string_view(boost::urls::string_view(encoded.data(), encoded.size()));
    if (checked.has_error()) {
        return false;
    }
    decoded = checked->decode();
    return true;
}

// Without `authorization` where the user's name or password is not well encoded.
std::optional<base::Secret> basic_authorization(std::string_view userinfo) {
    if (userinfo.empty()) {
        return base::Secret();
    }
    const Userinfo parts = split_userinfo(userinfo);
    std::string user;
    std::string password;
    if (!decode(parts.user, user) || !decode(parts.password, password)) {
        return std::nullopt;
    }
    const base::Secret both(user + ":" + password);
    return base::Secret("Basic " + encode_base64(both.reveal()));
}

std::unexpected<Error> refuse(std::string_view variable, std::string_view value,
                              std::string_view why) {
    return std::unexpected(
        Error(ErrorKind::invalid, fmt::format("{} is \"{}\", which {}; write it like "
                                              "http://proxy.example.com:3128",
                                              variable, mask_credentials(value), why)));
}

Result<Proxy> parse_proxy(std::string_view variable, std::string_view value) {
    std::string_view rest = value;
    if (const std::size_t scheme_end = rest.find("://"); scheme_end != std::string_view::npos) {
        if (!equal_ignoring_case(rest.substr(0, scheme_end), "http")) {
            return refuse(variable, value, "is not a plain HTTP proxy, the only kind spoken here");
        }
        rest.remove_prefix(scheme_end + 3);
    }
    rest = rest.substr(0, rest.find_first_of("/?#"));
    const std::size_t at = rest.rfind('@');
    const auto userinfo = at == std::string_view::npos ? std::string_view() : rest.substr(0, at);
    const auto authority = at == std::string_view::npos ? rest : rest.substr(at + 1);
    const auto url = parse_url(fmt::format("http://{}/", authority));
    if (!url.has_value()) {
        return refuse(variable, value, "names no host, or no port of 1 to 65535");
    }
    auto authorization = basic_authorization(userinfo);
    if (!authorization) {
        return refuse(variable, value, "has a user or password that is not percent-encoded");
    }
    Proxy proxy{.origin = url->origin, .authorization = std::move(*authorization)};
    const std::string_view host_end = authority.substr(authority.rfind(']') + 1);
    if (!host_end.contains(':')) {
        proxy.origin.port = proxy_port;
    }
    return proxy;
}

template <class Number>
bool read_number(std::string_view digits, Number& number) {
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return read.ec == std::errc() && read.ptr == digits.data() + digits.size();
}

struct Place {
    std::string_view host;
    /// 0 where none is named.
    unsigned short port = 0;
};

// `host`, `host:port`, `[address]:port`, or an IPv6 address as it is; none where the port is none.
std::optional<Place> split_port(std::string_view entry) {
    Place place{.host = entry};
    std::string_view behind;
    if (entry.starts_with('[') && entry.contains(']')) {
        const std::size_t end = entry.find(']');
        place.host = entry.substr(1, end - 1);
        behind = entry.substr(end + 1);
    } else if (std::ranges::count(entry, ':') == 1) {
        place.host = entry.substr(0, entry.find(':'));
        behind = entry.substr(entry.find(':'));
    }
    if (!behind.empty() && (behind.front() != ':' || !read_number(behind.substr(1), place.port))) {
        return std::nullopt;
    }
    return place;
}

} // namespace

ProxyRules::ProxyRules(const base::Environment& environment)
    : http_(read(environment, "http_proxy", "HTTP_PROXY")),
      https_(read(environment, "https_proxy", "HTTPS_PROXY")) {
    read_exceptions(read(environment, "no_proxy", "NO_PROXY").url);
}

ProxyRules::Setting ProxyRules::read(const base::Environment& environment, std::string_view lower,
                                     std::string_view upper) {
    if (auto value = environment.get(lower)) {
        return {.variable = std::string(lower), .url = std::move(*value)};
    }
    return {.variable = std::string(upper), .url = environment.get(upper).value_or("")};
}

void ProxyRules::read_exceptions(std::string_view list) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find_first_of(", \t"), list.size());
        std::string_view entry = list.substr(0, end);
        list.remove_prefix(std::min(end + 1, list.size()));
        if (entry.empty()) {
            continue;
        }
        read_exception(entry);
    }
}

void ProxyRules::read_exception(std::string_view entry) {
    if (entry == "*") {
        all_exempt_ = true;
        return;
    }
    const auto place = split_port(entry);
    if (!place) {
        return;
    }
    const std::string_view text = place->host.substr(0, place->host.find('/'));
    boost::system::error_code error;
    const auto address = asio::ip::make_address(text, error);
    if (error) {
        const std::string_view name = strip_trailing_dot(place->host);
        exempt_names_.push_back(
            {.name = std::string(name.substr(name.starts_with('.') ? 1 : 0)), .port = place->port});
        return;
    }
    const unsigned all_bits = address.is_v4() ? 32 : 128;
    unsigned bits = all_bits;
    if (text.size() < place->host.size() &&
        !read_number(place->host.substr(text.size() + 1), bits)) {
        return;
    }
    exempt_networks_.push_back(
        {.address = address, .prefix_bits = std::min(bits, all_bits), .port = place->port});
}

bool ProxyRules::is_exempt(const Origin& origin) const {
    if (all_exempt_) {
        return true;
    }
    const auto is_port = [&](unsigned short port) { return port == 0 || port == origin.port; };
    boost::system::error_code error;
    const auto address = asio::ip::make_address(origin.host, error);
    if (!error) {
        return std::ranges::any_of(exempt_networks_, [&](const Network& network) {
            return is_port(network.port) && contains(network.address, network.prefix_bits, address);
        });
    }
    return std::ranges::any_of(exempt_names_, [&](const Name& name) {
        return is_port(name.port) && is_within(strip_trailing_dot(origin.host), name.name);
    });
}

Result<std::optional<Proxy>> ProxyRules::choose(const Origin& origin) const {
    const Setting& setting = origin.tls ? https_ : http_;
    if (setting.url.empty() || is_exempt(origin)) {
        return std::nullopt;
    }
    EXARCH_TRY(Proxy proxy, parse_proxy(setting.variable, setting.url));
    return std::optional(std::move(proxy));
}

} // namespace exarch::http
