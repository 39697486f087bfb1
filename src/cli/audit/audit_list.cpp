#include "cli/audit/audit_list.hpp"

#include "cli/status/status_text.hpp"

namespace exarch::cli {

std::string render_endings(const std::vector<ledger::EndedOperation>& endings,
                           const Layout& layout) {
    if (endings.empty()) {
        return {};
    }
    Table table;
    for (const char* heading : {"ENDED", "HOW", "OPERATION", "TASK", "REQUESTER", "SENDER",
                                "ACCOUNT", "RESOURCE", "ITEM", "CALL", "RESULT", "WHY"}) {
        table.add_column(heading);
    }
    for (const ledger::EndedOperation& ended : endings) {
        const bool has_id = ended.id != ledger::OperationKey();
        table.add_row({{base::format(ended.ended_at)},
                       {ended.state, ended.state == "done" ? Style::plain : Style::bad},
                       {has_id ? ledger::format(ended.id) : ""},
                       {ended.task_name.empty() ? ended.message_id : ended.task_name},
                       {ended.requester},
                       {ended.sender_id},
                       {ended.lane.account.value()},
                       {ended.lane.resource},
                       {ended.item},
                       {ended.reference},
                       {ended.result_id},
                       {describe_reason(ended)}});
    }
    return table.render(layout);
}

} // namespace exarch::cli
