#include "worker/status_page.hpp"

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

std::string render_metrics(const WorkerFacts& facts) {
    const core::RunCounts& counts = facts.counts;
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
    gauge("operations_open", "Operations not settled.", facts.open_operations);
    gauge("operations_blocked", "Open operations that wait for people or much time.",
          facts.blocked_operations);
    gauge("ledger_backlog", "Commits that wait for the ledger.", facts.ledger_backlog);
    gauge("ready", "1 while messages are taken in.", facts.why_not_ready.empty() ? 1 : 0);
    return text;
}

http::Response status_page(const http::Request& request, const WorkerFacts& facts) {
    http::Response response;
    response.status = 200;
    response.headers.set("Content-Type", "text/plain; charset=utf-8");
    if (request.method != "GET") {
        response.status = 405;
        response.headers.set("Allow", "GET");
        response.body = "only GET\n";
    } else if (request.target == "/healthz") {
        response.body = "ok\n";
    } else if (request.target == "/readyz") {
        const bool is_ready = facts.why_not_ready.empty();
        response.status = is_ready ? 200 : 503;
        response.body = is_ready ? "ok\n" : fmt::format("not ready: {}\n", facts.why_not_ready);
    } else if (request.target == "/metrics") {
        response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        response.body = render_metrics(facts);
    } else {
        response.status = 404;
        response.body = "there is /healthz, /readyz and /metrics\n";
    }
    return response;
}

} // namespace exarch::worker
