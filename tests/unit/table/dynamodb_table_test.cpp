#include "table/dynamodb_table.hpp"
#include "unit/aws/loopback.hpp"

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
using aws::Loopback;
using aws::response;
using testing::ElementsAre;

constexpr std::string_view both_put = R"({"Responses": [{}, {}]})";

/// Answers one request after another as it is told.
class InsertionTest : public testing::Test {
protected:
    void script(std::vector<http::Response> answers) {
        answers_ = std::move(answers);
        loopback_ = std::make_unique<Loopback>(
            [this](const http::Request&) { return answers_.at(loopback_->requests.size() - 1); });
        aws::Endpoint endpoint;
        endpoint.origin = loopback_->origin();
        endpoint.signing_region = base::Region("eu-west-1");
        dynamodb_ = std::make_unique<aws::DynamoDb>(loopback_->caller, provider_, endpoint,
                                                    aws::TableName("exarch"));
        table_ = std::make_unique<DynamoDbTable>(*dynamodb_, loopback_->clock, [] { return 0.0; });
    }
    std::vector<Inserted> insert() {
        const std::vector<aws::Item> items(2, {{"pk", aws::AttributeValue("a")}});
        return loopback_->run(table_->insert(items, 10s));
    }
    [[nodiscard]] std::size_t asked() const { return loopback_->requests.size(); }

    std::vector<http::Response> answers_;
    aws::ScriptedProvider provider_;
    std::unique_ptr<Loopback> loopback_;
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
        loopback_->clock.advance(5min);
        EXPECT_THAT(insert(), ElementsAre(Inserted::yes, Inserted::yes)) << "it may be granted now";
    }
}

} // namespace
} // namespace exarch::table
