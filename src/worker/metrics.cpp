#include "worker/metrics.hpp"

#include <fmt/format.h>

#include <iterator>

namespace exarch::worker {
namespace {

template <class Number>
void add(std::string& text, std::string_view type, std::string_view name, std::string_view help,
         Number value) {
    fmt::format_to(std::back_inserter(text),
                   "# HELP exarch_{0} {2}\n# TYPE exarch_{0} {1}\nexarch_{0} {3}\n", name, type,
                   help, value);
}

} // namespace

std::string render_metrics(const core::RunCounts& counts, const Gauges& gauges) {
    std::string text;
    const auto total = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        add(text, "counter", name, help, value);
    };
    const auto gauge = [&](std::string_view name, std::string_view help, std::size_t value) {
        add(text, "gauge", name, help, value);
    };
    total("messages_total", "Messages taken from the queue.", counts.messages);
    total("tasks_duplicate_total", "Messages known already.", counts.duplicates);
    total("operations_accepted_total", "Operations accepted.", counts.accepted);
    total("operations_rejected_total", "Operations rejected.", counts.rejected);
    total("operations_done_total", "Operations done.", counts.done);
    total("operations_failed_total", "Operations failed.", counts.failed);
    total("operations_expired_total", "Operations expired.", counts.expired);
    total("calls_sent_total", "Calls sent, repeated ones counted again.", counts.sent);
    total("calls_done_total", "Calls that AWS has accepted.", counts.calls_done);
    total("calls_throttled_total", "Calls refused for their rate.", counts.throttled);
    total("calls_refused_total", "Calls refused for good.", counts.refused);
    total("calls_unknown_total", "Calls that ended without an answer.", counts.unknown);
    gauge("operations_open", "Operations not settled.", gauges.open_operations);
    gauge("operations_blocked", "Open operations that wait for people or much time.",
          gauges.blocked_operations);
    gauge("ledger_backlog", "Commits that wait for the ledger.", gauges.ledger_backlog);
    gauge("ready", "1 while messages are taken in.", gauges.is_ready ? 1 : 0);
    return text;
}

} // namespace exarch::worker
