#pragma once

#include "sandbox/functions/fleet.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox::functions {

/// A host without processes: remembers what it was asked to do.
class FakeHost final : public Host {
public:
    enum class State : std::uint8_t { running, frozen, stopped };

    EnvironmentId reserve() override { return ++last; }
    void start(EnvironmentId id, const LaunchPlan& plan) override {
        states[id] = State::running;
        plans.push_back(plan);
    }
    void freeze(EnvironmentId id) override { states.at(id) = State::frozen; }
    void thaw(EnvironmentId id) override { states.at(id) = State::running; }
    void stop(EnvironmentId id) override { states[id] = State::stopped; }
    [[nodiscard]] std::size_t memory_peak_mib(EnvironmentId) const override { return 12; }

    EnvironmentId last = 0;
    std::map<EnvironmentId, State> states;
    std::vector<LaunchPlan> plans;
};

constexpr std::string_view purge_arn = "arn:aws:lambda:eu-west-1:111122223333:function:purge";

/// A fleet with one function, and what its processes would do.
struct FleetWorld {
    FleetWorld();

    /// A specification like that of the function; a new one each time.
    [[nodiscard]] static std::shared_ptr<const FunctionSpec> spec();
    [[nodiscard]] std::shared_ptr<const Invocation> begin(std::string payload, base::Moment now);

    std::optional<http::Response> ask(EnvironmentId id, std::string method, std::string path,
                                      base::Moment now, std::string body = {});
    std::optional<http::Response> next(EnvironmentId id, base::Moment now);
    /// Answers the event that `next` has brought, and asks for more.
    void answer(EnvironmentId id, const http::Response& event, std::string body, base::Moment now);

    FakeHost host;
    Fleet fleet{host, 1};
};

} // namespace exarch::sandbox::functions
