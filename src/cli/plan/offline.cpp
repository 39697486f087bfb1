#include "cli/plan/offline.hpp"

#include <utility>

namespace exarch::cli {

base::Result<std::vector<simulate::ForecastTask>> collect_forecast_tasks(const TaskSource& source) {
    EXARCH_TRY(std::vector<RawTask> raw, collect_tasks(source));
    std::vector<simulate::ForecastTask> tasks;
    tasks.reserve(raw.size());
    for (RawTask& task : raw) {
        tasks.push_back({.place = std::move(task.place), .body = std::move(task.body)});
    }
    return tasks;
}

} // namespace exarch::cli
