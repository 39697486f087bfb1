#include "cli/plan/offline.hpp"

#include <fmt/format.h>

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

std::string describe_duplicates(std::size_t tasks) {
    if (tasks == 0) {
        return {};
    }
    if (tasks == 1) {
        return "\n1 task has the id and the content of another: it does nothing.\n";
    }
    return fmt::format("\n{} tasks have the id and the content of another: they do nothing.\n",
                       with_commas(static_cast<std::int64_t>(tasks)));
}

} // namespace exarch::cli
