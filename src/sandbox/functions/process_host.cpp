#include "sandbox/functions/process_host.hpp"

#include "http/server.hpp"
#include "sandbox/functions/fleet.hpp"
#include "sandbox/functions/process.hpp"
#include "sandbox/functions/unpacked.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace exarch::sandbox::functions {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

namespace {

// Somewhat more than a function may answer with: what is longer still is refused unread.
constexpr std::size_t body_bytes_max = std::size_t{32} * 1024 * 1024;
// A connection says nothing while the function works, which may take a quarter of an hour.
constexpr std::chrono::hours idle_max{1};

std::string start_error(const base::Error& error) {
    if (error.kind() == base::ErrorKind::not_found || error.kind() == base::ErrorKind::denied) {
        return fmt::format("Couldn't find valid bootstrap(s): [/var/task/bootstrap "
                           "/opt/bootstrap] ({})",
                           error.message());
    }
    return error.message();
}

} // namespace

/// One environment: its process, its Runtime API and what they wait for.
class ProcessHost::Room {
public:
    Room(const asio::any_io_executor& executor, std::unique_ptr<http::Server> served,
         Process started)
        : server(std::move(served)), process(std::move(started)),
          watch(executor, process.take_watch()), output(executor, process.take_output()),
          waker(executor) {}

    /// What the process has written until now.
    std::string read_output() {
        std::string text;
        std::array<char, 16 * 1024> buffer{};
        for (;;) {
            const ssize_t count = ::read(output.native_handle(), buffer.data(), buffer.size());
            if (count <= 0) {
                return text;
            }
            text.append(buffer.data(), static_cast<std::size_t>(count));
        }
    }

    void wake() {
        is_woken = true;
        waker.cancel();
    }

    std::unique_ptr<http::Server> server;
    Process process;
    stream_descriptor watch;
    stream_descriptor output;
    asio::steady_timer waker;
    bool is_woken = false;
    /// Of the request that waits: an older one's connection is gone.
    std::uint64_t turn = 0;
};

class ProcessHost::Rooms : public std::enable_shared_from_this<Rooms> {
public:
    Rooms(asio::any_io_executor executor, const base::Clock& clock)
        : executor_(std::move(executor)), clock_(clock) {}

    void attach(Target target) { target_ = std::move(target); }
    EnvironmentId reserve() { return ++last_id_; }

    void start(EnvironmentId id, const LaunchPlan& plan) {
        if (const auto opened = open(id, plan); !opened.has_value()) {
            asio::post(executor_, [self = shared_from_this(), id,
                                   exit = Exit{.start_error = start_error(opened.error())}] {
                self->tell_exit(id, exit);
            });
        }
    }

    void stop(EnvironmentId id) {
        const auto found = rooms_.find(id);
        if (found == rooms_.end()) {
            return;
        }
        const std::shared_ptr<Room> room = std::move(found->second);
        rooms_.erase(found);
        room->watch.close();
        room->output.close();
        room->wake();
        // It may be from within the room's own server that this is called.
        asio::post(executor_, [room] { room->server.reset(); });
    }

    Room* find(EnvironmentId id) const {
        const auto found = rooms_.find(id);
        return found == rooms_.end() ? nullptr : found->second.get();
    }

    void close() {
        target_ = {};
        while (!rooms_.empty()) {
            stop(rooms_.begin()->first);
        }
    }

private:
    base::Status open(EnvironmentId id, const LaunchPlan& plan) {
        EXARCH_TRY(const std::string directory, unpacked_.directory_of(plan.package));
        EXARCH_TRY(auto server,
                   http::Server::listen(executor_,
                                        {.body_bytes_max = body_bytes_max, .idle_max = idle_max},
                                        [weak = weak_from_this(), id](http::Request request) {
                                            return serve(weak.lock(), id, std::move(request));
                                        }));
        ProcessPlan process{.program = directory + "/bootstrap",
                            .directory = directory,
                            .variables = plan.variables};
        process.variables["LAMBDA_TASK_ROOT"] = directory;
        process.variables["AWS_LAMBDA_RUNTIME_API"] = fmt::format("127.0.0.1:{}", server->port());
        process.variables.try_emplace("AWS_ENDPOINT_URL", target_.endpoint_url);
        EXARCH_TRY(Process started, Process::start(process));
        auto room = std::make_shared<Room>(executor_, std::move(server), std::move(started));
        rooms_.insert_or_assign(id, room);
        watch_output(id, room);
        watch_end(id, room);
        return {};
    }

