#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"
#include "simulate/dice.hpp"
#include "simulate/forecast.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace exarch::simulate {

/// When the messages of a workload come.
struct Arrival {
    enum class Kind : std::uint8_t {
        /// All at the beginning, or evenly over a span.
        burst,
        /// At random moments of a span, as from many who know nothing of each other.
        steady,
    };
    Kind kind = Kind::burst;
    base::Duration span{};

    friend bool operator==(const Arrival&, const Arrival&) = default;
};

/// `burst`, `burst 10m` or `steady 1h`, 30 days at most. Fails as invalid; the message says
/// what would be right and leaves it to the caller to say what is wrong and where.
[[nodiscard]] base::Result<Arrival> parse_arrival(std::string_view text);

/// Messages one after another, each with the moment at which it comes; the same seed gives the
/// same. Holds no message that was not asked for.
class Workload {
public:
    virtual ~Workload() = default;

    /// When the next one comes, never before the one before; none where there is none.
    [[nodiscard]] std::optional<base::Duration> next_at() const;
    /// The body of the next one; only where there is one.
    [[nodiscard]] std::string take();

protected:
    Workload(const Arrival& arrival, std::uint64_t messages, std::uint64_t seed);

    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return dice_.below(bound); }
    [[nodiscard]] bool chance(double probability) { return dice_.chance(probability); }

private:
    virtual std::string body(std::uint64_t number) = 0;

    Arrival arrival_;
    std::uint64_t messages_;
    std::uint64_t taken_ = 0;
    base::Duration next_at_{};
    Dice dice_;
};

/// Those of task files, in order.
class TaskWorkload final : public Workload {
public:
    /// `tasks` must outlive it.
    TaskWorkload(std::span<const ForecastTask> tasks, const Arrival& arrival, std::uint64_t seed)
        : Workload(arrival, tasks.size(), seed), tasks_(tasks) {}

private:
    std::string body(std::uint64_t number) override { return tasks_[number].body; }

    std::span<const ForecastTask> tasks_;
};

/// What a sale asks for: paths of a shop's pages in many accounts, ten in a message.
struct SyntheticParams {
    /// 1 or more.
    std::vector<base::AccountId> accounts;
    std::uint64_t operations = 0;
    /// In each account.
    std::uint64_t distributions = 2;
    /// Shares of the operations: such as `/section7/*`, and such as were asked for shortly before.
    double wildcards = 0.01;
    double duplicates = 0.1;
};

class SyntheticWorkload final : public Workload {
public:
    SyntheticWorkload(SyntheticParams params, const Arrival& arrival, std::uint64_t seed);

private:
    std::string body(std::uint64_t number) override;
    std::string entry();

    SyntheticParams params_;
    std::uint64_t entries_ = 0;
    /// The entries made last, to be asked for again.
    std::vector<std::string> recent_;
};

} // namespace exarch::simulate
