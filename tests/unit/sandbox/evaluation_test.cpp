#include "sandbox/iam/evaluation.hpp"
#include "unit/sandbox/world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace exarch::sandbox {
namespace {

const std::string queue = "arn:aws:sqs:eu-west-1:999900001111:exarch-tasks";

/// A directory with a user and a role's session in one account and a user in another.
class EvaluationTest : public testing::Test {
protected:
    sigv4::Credentials user(std::string_view account, std::vector<Policy> policies) {
        return directory_.put_key(directory_.put_user({.account = base::AccountId(account),
                                                       .name = "user",
                                                       .policies = std::move(policies)}),
                                  {});
    }

    sigv4::Credentials session(std::vector<Policy> policies, std::optional<Policy> limit) {
        const Role& role = directory_.put_role({.account = base::AccountId(controller_account),
                                                .name = "role",
                                                .policies = std::move(policies)});
        return directory_.open_session({.role_arn = role.arn(),
                                        .role_unique_id = role.unique_id,
                                        .name = "name",
                                        .policy = std::move(limit)},
                                       start_of_test().wall, std::chrono::hours(1));
    }

    /// Empty where sending to the queue is allowed; else the end of the refusal.
    std::string refusal(const sigv4::Credentials& keys, std::string_view queue_policy = "") {
        const auto authenticated = directory_.authenticate(
            keys.access_key_id.value(), keys.session_token.reveal(), start_of_test().wall);
        const http::Request request{.origin = {}};
        const ServiceCall call{.request = request,
                               .caller = authenticated.value().caller,
                               .region = base::Region("eu-west-1"),
                               .request_id = {},
                               .now = start_of_test(),
                               .arrived_at = {}};
        const auto allowed =
            evaluation_.authorise(call, {.action = "sqs:SendMessage",
                                         .resource = queue,
                                         .owner = base::AccountId(controller_account),
                                         .resource_policy = std::string(queue_policy)});
        if (allowed.has_value()) {
            return "";
        }
        const std::string& message = allowed.error().message;
        return message.substr(std::min(message.find(queue) + queue.size() + 1, message.size()));
    }

    static std::string queue_policy(std::string_view effect, std::string_view principal) {
        return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"{}","Action":)"
                           R"("sqs:SendMessage","Resource":"{}","Principal":{}}}]}})",
                           effect, queue, principal);
    }

    const Policy sending_ = allow(R"("sqs:SendMessage")", queue);
    Dice dice_{1};
    Directory directory_{dice_};
    Evaluation evaluation_{directory_};
};

TEST_F(EvaluationTest, nothing_is_allowed_unless_something_allows_it) {
    EXPECT_EQ(refusal(user(controller_account, {sending_})), "");
    EXPECT_EQ(refusal(user(controller_account, {})),
              "because no identity-based policy allows the sqs:SendMessage action");
    EXPECT_NE(refusal(user(controller_account, {allow(R"("sqs:Receive*")", "*")})), "");
    EXPECT_EQ(refusal(user(controller_account, {allow(R"("SQS:send*")", "*")})), "");
}

TEST_F(EvaluationTest, a_service_without_a_name_is_trusted_by_nobody) {
    const Role role{.account = base::AccountId(target_account),
                    .name = "role",
                    .trust = trust("arn:aws:iam::111122223333:root")};
    EXPECT_FALSE(Evaluation::trusts_service(role, ""));
}

TEST_F(EvaluationTest, deny_wins_wherever_it_stands) {
    const Policy deny =
        parse_policy(R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sqs:*",)"
                     R"("Resource":"*"}]})",
                     PolicyKind::identity)
            .value();
    EXPECT_EQ(refusal(user(controller_account, {sending_, deny})),
              "with an explicit deny in an identity-based policy");
    EXPECT_EQ(refusal(session({sending_}, deny)), "with an explicit deny in a session policy");
    EXPECT_EQ(refusal(user(controller_account, {sending_}), queue_policy("Deny", R"("*")")),
              "with an explicit deny in a resource-based policy");
}

TEST_F(EvaluationTest, within_an_account_either_side_may_allow) {
    const auto keys = user(controller_account, {});
    EXPECT_EQ(refusal(keys, queue_policy("Allow", R"("*")")), "");
    EXPECT_EQ(
        refusal(keys, queue_policy("Allow", R"({"AWS":"arn:aws:iam::999900001111:user/user"})")),
        "");
    // The account as a whole leaves it to its own policies.
    EXPECT_NE(refusal(keys, queue_policy("Allow", R"({"AWS":"999900001111"})")), "");
}

TEST_F(EvaluationTest, across_accounts_both_sides_must_allow) {
    const auto able = user(target_account, {sending_});
    EXPECT_EQ(refusal(able), "because no resource-based policy allows the sqs:SendMessage action");
    EXPECT_EQ(refusal(able, queue_policy("Allow", R"({"AWS":"111122223333"})")), "");
    EXPECT_NE(refusal(able, queue_policy("Allow", R"({"AWS":"444455556666"})")), "");
    const auto unable = user(target_account, {});
    EXPECT_EQ(refusal(unable, queue_policy("Allow", R"("*")")),
              "because no identity-based policy allows the sqs:SendMessage action");
}

TEST_F(EvaluationTest, session_policy_can_only_take_away) {
    EXPECT_EQ(refusal(session({sending_}, std::nullopt)), "");
    EXPECT_EQ(refusal(session({sending_}, sending_)), "");
    EXPECT_EQ(refusal(session({}, sending_)),
              "because no identity-based policy allows the sqs:SendMessage action");
    const auto limited = session({sending_}, allow(R"("sqs:DeleteMessage")", "*"));
    EXPECT_EQ(refusal(limited), "because no session policy allows the sqs:SendMessage action");
    EXPECT_NE(
        refusal(limited, queue_policy("Allow", R"({"AWS":"arn:aws:iam::999900001111:role/role"})")),
        "");
    const std::string itself = R"({"AWS":"arn:aws:sts::999900001111:assumed-role/role/name"})";
    EXPECT_EQ(refusal(limited, queue_policy("Allow", itself)), "");
}

TEST_F(EvaluationTest, resource_policy_that_cannot_be_judged_refuses_loudly) {
    EXPECT_NE(refusal(user(controller_account, {sending_}), R"({"Statement":[{"NotAction":"x"}]})")
                  .find("cannot be judged in this sandbox: Statement[0].NotAction"),
              std::string::npos);
}

} // namespace
} // namespace exarch::sandbox
