#include "base/json.hpp"
#include "source/store.hpp"
#include "unit/aws/scripted_loopback.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace exarch::source {
namespace {

using aws::response;
using aws::ScriptedLoopback;

constexpr std::string_view parameter_3 =
    R"({"Parameter": {"Name": "/c", "Type": "String", "Value": "version: 1\n", "Version": 3}})";
constexpr std::string_view item_3 =
    R"({"Item": {"text": {"S": "version: 1\n"}, "version": {"N": "3"}, "pushed": {"N": "1"}}})";
const Kept kept_3{"version: 1\n", 3, true};

/// Answers one call after another as it is told.
class StoreTest : public testing::Test {
protected:
    void script(std::vector<http::Response> answers) {
        cloud_ = std::make_unique<ScriptedLoopback>(std::move(answers));
        const aws::Endpoint endpoint = cloud_->endpoint();
        parameters_ = std::make_unique<ParameterStore>(
            aws::Ssm(cloud_->loopback.caller, provider_, endpoint), "/c");
        table_ = std::make_unique<TableStore>(
            aws::DynamoDb(cloud_->loopback.caller, provider_, endpoint, aws::TableName("exarch")),
            "config");
    }

    auto read(const Store& store, std::optional<std::int64_t> version = std::nullopt) {
        return cloud_->loopback.run(store.read(version));
    }
    auto write(const Store& store, std::optional<Kept> before, std::string text = "version: 1\n") {
        const base::Timestamp now = base::parse_timestamp("2026-11-26T05:00:00Z").value();
        return cloud_->loopback.run(store.write({std::move(text), std::move(before), now}));
    }
    [[nodiscard]] boost::json::value asked(std::size_t number = 0) const {
        return base::parse_json(cloud_->loopback.requests.at(number).body).value();
    }

