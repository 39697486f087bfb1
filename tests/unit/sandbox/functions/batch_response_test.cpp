#include "sandbox/functions/batch_response.hpp"

#include <gtest/gtest.h>

namespace exarch::sandbox::functions {
namespace {

using Ids = std::set<std::string>;

const Ids batch{"a", "b", "c"};

Ids failed(std::string payload) {
    return failed_messages({.is_error = false, .payload = std::move(payload)}, batch, true);
}

TEST(BatchResponse, names_what_failed) {
    EXPECT_EQ(failed(R"({"batchItemFailures":[{"itemIdentifier":"b"}]})"), Ids{"b"});
    EXPECT_EQ(failed(R"({"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"},)"
                     R"({"itemIdentifier":"c","more":1}]})"),
              (Ids{"b", "c"}));
}

TEST(BatchResponse, says_that_nothing_failed) {
    for (const char* const answer :
         {"", " \n", "null", "{}", R"({"batchItemFailures":[]})", R"({"batchItemFailures":null})",
          R"({"other":[{"itemIdentifier":"a"}]})"}) {
        EXPECT_EQ(failed(answer), Ids()) << answer;
    }
}

TEST(BatchResponse, fails_the_batch_where_it_can_not_be_read) {
    for (const char* const answer :
         {"no json", "{", "[]", "1", R"("text")", R"({"batchItemFailures":"a"})",
          R"({"batchItemFailures":{}})", R"({"batchItemFailures":["a"]})",
          R"({"batchItemFailures":[null]})", R"({"batchItemFailures":[{}]})",
          R"({"batchItemFailures":[{"itemIdentifier":""}]})",
          R"({"batchItemFailures":[{"itemIdentifier":null}]})",
          R"({"batchItemFailures":[{"itemIdentifier":1}]})",
          R"({"batchItemFailures":[{"ItemIdentifier":"a"}]})",
          R"({"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"unknown"}]})"}) {
        EXPECT_EQ(failed(answer), batch) << answer;
    }
}

TEST(BatchResponse, function_that_failed_failed_at_all_of_it) {
    const Outcome outcome{.is_error = true, .payload = R"({"batchItemFailures":[]})"};
    EXPECT_EQ(failed_messages(outcome, batch, true), batch);
    EXPECT_EQ(failed_messages(outcome, batch, false), batch);
}

TEST(BatchResponse, says_nothing_unless_it_was_asked) {
    const Outcome outcome{.is_error = false,
                          .payload = R"({"batchItemFailures":[{"itemIdentifier":"b"}]})"};
    EXPECT_EQ(failed_messages(outcome, batch, false), Ids());
}

} // namespace
} // namespace exarch::sandbox::functions
