#include "base/json.hpp"
#include "cli/submit/outgoing_task.hpp"
#include "unit/cli/support.hpp"

#include <gtest/gtest.h>

#include <set>

namespace exarch::cli {
namespace {

constexpr const char* first_form =
    R"({"entries":[{"aws_account_id":"111122223333","cloudfront_distribution_id":"E2EXAMPLE1",)"
    R"("invalidation_path":"/a"}]})";
constexpr const char* second_form =
    R"({"operations":[{"action":"cloudfront.invalidate","account":"111122223333",)"
    R"("distribution":"E2EXAMPLE1","paths":["/a","/b"]}]})";
constexpr const char* named =
    R"({"id":"sale","operations":[{"action":"cloudfront.invalidate","account":"111122223333",)"
    R"("distribution":"E2EXAMPLE1","paths":["/a"]}]})";

std::string digest_of(std::string_view body) {
    return core::content_digest(core::parse_task(body, {}));
}

base::Result<std::vector<OutgoingTask>> read_tasks(std::string_view text,
                                                   const core::TaskRules& rules) {
    CountingEntropy entropy;
    EXARCH_TRY(std::vector<RawTask> tasks, split_tasks(text, "tasks.jsonl"));
    return check_tasks(std::move(tasks), rules, entropy);
}

std::vector<OutgoingTask> tasks_of(std::string_view text, const core::TaskRules& rules = {}) {
    auto tasks = read_tasks(text, rules);
    EXPECT_TRUE(tasks.has_value()) << tasks.error().message();
    return tasks.value_or(std::vector<OutgoingTask>{});
}

std::string error_of(std::string_view text, const core::TaskRules& rules = {}) {
    const auto tasks = read_tasks(text, rules);
    EXPECT_FALSE(tasks.has_value());
    if (tasks.has_value()) {
        return {};
    }
    EXPECT_EQ(tasks.error().kind(), base::ErrorKind::invalid);
    EXPECT_FALSE(tasks.error().message().contains('\n'));
    return tasks.error().message();
}

TEST(OutgoingTask, the_first_form_travels_byte_for_byte) {
    const auto tasks = tasks_of(first_form);
    ASSERT_EQ(tasks.size(), 1U);
    EXPECT_EQ(tasks[0], (OutgoingTask{first_form, "", "tasks.jsonl", 1, digest_of(first_form)}));
}

TEST(OutgoingTask, the_second_form_gets_an_id_and_keeps_its_own) {
    const auto tasks = tasks_of(std::string(second_form) + "\n" + named + "\n");
    ASSERT_EQ(tasks.size(), 2U);
    EXPECT_EQ(tasks[0].name, "00000000000000000000000000000001");
    EXPECT_EQ(tasks[0].operations, 2U);
    EXPECT_TRUE(tasks[0].body.starts_with(R"({"id":"00000000000000000000000000000001","oper)"));
    EXPECT_EQ(core::parse_task(tasks[0].body, {}).name, tasks[0].name);
    EXPECT_EQ(tasks[1], (OutgoingTask{named, "sale", "tasks.jsonl:2", 1, digest_of(named)}));
}

TEST(OutgoingTask, a_document_may_span_lines) {
    const std::string text = "\n{\n  \"entries\": [\n    {\"aws_account_id\": \"111122223333\",\n"
                             "     \"cloudfront_distribution_id\": \"E1\",\n"
                             "     \"invalidation_path\": \"/a\"}\n  ]\n}\n\n";
    const auto tasks = tasks_of(text);
    ASSERT_EQ(tasks.size(), 1U);
    EXPECT_EQ(tasks[0].place, "tasks.jsonl");
    EXPECT_TRUE(tasks[0].body.starts_with('{'));
    EXPECT_TRUE(tasks[0].body.ends_with('}'));
}

TEST(OutgoingTask, lines_may_be_empty_and_end_as_on_windows) {
    const std::string text = std::string("\r\n") + named + "\r\n\r\n  " + first_form;
    const auto tasks = tasks_of(text);
    ASSERT_EQ(tasks.size(), 2U);
    EXPECT_EQ(tasks[0], (OutgoingTask{named, "sale", "tasks.jsonl:2", 1, digest_of(named)}));
    EXPECT_EQ(tasks[1], (OutgoingTask{first_form, "", "tasks.jsonl:4", 1, digest_of(first_form)}));
}

TEST(OutgoingTask, a_file_without_a_task_is_an_error) {
    for (const char* text : {"", "\n\n", "  \t\r\n"}) {
        EXPECT_EQ(error_of(text), "tasks.jsonl: there is no task in it");
    }
}

TEST(OutgoingTask, what_is_wrong_is_told_with_its_line_and_place) {
    const std::string bad_path = R"({"operations":[{"action":"cloudfront.invalidate",)"
                                 R"("account":"111122223333","distribution":"E1",)"
                                 R"("paths":["no-slash"]}]})";
    const std::string message = error_of(std::string(first_form) + "\n" + bad_path);
    EXPECT_TRUE(message.starts_with("tasks.jsonl:2: operations[0].paths[0]: ")) << message;
    EXPECT_TRUE(message.ends_with(": \"no-slash\"")) << message;
}

TEST(OutgoingTask, an_unknown_field_is_told_by_name) {
    const std::string message = error_of(R"({"requestor":"x","operations":[{}]})");
    EXPECT_TRUE(message.contains("requestor")) << message;
}

TEST(OutgoingTask, several_faults_are_counted) {
    const std::string message = error_of(R"({"operations":[1,2,3]})");
    EXPECT_TRUE(message.ends_with("; and 2 more in this task")) << message;
}

TEST(OutgoingTask, what_is_not_json_is_an_error_in_its_own_line) {
    for (const char* bad : {"{", "[]", "17", "null", "\"x\"", "{\"entries\":", "no json"}) {
        const std::string message = error_of(std::string(first_form) + "\n" + bad + "\n");
        EXPECT_TRUE(message.starts_with("tasks.jsonl:2: ")) << message;
    }
}

TEST(OutgoingTask, a_bad_first_line_does_not_make_one_document_of_all) {
    const std::string message = error_of(std::string("{bad\n") + first_form + "\n");
    EXPECT_EQ(message, "tasks.jsonl:1: not valid JSON at column 2: syntax error");
}

TEST(OutgoingTask, what_is_not_utf_8_is_told_with_its_place) {
    EXPECT_EQ(error_of(std::string(first_form) + "\n{\"é\": \"/\xc4.html\"}\n"),
              "tasks.jsonl:2:9: this byte is not UTF-8; save the file as UTF-8");
    // What some shells of Windows write: UTF-16.
    EXPECT_EQ(error_of(std::string_view("\xff\xfe{\0}\0", 6)),
              "tasks.jsonl:1:1: this byte is not UTF-8; save the file as UTF-8");
}

TEST(OutgoingTask, a_byte_order_mark_is_no_part_of_a_task) {
    const std::string mark = "\xef\xbb\xbf";
    const auto tasks = tasks_of(mark + first_form + "\r\n" + named);
    ASSERT_EQ(tasks.size(), 2U);
    EXPECT_EQ(tasks[0], (OutgoingTask{first_form, "", "tasks.jsonl:1", 1, digest_of(first_form)}));
    EXPECT_EQ(error_of(mark), "tasks.jsonl: there is no task in it");
}

TEST(OutgoingTask, two_contents_under_one_id_are_refused_and_the_same_twice_is_not) {
    std::string other = named;
    other.replace(other.find("/a"), 2, "/b");
    EXPECT_TRUE(error_of(std::string(named) + "\n" + other)
                    .starts_with("tasks.jsonl:2: another task here has the id sale, with other "
                                 "content; "));
    EXPECT_EQ(tasks_of(std::string(named) + "\n" + named).size(), 2U);
}

TEST(OutgoingTask, an_account_that_is_not_listed_is_refused_before_it_is_sent) {
    core::TaskRules rules;
    rules.accounts = std::set<base::AccountId>{base::AccountId("444455556666")};
    const std::string message = error_of(first_form, rules);
    EXPECT_TRUE(message.contains("111122223333")) << message;
}

TEST(OutgoingTask, a_message_that_grows_beyond_its_limit_by_its_id_is_refused) {
    const std::string filler(1'048'576 - std::string(second_form).size() - 10, ' ');
    std::string text = second_form;
    text.insert(1, filler);
    EXPECT_EQ(error_of(text), "tasks.jsonl: longer than SQS's 1 MiB for a message; split it");
}

TEST(OutgoingTask, arguments_make_a_task_with_an_id) {
    CountingEntropy entropy;
    const InvalidationWish wish{"111122223333", "E2EXAMPLE1", {"/a", "/\"b\"/*"}};
    const auto tasks = check_tasks(raw_tasks(wish), {}, entropy);
    ASSERT_TRUE(tasks.has_value()) << tasks.error().message();
    ASSERT_EQ(tasks->size(), 1U);
    EXPECT_EQ(tasks->front().body,
              R"({"id":"00000000000000000000000000000001","version":1,"operations":[{"action":)"
              R"("cloudfront.invalidate","account":"111122223333","distribution":"E2EXAMPLE1",)"
              R"("paths":["/a","/\"b\"/*"]}]})");
    EXPECT_EQ(tasks->front().operations, 2U);
}

