#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "http/server.hpp"
#include "sandbox/sandbox.hpp"

#include <boost/asio/any_io_executor.hpp>

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
    };

    /// Listens at once; fails as http::Server::listen() does. `sandbox` and `clock` must outlive
    /// it.
    [[nodiscard]] static base::Result<std::unique_ptr<SandboxServer>>
    listen(boost::asio::any_io_executor executor, Params params, Sandbox& sandbox,
           const base::Clock& clock);

    [[nodiscard]] unsigned short port() const { return server_->port(); }

private:
    class Waiting;

    SandboxServer(std::shared_ptr<Waiting> waiting, std::unique_ptr<http::Server> server)
        : waiting_(std::move(waiting)), server_(std::move(server)) {}

    std::shared_ptr<Waiting> waiting_;
    std::unique_ptr<http::Server> server_;
};

} // namespace exarch::sandbox
