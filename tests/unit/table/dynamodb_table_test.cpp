#include "table/dynamodb_table.hpp"
#include "unit/aws/scripted_loopback.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace exarch::table {
namespace {

using namespace std::chrono_literals;
using aws::Inserted;
using aws::response;
using aws::ScriptedLoopback;
using testing::ElementsAre;

constexpr std::string_view both_put = R"({"Responses": [{}, {}]})";

/// Answers one request after another as it is told.
class InsertionTest : public testing::Test {
protected:
    void script(std::vector<http::Response> answers) {
        cloud_ = std::make_unique<ScriptedLoopback>(std::move(answers));
        const aws::Endpoint endpoint = cloud_->endpoint();
        dynamodb_ = std::make_unique<aws::DynamoDb>(cloud_->loopback.caller, provider_, endpoint,
                                                    aws::TableName("exarch"));
        table_ =
            std::make_unique<DynamoDbTable>(*dynamodb_, cloud_->loopback.clock, [] { return 0.0; });
    }
    std::vector<Inserted> insert() {
        const std::vector<aws::Item> items(2, {{"pk", aws::AttributeValue("a")}});
        return cloud_->loopback.run(table_->insert(items, 10s));
    }
    [[nodiscard]] std::size_t asked() const { return cloud_->loopback.requests.size(); }

    aws::ScriptedProvider provider_;
    std::unique_ptr<ScriptedLoopback> cloud_;
    std::unique_ptr<aws::DynamoDb> dynamodb_;
    std::unique_ptr<DynamoDbTable> table_;
};

TEST_F(InsertionTest, each_item_has_its_own_answer) {
    script({response(200, R"({"Responses": [{}, {"Error": {"Code": "DuplicateItem"}}]})")});
    EXPECT_THAT(insert(), ElementsAre(Inserted::yes, Inserted::exists));
}

TEST_F(InsertionTest, what_passes_is_asked_once_each_time) {
    script({response(400, R"({"__type": "ThrottlingException"})"), response(500, "{}"),
            response(200, "{}"), response(200, std::string(both_put))});
    EXPECT_THAT(insert(), ElementsAre(Inserted::refused, Inserted::refused));
    EXPECT_EQ(asked(), 1U);
    EXPECT_THAT(insert(), ElementsAre(Inserted::unknown, Inserted::unknown));
    EXPECT_THAT(insert(), ElementsAre(Inserted::unknown, Inserted::unknown)) << "unreadable";
    EXPECT_THAT(insert(), ElementsAre(Inserted::yes, Inserted::yes));
    EXPECT_EQ(asked(), 4U);
}

TEST_F(InsertionTest, who_is_denied_asks_again_after_a_while) {
    const auto denied = [] {
        return response(400, R"({"__type": "AccessDeniedException", "message": "PartiQLInsert"})");
    };
    for (const http::Response& refusal :
         {denied(), response(400, R"({"__type": "UnknownOperationException"})"),
          response(200, R"({"Responses": [{"Error": {"Code": "AccessDenied"}},
                                          {"Error": {"Code": "AccessDenied"}}]})")}) {
        script({refusal, response(200, std::string(both_put))});
        EXPECT_THAT(insert(), ElementsAre(Inserted::refused, Inserted::refused));
        EXPECT_THAT(insert(), ElementsAre(Inserted::refused, Inserted::refused));
        EXPECT_EQ(asked(), 1U);
        cloud_->loopback.clock.advance(5min);
        EXPECT_THAT(insert(), ElementsAre(Inserted::yes, Inserted::yes)) << "it may be granted now";
    }
}

} // namespace
} // namespace exarch::table
