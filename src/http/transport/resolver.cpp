#include "http/transport/resolver.hpp"

#include "base/assert.hpp"
#include "http/message.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <ares.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <map>
#include <optional>
#include <utility>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using asio::ip::address;
using base::Error;
using base::ErrorKind;
using base::Result;

bool is_localhost(std::string_view host) {
    constexpr std::string_view name = "localhost";
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    return equal_ignoring_case(host, name) ||
           (host.size() > name.size() &&
            equal_ignoring_case(host.substr(host.size() - name.size() - 1), ".localhost"));
}

std::optional<Resolver::Addresses> resolve_without_query(const std::string& host) {
    boost::system::error_code error;
    const address literal = asio::ip::make_address(host, error);
    if (!error) {
        return Resolver::Addresses{literal};
    }
    if (is_localhost(host)) {
        return Resolver::Addresses{asio::ip::address_v4::loopback(),
                                   asio::ip::address_v6::loopback()};
    }
    return std::nullopt;
}

std::optional<address> read_address(const sockaddr* raw) {
    if (raw->sa_family == AF_INET) {
        sockaddr_in v4 = {};
        std::memcpy(&v4, raw, sizeof v4);
        return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (raw->sa_family == AF_INET6) {
        sockaddr_in6 v6 = {};
        std::memcpy(&v6, raw, sizeof v6);
        asio::ip::address_v6::bytes_type bytes;
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return asio::ip::address_v6(bytes, v6.sin6_scope_id);
    }
    return std::nullopt;
}

Error explain(const std::string& host, int status) {
    switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
        return Error(ErrorKind::not_found,
                     fmt::format("no address is known for the name {}; check how it is written, "
                                 "or the region it is made from",
                                 host));
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
        return Error(ErrorKind::cancelled, fmt::format("looking up {} was given up", host));
    default:
        return Error(ErrorKind::unreachable,
                     fmt::format("the name {} could not be looked up ({}); check the name servers "
                                 "in /etc/resolv.conf",
                                 host, ares_strerror(status)));
    }
}

/// Changes with the file that a path leads to; empty where there is none.
std::string mark_of(const std::string& path) {
    struct stat file{};
    if (::stat(path.c_str(), &file) != 0) {
        return {};
    }
    return fmt::format("{} {} {} {}.{}", file.st_dev, file.st_ino, file.st_size,
                       file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
}

struct AddressesDeleter {
    void operator()(ares_addrinfo* found) const { ares_freeaddrinfo(found); }
};

} // namespace

class Resolver::Channel : public std::enable_shared_from_this<Channel> {
public:
    Channel(std::shared_ptr<Deadlines> deadlines, ResolverParams params)
        : deadlines_(std::move(deadlines)), params_(std::move(params)),
          retry_(deadlines_, [this] { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }) {}

    ~Channel() { shut(); }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    void shut() {
        if (channel_ != nullptr) {
            ares_destroy(std::exchange(channel_, nullptr));
        }
    }

    static asio::awaitable<Result<Addresses>> resolve(std::shared_ptr<Channel> self,
                                                      std::string host, base::Instant deadline) {
        if (const auto cached = self->find_cached(host)) {
            co_return *cached;
        }
        const auto lookup = self->join(host);
        if (!lookup.has_value()) {
            co_return std::unexpected(lookup.error());
        }
        Waiter waiter(self->deadlines_, *lookup);
        const Gate::Outcome outcome = co_await waiter.gate.wait(deadline);
        if (outcome == Gate::Outcome::opened) {
            co_return *(*lookup)->result;
        }
        const bool expired = outcome == Gate::Outcome::expired;
        co_return std::unexpected(explain(host, expired ? ARES_ETIMEOUT : ARES_ECANCELLED));
    }

private:
    // One query and all who wait for it.
    struct Lookup {
        Lookup(Channel* by, std::string name) : channel(by), host(std::move(name)) {}

        Channel* channel;
        std::string host;
        std::optional<Result<Addresses>> result;
        std::list<Gate*> waiters;
    };