TEST(OutgoingTask, arguments_that_are_wrong_are_told) {
    CountingEntropy entropy;
    const auto tasks = check_tasks(raw_tasks({"111122223333", "E/1", {"/a"}}), {}, entropy);
    ASSERT_FALSE(tasks.has_value());
    EXPECT_TRUE(tasks.error().message().starts_with("command line: operations[0].distribution: "))
        << tasks.error().message();
}

TEST(OutgoingTask, more_paths_than_fit_become_several_tasks) {
    CountingEntropy entropy;
    InvalidationWish wish{"111122223333", "E2EXAMPLE1", {}};
    for (int i = 0; i < 25'000; ++i) {
        wish.paths.push_back("/" + std::to_string(i));
    }
    const auto tasks = check_tasks(raw_tasks(wish), {}, entropy);
    ASSERT_TRUE(tasks.has_value());
    std::size_t operations = 0;
    std::set<std::string> names;
    for (const OutgoingTask& task : *tasks) {
        operations += task.operations;
        names.insert(task.name);
        EXPECT_LE(task.body.size(), 1'048'576U);
    }
    EXPECT_EQ(tasks->size(), 3U);
    EXPECT_EQ(names.size(), 3U);
    EXPECT_EQ(operations, 25'000U);
}

} // namespace
} // namespace exarch::cli
