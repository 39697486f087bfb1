#include "cli/audit/audit_list.hpp"
#include "cli/audit/ending_query.hpp"
#include "cli/status/status_json.hpp"
#include "ledger/memory.hpp"
#include "unit/cli/support.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

namespace exarch::cli {
namespace {

ledger::EndedOperation done() {
    ledger::EndedOperation ended;
    ended.id = ledger::OperationId(7);
    ended.state = "done";
    ended.lane = lane("111122223333", "E1");
    ended.item = "/a";
    ended.message_id = "m1";
    ended.task_name = "sale";
    ended.requester = "shop";
    ended.sender_id = "AIDAEXAMPLE";
    ended.reference = "exarch-0-1";
    ended.result_id = "IEXAMPLE1";
    ended.request_id = base::RequestId("r1");
    ended.call = ledger::CallId(1);
    ended.bound_at = at("2026-11-24T11:59:59Z");
    ended.accepted_at = at("2026-11-24T11:59:00Z");
    ended.ended_at = at("2026-11-24T12:00:00Z");
    return ended;
}

TEST(AuditList, tells_what_did_it_and_for_whom) {
    ledger::EndedOperation rejected;
    rejected.state = "rejected";
    rejected.item = "entries[0]";
    rejected.message_id = "m2";
    rejected.sender_id = "AIDAEXAMPLE";
    rejected.reason = "no\nobject";
    rejected.excerpt = "5";
    rejected.ended_at = at("2026-11-24T11:00:00Z");
    EXPECT_EQ(render_endings({done(), rejected}, {}),
              "ENDED                 HOW       OPERATION  TASK  REQUESTER  SENDER       ACCOUNT"
              "       RESOURCE  ITEM        CALL        RESULT     WHY\n"
              "2026-11-24T12:00:00Z  done      7          sale  shop       AIDAEXAMPLE  "
              "111122223333  E1        /a          exarch-0-1  IEXAMPLE1\n"
              "2026-11-24T11:00:00Z  rejected             m2               AIDAEXAMPLE"
              "                          entries[0]                         no\\x0aobject: 5\n");
    EXPECT_EQ(render_endings({}, {}), "");
}

TEST(AuditList, json_names_the_call_and_the_requester) {
    EXPECT_EQ(
        boost::json::serialize(to_json(done())),
        R"({"operation":7,"state":"done","task":"sale","message_id":"m1","excerpt":null,)"
        R"("account":"111122223333","action":"cloudfront.invalidate","resource":"E1","item":"/a",)"
        R"("reason":"","reference":"exarch-0-1","request_id":"r1",)"
        R"("ended_at":"2026-11-24T12:00:00Z","requester":"shop","sender_id":"AIDAEXAMPLE",)"
        R"("accepted_at":"2026-11-24T11:59:00Z","call":1,"bound_at":"2026-11-24T11:59:59Z",)"
        R"("result_id":"IEXAMPLE1"})");
}

TEST(EndingQuery, a_task_is_found_by_its_name_and_missed_with_a_word) {
    ledger::MemoryLedger ledger;
    const std::vector<ledger::Record> records{task("m1", "sale", lane("111122223333", "E1"), {})};
    ASSERT_TRUE(ledger.commit(records).has_value());
    Selection selection;
    selection.task = "sale";
    selection.operations = {ledger::OperationId(5)};
    selection.account = "111122223333";
    selection.error = "Denied";
    const auto query = query_of(ledger, selection);
    ASSERT_TRUE(query.has_value());
    EXPECT_EQ(query->tasks, std::vector<ledger::TaskKey>{ledger::TaskId(1)});
    EXPECT_EQ(query->operations, std::vector<ledger::OperationKey>{ledger::OperationId(5)});
    EXPECT_EQ(query->account, base::AccountId("111122223333"));
    EXPECT_EQ(query->reason_part, "Denied");
    selection.task = "sole";
    EXPECT_EQ(query_of(ledger, selection).error().message(),
              "--task: no task \"sole\" in the ledger; it may still be in the queue, be forgotten "
              "already, or have been rejected as a whole, which leaves it no id: exarch audit list "
              "--state rejected tells");
}

} // namespace
} // namespace exarch::cli