    struct Waiter {
        Waiter(const std::shared_ptr<Deadlines>& deadlines, std::shared_ptr<Lookup> joined)
            : gate(deadlines), lookup(std::move(joined)) {
            if (lookup->result) {
                gate.open();
            }
            place = lookup->waiters.insert(lookup->waiters.end(), &gate);
        }
        ~Waiter() { lookup->waiters.erase(place); }
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;

        Gate gate;
        std::shared_ptr<Lookup> lookup;
        std::list<Gate*>::iterator place;
    };

    struct Answer {
        Addresses addresses;
        base::Instant expires;
    };

    // A socket of c-ares, which opens and closes it itself.
    struct Socket {
        Socket(const asio::any_io_executor& executor, int fd) : descriptor(executor, fd) {}
        asio::posix::stream_descriptor descriptor;
        bool wants_read = false;
        bool wants_write = false;
        bool waits_read = false;
        bool waits_write = false;
    };

    std::optional<Addresses> find_cached(const std::string& host) {
        const auto found = answers_.find(host);
        if (found == answers_.end() || found->second.expires <= deadlines_->now()) {
            return std::nullopt;
        }
        return found->second.addresses;
    }

    Result<std::shared_ptr<Lookup>> join(const std::string& host) {
        if (const auto found = lookups_.find(host); found != lookups_.end()) {
            return found->second;
        }
        if (const int status = open(); status != ARES_SUCCESS) {
            return std::unexpected(explain(host, status));
        }
        auto lookup = std::make_shared<Lookup>(this, host);
        lookups_.emplace(host, lookup);
        ares_addrinfo_hints hints = {};
        hints.ai_family = AF_UNSPEC;
        ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &Channel::on_answer,
                         lookup.get());
        schedule_retry();
        return lookup;
    }

    int open() {
        // The old name servers may answer still, if only that they know nothing of a name.
        std::string mark = mark_of(params_.configuration);
        if (lookups_.empty() && (is_stale_ || mark != read_at_)) {
            shut();
        }
        if (channel_ != nullptr) {
            return ARES_SUCCESS;
        }
        is_stale_ = false;
        read_at_ = std::move(mark);
        using std::chrono::milliseconds;
        std::string order = "fb";
        ares_options options = {};
        options.timeout =
            static_cast<int>(std::chrono::duration_cast<milliseconds>(params_.timeout).count());
        options.tries = params_.tries;
        options.lookups = order.data();
        options.sock_state_cb = &Channel::on_socket_state;
        options.sock_state_cb_data = this;
        options.resolvconf_path = params_.configuration.data();
        const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                         ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF;
        int status = ares_init_options(&channel_, &options, mask);
        if (status != ARES_SUCCESS) {
            channel_ = nullptr;
            return status;
        }
        if (!params_.servers.empty()) {
            status = ares_set_servers_ports_csv(channel_, params_.servers.c_str());
        }
        return status;
    }

    static void on_answer(void* argument, int status, int, ares_addrinfo* raw) {
        const std::unique_ptr<ares_addrinfo, AddressesDeleter> found(raw);
        auto& lookup = *static_cast<Lookup*>(argument);
        lookup.channel->finish(lookup, status, found.get());
    }

    void finish(Lookup& lookup, int status, const ares_addrinfo* found) {
        const auto keep = lookups_.extract(lookup.host);
        base::Duration lasts = params_.cache_max;
        Addresses addresses;
        for (const auto* node = found != nullptr ? found->nodes : nullptr; node != nullptr;
             node = node->ai_next) {
            if (const auto one = read_address(node->ai_addr)) {
                addresses.push_back(*one);
                lasts = std::min<base::Duration>(lasts, std::chrono::seconds(node->ai_ttl));
            }
        }
        if (status == ARES_SUCCESS && addresses.empty()) {
            status = ARES_ENODATA;
        }
        if (status == ARES_SUCCESS) {
            remember(lookup.host, addresses, lasts);
            lookup.result = std::move(addresses);
        } else {
            lookup.result = std::unexpected(explain(lookup.host, status));
            // Where name servers answer to nobody, nothing that was read of them is relied on.
            is_stale_ = is_stale_ || lookup.result->error().kind() == ErrorKind::unreachable;
        }
        for (Gate* const waiter : lookup.waiters) {
            waiter->open();
        }
    }

    void remember(const std::string& host, const Addresses& addresses, base::Duration lasts) {
        if (lasts <= base::Duration::zero()) {
            return;
        }
        if (answers_.size() >= params_.names_max) {
            answers_.clear();
        }
        answers_[host] = Answer{.addresses = addresses, .expires = deadlines_->now() + lasts};
    }

    static void on_socket_state(void* argument, ares_socket_t fd, int readable, int writable) {
        static_cast<Channel*>(argument)->watch(fd, readable != 0, writable != 0);
    }

    void watch(int fd, bool readable, bool writable) {
        auto& socket = sockets_[fd];
        if (socket == nullptr) {
            socket = std::make_shared<Socket>(deadlines_->executor(), fd);
        }
        socket->wants_read = readable;
        socket->wants_write = writable;
        if (!readable && !writable) {
            socket->descriptor.release();
            sockets_.erase(fd);
            return;
        }
        wait(socket);
    }

    void wait(const std::shared_ptr<Socket>& socket) {
        using Descriptor = asio::posix::stream_descriptor;
        const int fd = socket->descriptor.native_handle();
        if (socket->wants_read && !std::exchange(socket->waits_read, socket->wants_read)) {
            socket->descriptor.async_wait(
                Descriptor::wait_read,
                [weak = weak_from_this(), socket, fd](const boost::system::error_code&) {
                    socket->waits_read = false;
                    on_ready(weak, socket, fd, ARES_SOCKET_BAD);
                });
        }
        if (socket->wants_write && !std::exchange(socket->waits_write, socket->wants_write)) {
            socket->descriptor.async_wait(
                Descriptor::wait_write,
                [weak = weak_from_this(), socket, fd](const boost::system::error_code&) {
                    socket->waits_write = false;
                    on_ready(weak, socket, ARES_SOCKET_BAD, fd);
                });
        }
    }

    static void on_ready(const std::weak_ptr<Channel>& weak, const std::shared_ptr<Socket>& socket,
                         int readable, int writable) {
        const auto self = weak.lock();
        if (self == nullptr || !socket->descriptor.is_open()) {
            return;
        }
        self->process(readable, writable);
        if (socket->descriptor.is_open()) {
            self->wait(socket);
        }
    }

    void process(int readable, int writable) {
        if (channel_ != nullptr) {
            ares_process_fd(channel_, readable, writable);
            schedule_retry();
        }
    }

    void schedule_retry() {
        timeval interval = {};
        if (ares_timeout(channel_, nullptr, &interval) == nullptr) {
            retry_.clear();
            return;
        }
        retry_.set(deadlines_->now() + std::chrono::seconds(interval.tv_sec) +
                   std::chrono::microseconds(interval.tv_usec));
    }

    std::shared_ptr<Deadlines> deadlines_;
    ResolverParams params_;
    Deadlines::Watch retry_;
    ares_channel channel_ = nullptr;
    bool is_stale_ = false;
    /// Of the configuration that the channel has read.
    std::string read_at_;
    std::map<std::string, std::shared_ptr<Lookup>> lookups_;
    std::map<std::string, Answer> answers_;
    std::map<int, std::shared_ptr<Socket>> sockets_;
};

Resolver::Resolver(std::shared_ptr<Deadlines> deadlines, ResolverParams params)
    : channel_(std::make_shared<Channel>(std::move(deadlines), std::move(params))) {}

Resolver::~Resolver() {
    channel_->shut();
}

asio::awaitable<Result<Resolver::Addresses>> Resolver::resolve(std::string host,
                                                               base::Instant deadline) {
    if (auto known = resolve_without_query(host)) {
        co_return std::move(*known);
    }
    co_return co_await Channel::resolve(channel_, std::move(host), deadline);
}

} // namespace exarch::http