    aws::ScriptedProvider provider_;
    std::unique_ptr<ScriptedLoopback> cloud_;
    std::unique_ptr<ParameterStore> parameters_;
    std::unique_ptr<TableStore> table_;
};

TEST_F(StoreTest, a_parameter_is_read_at_its_latest_or_at_a_version) {
    script({response(200, std::string(parameter_3)), response(200, std::string(parameter_3))});
    EXPECT_EQ(read(*parameters_).value(), kept_3);
    EXPECT_EQ(read(*parameters_, 3).value(), kept_3);
    EXPECT_EQ(asked(0).at("Name").as_string(), "/c");
    EXPECT_EQ(asked(1).at("Name").as_string(), "/c:3");
}

TEST_F(StoreTest, a_parameter_that_is_not_there_is_nothing_yet_and_a_version_is_missing) {
    script({response(400, R"({"__type": "ParameterNotFound"})"),
            response(400, R"({"__type": "ParameterVersionNotFound"})"),
            response(400, R"({"__type": "AccessDeniedException"})")});
    EXPECT_EQ(read(*parameters_).value(), std::nullopt);
    EXPECT_EQ(read(*parameters_, 3).error().remedy, aws::Remedy::not_found);
    EXPECT_EQ(read(*parameters_).error().remedy, aws::Remedy::denied);
}

TEST_F(StoreTest, a_secret_parameter_is_read_but_not_written) {
    script(
        {response(200, R"({"Parameter": {"Type": "SecureString", "Value": "x", "Version": 1}})")});
    EXPECT_EQ(read(*parameters_).value(), (Kept{"x", 1, false}));
}

TEST_F(StoreTest, a_first_parameter_never_replaces_one) {
    script({response(200, R"({"Version": 1})"),
            response(400, R"({"__type": "ParameterAlreadyExists"})")});
    EXPECT_EQ(write(*parameters_, std::nullopt).value(), (Pushed{true, 1}));
    EXPECT_FALSE(asked().at("Overwrite").as_bool());
    EXPECT_EQ(write(*parameters_, std::nullopt).value(), Pushed());
}

TEST_F(StoreTest, a_later_parameter_tells_by_its_number_what_it_has_replaced) {
    script({response(200, R"({"Version": 5})"), response(200, "{}")});
    EXPECT_EQ(write(*parameters_, kept_3, std::string(4097, '#')).value(), (Pushed{true, 5, true}));
    EXPECT_TRUE(asked().at("Overwrite").as_bool());
    EXPECT_EQ(asked().at("Tier").as_string(), "Advanced");
    EXPECT_EQ(write(*parameters_, kept_3, std::string(4096, '#')).error().remedy,
              aws::Remedy::outcome_unknown);
    EXPECT_FALSE(asked(1).as_object().contains("Tier"));
}

TEST_F(StoreTest, an_item_is_read_at_its_latest_or_at_a_version) {
    script({response(200, std::string(item_3)), response(200, std::string(item_3)),
            response(200, "{}"), response(200, "{}")});
    EXPECT_EQ(read(*table_).value(), kept_3);
    EXPECT_EQ(read(*table_, 3).value(), kept_3);
    EXPECT_EQ(asked(0).at("Key"),
              (boost::json::value{{"pk", {{"S", "config"}}}, {"sk", {{"S", "current"}}}}));
    EXPECT_EQ(asked(1).at("Key").at("sk"), (boost::json::value{{"S", "version#000003"}}));
    EXPECT_EQ(read(*table_).value(), std::nullopt);
    EXPECT_EQ(read(*table_, 3).error().remedy, aws::Remedy::not_found);
}

TEST_F(StoreTest, an_item_of_another_hand_is_no_configuration) {
    const std::vector<std::string> items{
        R"({"Item": {"pk": {"S": "config"}}})",
        R"({"Item": {"text": {"S": "x"}}})",
        R"({"Item": {"text": {"N": "1"}, "version": {"N": "1"}}})",
        R"({"Item": {"text": {"S": "x"}, "version": {"S": "1"}}})",
        R"({"Item": {"text": {"S": "x"}, "version": {"N": "0"}}})",
        R"({"Item": {"text": {"S": "x"}, "version": {"N": "1.5"}}})"};
    std::vector<http::Response> answers;
    answers.reserve(items.size());
    for (const std::string& item : items) {
        answers.push_back(response(200, item));
    }
    script(answers);
    for (const std::string& item : items) {
        const auto kept = read(*table_);
        ASSERT_FALSE(kept.has_value()) << item;
        EXPECT_EQ(kept.error().remedy, aws::Remedy::give_up) << item;
        EXPECT_TRUE(kept.error().message.contains("exarch config push")) << item;
    }
}

TEST_F(StoreTest, the_latest_item_and_its_version_are_put_at_one_moment) {
    script({response(200, "{}"), response(200, "{}")});
    EXPECT_EQ(write(*table_, std::nullopt).value(), (Pushed{true, 1}));
    EXPECT_EQ(write(*table_, kept_3).value(), (Pushed{true, 4}));
    const boost::json::value body = asked(0);
    const boost::json::array& first = body.at("TransactItems").as_array();
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].at("Put").at("ConditionExpression").as_string(), "attribute_not_exists(pk)");
    EXPECT_EQ(first[0].at("Put").at("Item"),
              base::parse_json(R"({"pk": {"S": "config"}, "sk": {"S": "current"},
                                   "text": {"S": "version: 1\n"}, "version": {"N": "1"},
                                   "pushed": {"N": "1795669200000"}})")
                  .value());
    EXPECT_EQ(first[1].at("Put").at("Item").at("sk"),
              (boost::json::value{{"S", "version#000001"}}));
    const boost::json::value later = asked(1).at("TransactItems").as_array()[0].at("Put");
    EXPECT_EQ(later.at("ConditionExpression").as_string(), "#version = :before");
    EXPECT_EQ(later.at("ExpressionAttributeValues"),
              (boost::json::value{{":before", {{"N", "3"}}}}));
    EXPECT_EQ(later.at("Item").at("version"), (boost::json::value{{"N", "4"}}));
}

TEST_F(StoreTest, a_version_that_is_there_already_is_not_replaced) {
    script({response(400, R"({"__type": "TransactionCanceledException",
                "CancellationReasons": [{"Code": "ConditionalCheckFailed"}, {"Code": "None"}]})"),
            response(400, R"({"__type": "TransactionCanceledException",
                "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]})")});
    EXPECT_EQ(write(*table_, kept_3).value(), Pushed());
    EXPECT_EQ(write(*table_, kept_3).error().remedy, aws::Remedy::slow_down);
}

} // namespace
} // namespace exarch::source