    void watch_output(EnvironmentId id, const std::shared_ptr<Room>& room) {
        room->output.async_wait(stream_descriptor::wait_read, [self = shared_from_this(), id,
                                                               room](const error_code& error) {
            const std::string text = error ? std::string() : room->read_output();
            // Nothing to read, though it was told: whoever wrote has closed it.
            if (!text.empty() && self->find(id) == room.get()) {
                self->tell_output(id, text);
                self->watch_output(id, room);
            }
        });
    }

    void watch_end(EnvironmentId id, const std::shared_ptr<Room>& room) {
        room->watch.async_wait(stream_descriptor::wait_read,
                               [self = shared_from_this(), id, room](const error_code& error) {
                                   if (error || self->find(id) != room.get()) {
                                       return;
                                   }
                                   const Exit exit = room->process.reap();
                                   self->tell_output(id, room->read_output());
                                   self->stop(id);
                                   self->tell_exit(id, exit);
                               });
    }

    static asio::awaitable<http::Response> serve(std::shared_ptr<Rooms> self, EnvironmentId id,
                                                 http::Request request) {
        const std::shared_ptr<Room> room = self == nullptr ? nullptr : self->room_of(id);
        const std::uint64_t turn = room == nullptr ? 0 : ++room->turn;
        while (room != nullptr && self->find(id) == room.get() && room->turn == turn) {
            // What was written before the request belongs before it.
            self->tell_output(id, room->read_output());
            room->is_woken = false;
            auto response = self->ask(id, request);
            if (response) {
                co_return std::move(*response);
            }
            if (!room->is_woken) {
                room->waker.expires_at(asio::steady_timer::time_point::max());
                co_await room->waker.async_wait(asio::as_tuple(asio::deferred));
            }
        }
        co_return http::Response();
    }

    std::shared_ptr<Room> room_of(EnvironmentId id) const {
        const auto found = rooms_.find(id);
        return found == rooms_.end() ? nullptr : found->second;
    }

    std::optional<http::Response> ask(EnvironmentId id, const http::Request& request) {
        auto response = target_.fleet()->serve(id, request, clock_.now());
        target_.on_change();
        return response;
    }

    void tell_output(EnvironmentId id, const std::string& text) {
        if (target_.fleet && !text.empty()) {
            target_.fleet()->on_output(id, text, clock_.now());
        }
    }

    void tell_exit(EnvironmentId id, const Exit& exit) {
        if (target_.fleet) {
            target_.fleet()->on_exit(id, exit, clock_.now());
            target_.on_change();
        }
    }

    asio::any_io_executor executor_;
    const base::Clock& clock_;
    Target target_;
    Unpacked unpacked_;
    EnvironmentId last_id_ = 0;
    std::map<EnvironmentId, std::shared_ptr<Room>> rooms_;
};

ProcessHost::ProcessHost(asio::any_io_executor executor, const base::Clock& clock)
    : rooms_(std::make_shared<Rooms>(std::move(executor), clock)) {}

ProcessHost::~ProcessHost() {
    rooms_->close();
}

void ProcessHost::attach(Target target) {
    rooms_->attach(std::move(target));
}

EnvironmentId ProcessHost::reserve() {
    return rooms_->reserve();
}

void ProcessHost::start(EnvironmentId id, const LaunchPlan& plan) {
    rooms_->start(id, plan);
}

void ProcessHost::freeze(EnvironmentId id) {
    if (Room* const room = rooms_->find(id)) {
        room->process.freeze();
    }
}

void ProcessHost::thaw(EnvironmentId id) {
    if (Room* const room = rooms_->find(id)) {
        room->process.thaw();
        room->wake();
    }
}

void ProcessHost::stop(EnvironmentId id) {
    rooms_->stop(id);
}

std::size_t ProcessHost::memory_peak_mib(EnvironmentId id) const {
    const Room* const room = rooms_->find(id);
    return room == nullptr ? 0 : room->process.memory_peak_mib();
}

} // namespace exarch::sandbox::functions
