#pragma once

#include "base/time.hpp"
#include "sandbox/functions/host.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace exarch::sandbox::functions {

class Fleet;

/// Runs functions as child processes: each with the files of its package in a directory of its own
/// version, and with a Runtime API at a port of its own. One thread, that of its executor.
/// Destroying it kills all processes and removes all files.
class ProcessHost final : public Host {
public:
    /// `clock` must outlive it.
    ProcessHost(boost::asio::any_io_executor executor, const base::Clock& clock);
    ~ProcessHost() override;
    ProcessHost(const ProcessHost&) = delete;
    ProcessHost& operator=(const ProcessHost&) = delete;

    struct Target {
        /// That of now: a reset makes another.
        std::function<Fleet*()> fleet;
        /// Called after whatever was told to the fleet.
        std::function<void()> on_change;
        /// What functions find as AWS_ENDPOINT_URL, unless they have one of their own.
        std::string endpoint_url;
    };
    /// Before the first start().
    void attach(Target target);

    [[nodiscard]] EnvironmentId reserve() override;
    void start(EnvironmentId id, const LaunchPlan& plan) override;
    void freeze(EnvironmentId id) override;
    void thaw(EnvironmentId id) override;
    void stop(EnvironmentId id) override;
    [[nodiscard]] std::size_t memory_peak_mib(EnvironmentId id) const override;

private:
    class Room;
    class Rooms;
    std::shared_ptr<Rooms> rooms_;
};

} // namespace exarch::sandbox::functions
