#include "simulation/digest.hpp"
#include "simulation/swarm/options.hpp"
#include "simulation/swarm/report.hpp"
#include "simulation/swarm/run.hpp"
#include "simulation/swarm/shrink.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>

namespace exarch::simulation {
namespace {

/// The seed under way, for whoever sees the process end in it.
std::uint64_t current_seed = 0;

/// An assertion of the core has failed, or a check of a library: says in which run.
extern "C" void tell_seed(int) {
    std::array<char, 128> text{};
    const auto written =
        fmt::format_to_n(text.data(), text.size(),
                         "aborted in seed {0}; replay with: simulation --seed {0}\n", current_seed);
    static_cast<void>(write(STDERR_FILENO, text.data(), written.size));
    static_cast<void>(std::signal(SIGABRT, SIG_DFL));
    static_cast<void>(std::raise(SIGABRT));
}

/// Runs one seed and, where it fails, makes a short story of it.
int replay(const Options& options) {
    RunParams params = options.run;
    const std::string rule = try_apart(params);
    if (rule.empty()) {
        const RunOutcome outcome = run(params);
        fmt::print("seed {}: {} events, every rule kept, digest {}\n", params.seed,
                   outcome.totals.events, outcome.digest);
        return EXIT_SUCCESS;
    }
    if (options.shrinks) {
        params = shrink(std::move(params), try_apart);
    }
    fmt::print("{}", tell(params, rule));
    return EXIT_FAILURE;
}

int run_all(const Options& options) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t clock_begin = std::clock();
    const auto spent = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    const auto summary = [&](const RunTotals& totals, const Digest& digest) {
        const double busy = static_cast<double>(std::clock() - clock_begin) / CLOCKS_PER_SEC;
        return describe(totals, busy, digest.text());
    };
    RunTotals totals;
    Digest digest;
    for (std::uint64_t seed = options.first; seed <= options.last; ++seed) {
        if (options.seconds && spent() >= static_cast<double>(*options.seconds)) {
            break;
        }
        current_seed = seed;
        RunParams params = options.run;
        params.seed = seed;
        const RunOutcome outcome = run(params);
        totals.add(outcome.totals);
        digest.add(outcome.digest);
        // Now and then twice, so that a run that depends on anything but its seed is found out.
        const bool is_checked = seed % options.twice_every == 0;
        const bool differs = is_checked && run(params).digest != outcome.digest;
        if (differs) {
            fmt::print("seed {} went two ways\n", seed);
            return EXIT_FAILURE;
        }
        if (outcome.has_failed()) {
            fmt::print("{}", summary(totals, digest));
            Options failing = options;
            failing.run = params;
            return replay(failing);
        }
    }
    fmt::print("{}", summary(totals, digest));
    const std::string missed = probes_missed(options.run.workers);
    if (options.needs_every_probe && !missed.empty()) {
        fmt::print("never reached: {}\n", missed);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

int run_program(int count, char** arguments) {
    static_cast<void>(std::signal(SIGABRT, tell_seed));
    const auto options = parse_options({arguments + 1, arguments + count});
    if (!options.has_value()) {
        fmt::print(stderr, "simulation: {}\n{}", options.error().message(), usage);
        return 2;
    }
    if (options->wants_help) {
        fmt::print("{}", usage);
        return EXIT_SUCCESS;
    }
    return options->is_single ? replay(*options) : run_all(*options);
}

} // namespace
} // namespace exarch::simulation

int main(int count, char** arguments) {
    return exarch::simulation::run_program(count, arguments);
}
