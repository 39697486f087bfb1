#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "http/server.hpp"
#include "sandbox/sandbox.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace exarch::sandbox {

/// The sandbox at an address: hands requests over with the time, and asks again for those that
/// wait. One thread, that of its executor. Destroying it closes all connections.
class SandboxServer {
public:
    struct Params {
        std::string address = "127.0.0.1";
        /// 0 lets the system choose; port() tells.
        unsigned short port = 0;
        std::size_t body_bytes_max = message_bytes_max;
    };
    /// A message of 1 MiB in which every character is escaped.
    static constexpr std::size_t message_bytes_max = std::size_t{8} * 1024 * 1024;
    /// A function's code of 50 MB, in Base64.
    static constexpr std::size_t code_bytes_max = 70'167'211;

    /// Listens at once; fails as http::Server::listen() does. `sandbox` and `clock` must outlive
    /// it.
    [[nodiscard]] static base::Result<std::unique_ptr<SandboxServer>>
    listen(boost::asio::any_io_executor executor, Params params, Sandbox& sandbox,
           const base::Clock& clock);
    ~SandboxServer();
    SandboxServer(const SandboxServer&) = delete;
    SandboxServer& operator=(const SandboxServer&) = delete;

    [[nodiscard]] unsigned short port() const { return server_->port(); }

    /// Something has happened that no request told of: a function has answered, or ended.
    void advance();

private:
    class Waiting;

    SandboxServer(std::shared_ptr<Waiting> waiting, std::unique_ptr<http::Server> server)
        : waiting_(std::move(waiting)), server_(std::move(server)) {}

    std::shared_ptr<Waiting> waiting_;
    std::unique_ptr<http::Server> server_;
};

} // namespace exarch::sandbox
