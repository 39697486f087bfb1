#include "base/environment.hpp"
#include "base/time.hpp"
#include "lambda/function.hpp"
#include "lambda/settings.hpp"
#include "source/load.hpp"

#include <exception>

// The program that script/package puts into a function's zip: `exarch lambda` and nothing else, so
// that it is small and soon there.
int main() {
    using namespace exarch;
    const base::Environment environment = base::Environment::of_process();
    const lambda::LogSettings settings =
        lambda::read_log_settings(environment, base::LogLevel::info);
    base::Log log(settings.level, settings.params);
    constexpr int misuse = 2;
    constexpr int failed = 3;
    try {
        base::SystemClock clock;
        base::SystemEntropy entropy;
        const auto config = source::load_for_function({}, environment, clock, log);
        const base::Status ended = lambda::run(config, {environment, clock, entropy, log});
        if (ended.has_value()) {
            return 0;
        }
        log.error("{}", ended.error().message());
        return ended.error().kind() == base::ErrorKind::invalid ? misuse : failed;
    } catch (const std::exception& exception) {
        log.error("{}; this should not happen, please report it", exception.what());
        return failed;
    }
}
