#include "unit/ledger/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exarch::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// What every ledger tells of how operations ended.
/// What a query calls these operations.
std::vector<OperationKey> keys(const std::vector<std::int64_t>& numbers) {
    const std::vector<OperationId> all = ids(numbers);
    return {all.begin(), all.end()};
}

template <class Storage>
class Endings : public testing::Test {
protected:
    void SetUp() override {
        AcceptTask named = task_of(1, {"/a", "/b", "/c"});
        named.name = "sale";
        named.requester = "shop";
        AcceptTask other = task_of(2, {"/d"});
        other.lanes = {lane_of("E2", "444455556666")};
        other.rejections.push_back({"entries[1]", "no object", "5"});
        CloseCall refused = close_of(2, CallEnd::refused);
        refused.failed = ids({2});
        refused.reason = "NoSuchDistribution";
        refused.closed_at = at(20);
        CloseCall done = close_of(1);
        done.closed_at = at(10);
        CloseCall last = close_of(3);
        last.closed_at = at(30);
        commit(storage_.ledger(),
               {named, other, bind_of(1, {1}), bind_of(2, {2, 3}), done, refused, bind_of(3, {3}),
                last, CompleteCall{.call = CallId(1), .completed_at = at(40)},
                EndOperations{EndOperations::End::expired, ids({4}), "too old", at(50)}});
    }
    std::vector<std::string> endings(const EndingQuery& query, std::size_t limit = 100) {
        std::vector<std::string> found;
        const auto told = storage_.reporter().endings(query, [&](const EndedOperation& ended) {
            found.push_back(format(ended.id) + " " + ended.state + " " + ended.item);
            return found.size() < limit;
        });
        EXPECT_TRUE(told.has_value()) << told.error().message();
        return found;
    }

    Storage storage_;
};

using Storages = testing::Types<MemoryStorage, SqliteStorage>;
TYPED_TEST_SUITE(Endings, Storages);

TYPED_TEST(Endings, come_latest_first_whatever_ended_them) {
    EXPECT_THAT(this->endings({}), ElementsAre("4 expired /d", "3 done /c", "2 failed /b",
                                               "1 done /a", "0 rejected entries[1]"));
    EXPECT_THAT(this->endings({}, 2), ElementsAre("4 expired /d", "3 done /c"));
}

TYPED_TEST(Endings, are_chosen_by_all_that_is_said) {
    EndingQuery query;
    query.account = base::AccountId("444455556666");
    EXPECT_THAT(this->endings(query), ElementsAre("4 expired /d"));
    query = {};
    query.tasks = {TaskId(1)};
    EXPECT_THAT(this->endings(query), ElementsAre("3 done /c", "2 failed /b", "1 done /a"));
    query.tasks = {TaskId(2)};
    EXPECT_THAT(this->endings(query), ElementsAre("4 expired /d", "0 rejected entries[1]"));
    query.tasks = {TaskId(1)};
    query.operations = keys({1, 4});
    EXPECT_THAT(this->endings(query), ElementsAre("1 done /a"));
    query = {};
    query.operations = keys({4, 3, 99});
    EXPECT_THAT(this->endings(query), ElementsAre("4 expired /d", "3 done /c"));
    query.operations = keys({99});
    EXPECT_THAT(this->endings(query), IsEmpty());
    query = {};
    query.reason_part = "NoSuch";
    EXPECT_THAT(this->endings(query), ElementsAre("2 failed /b"));
    query = {};
    query.states = {"done", "rejected"};
    query.since = at(10);
    EXPECT_THAT(this->endings(query), ElementsAre("3 done /c", "1 done /a"));
}

TYPED_TEST(Endings, name_the_call_that_did_it_and_who_asked) {
    std::vector<EndedOperation> found;
    EndingQuery query;
    query.operations = keys({1, 2, 4});
    ASSERT_TRUE(this->storage_.reporter()
                    .endings(query,
                             [&](const EndedOperation& ended) {
                                 found.push_back(ended);
                                 return true;
                             })
                    .has_value());
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].call, CallId());
    EXPECT_EQ(found[1].call, CallId(2));
    EXPECT_EQ(found[1].reason, "NoSuchDistribution");
    EXPECT_EQ(found[2].call, CallId(1));
    EXPECT_EQ(found[2].reference, bind_of(1, {1}).reference);
    EXPECT_EQ(found[2].result_id, close_of(1).result_id);
    EXPECT_EQ(found[2].request_id, close_of(1).request_id);
    EXPECT_EQ(found[2].bound_at, bind_of(1, {1}).bound_at);
    EXPECT_EQ(found[2].task_name, "sale");
    EXPECT_EQ(found[2].requester, "shop");
    EXPECT_EQ(found[2].sender_id, "AIDAEXAMPLE");
    EXPECT_EQ(found[2].accepted_at, task_of(1, {}).accepted_at);
}

TYPED_TEST(Endings, leave_out_what_is_forgotten) {
    prune_all(this->storage_.ledger(), at(25), at(0));
    EXPECT_THAT(this->endings({}), ElementsAre("4 expired /d", "3 done /c"));
}

} // namespace
} // namespace exarch::ledger
