#include "base/json.hpp"
#include "core/task/task.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>

namespace exarch::core {
namespace {

using ledger::AcceptTask;
using ledger::LaneKey;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string entry =
    R"({"aws_account_id": "111122223333", "cloudfront_distribution_id": "E1", )"
    R"("invalidation_path": "/a"})";
const std::string operation =
    R"({"action": "cloudfront.invalidate", "account": "111122223333", "distribution": "E1", )"
    R"("paths": ["/a", "/img/*"]})";

AcceptTask parse(std::string_view body) {
    return parse_task(body, {});
}

/// A message of the second form with these fields before its one good operation.
std::string with(const std::string& fields) {
    return "{" + fields + R"(, "operations": [)" + operation + "]}";
}

std::vector<std::string> items(const AcceptTask& task) {
    std::vector<std::string> items;
    for (const ledger::NewOperation& one : task.operations) {
        items.push_back(task.lanes.at(one.lane).resource + one.item);
    }
    return items;
}

/// The place and the reason of each rejection.
std::vector<std::string> rejections(const AcceptTask& task) {
    std::vector<std::string> texts;
    for (const ledger::Rejection& one : task.rejections) {
        texts.push_back(one.place + ": " + one.reason);
    }
    return texts;
}

/// What is wrong with a message of which nothing stands.
std::string refusal(std::string_view body) {
    const AcceptTask task = parse(body);
    EXPECT_THAT(task.operations, IsEmpty()) << body.substr(0, 200);
    EXPECT_THAT(task.rejections, SizeIs(1)) << body.substr(0, 200);
    if (task.rejections.empty()) {
        return "";
    }
    EXPECT_EQ(task.rejections[0].place, "");
    EXPECT_LE(task.rejections[0].excerpt.size(), 4096U);
    return task.rejections[0].reason;
}

TEST(task, the_first_form_is_read_byte_for_byte_as_producers_send_it) {
    const AcceptTask task = parse(R"({"entries": [
      {"aws_account_id": "111122223333", "cloudfront_distribution_id": "E2EXAMPLE1",
          "invalidation_path": "/images/cat.jpg"},
      {"aws_account_id": "444455556666", "cloudfront_distribution_id": "E2EXAMPLE2",
          "invalidation_path": "/css/*"}
    ]})");
    EXPECT_THAT(items(task), ElementsAre("E2EXAMPLE1/images/cat.jpg", "E2EXAMPLE2/css/*"));
    EXPECT_EQ(task.lanes[1].account.value(), "444455556666");
    EXPECT_EQ(task.lanes[1].action, "cloudfront.invalidate");
    EXPECT_THAT(task.rejections, IsEmpty());
    EXPECT_EQ(task.name, "");
}

TEST(task, the_second_form_carries_everything_it_says) {
    const AcceptTask task = parse(
        with(R"("version": 1, "id": "sale", "requester": "shop", "labels": {"campaign": "friday"},
                "sequence": 17, "not_before": "2026-11-24T00:00:00Z",
                "deadline": "2026-11-24T00:10:00Z", "priority": 5, "x-trace": [1])"));
    EXPECT_THAT(task.rejections, IsEmpty());
    EXPECT_EQ(task.name, "sale");
    EXPECT_EQ(task.requester, "shop");
    EXPECT_EQ(task.labels, R"({"campaign":"friday"})");
    EXPECT_EQ(task.digest.size(), 64U);
    ASSERT_THAT(task.operations, SizeIs(2));
    EXPECT_EQ(task.operations[1].priority, 5);
    EXPECT_EQ(base::format(task.operations[1].not_before.value()), "2026-11-24T00:00:00Z");
    EXPECT_EQ(base::format(task.operations[1].deadline.value()), "2026-11-24T00:10:00Z");
}

TEST(task, operations_of_one_lane_share_it) {
    const AcceptTask task = parse(R"({"entries": [)" + entry + "," + entry + "]}");
    EXPECT_THAT(task.lanes, SizeIs(1));
    EXPECT_THAT(items(task), ElementsAre("E1/a", "E1/a"));
}

TEST(task, many_lanes_are_each_found_again) {
    std::string body = R"({"entries": [)";
    for (int number = 0; number < 6000; ++number) {
        body += fmt::format(R"({}{{"aws_account_id": "111122223333", )"
                            R"("cloudfront_distribution_id": "E{}", "invalidation_path": "/a"}})",
                            number == 0 ? "" : ", ", number % 3000);
    }
    const AcceptTask task = parse(body + "]}");
    ASSERT_THAT(task.lanes, SizeIs(3000));
    ASSERT_THAT(task.operations, SizeIs(6000));
    for (std::size_t index = 0; index < task.operations.size(); ++index) {
        ASSERT_EQ(task.lanes.at(task.operations[index].lane).resource,
                  fmt::format("E{}", index % 3000));
    }
}

TEST(task, what_is_not_a_task_is_rejected_with_the_place_and_the_mend) {
    EXPECT_THAT(refusal(""), HasSubstr("not valid JSON at column 1"));
    EXPECT_THAT(refusal("purge everything"), HasSubstr("not valid JSON"));
    EXPECT_THAT(refusal(R"({"entries": [)" + entry), HasSubstr("ends too early"));
    EXPECT_THAT(refusal("[]"), HasSubstr("a task is a JSON object"));
    EXPECT_THAT(refusal("null"), HasSubstr("a task is a JSON object"));
    EXPECT_THAT(refusal("{}"), HasSubstr("neither entries nor operations"));
    EXPECT_THAT(refusal(R"({"Entries": []})"), HasSubstr("neither entries nor operations"));
    for (const char* list : {"[]", "{}", "null", "7", "\"/a\""}) {
        EXPECT_THAT(refusal(fmt::format(R"({{"entries": {}}})", list)),
                    HasSubstr("list of at least one"));
        EXPECT_THAT(refusal(fmt::format(R"({{"operations": {}}})", list)),
                    HasSubstr("list of at least one"));
    }
}

TEST(task, a_message_of_both_forms_is_rejected) {
    EXPECT_THAT(refusal(R"({"entries": [)" + entry + R"(], "operations": [)" + operation + "]}"),
                HasSubstr("both entries and operations"));
}

TEST(task, a_key_that_appears_twice_is_rejected) {
    EXPECT_THAT(refusal(R"({"entries": [)" + entry + R"(], "entries": []})"),
                HasSubstr("appears twice"));
    EXPECT_THAT(refusal(R"({"operations": [{"action": "cloudfront.invalidate", "paths": ["/a"],
                            "paths": ["/b"]}]})"),
                HasSubstr("appears twice"));
}

TEST(task, nesting_without_end_is_rejected) {
    EXPECT_THAT(refusal(std::string(100'000, '[')), HasSubstr("deep"));
    EXPECT_THAT(refusal(R"({"entries": )" + std::string(1000, '[') + std::string(1000, ']') + "}"),
                HasSubstr("deep"));
}

TEST(task, a_mebibyte_of_honest_entries_is_read) {
    std::string body = R"({"entries": [)" + entry;
    constexpr std::size_t message_bytes_max = 1'048'576;
    std::size_t count = 1;
    while (body.size() + entry.size() + 4 < message_bytes_max) {
        body += "," + entry;
        ++count;
    }
    body += "]}";
    const AcceptTask task = parse(body);
    EXPECT_EQ(task.operations.size(), count);
    EXPECT_THAT(task.rejections, IsEmpty());
}

TEST(task, more_than_a_mebibyte_is_rejected) {
    EXPECT_THAT(refusal(std::string(1'048'577, ' ')), HasSubstr("at most 1048576"));
}

TEST(task, a_message_of_nothing_but_elements_costs_no_more_than_its_bytes) {
    std::string numbers = "1";
    while (numbers.size() < 1'000'000) {
        numbers += ",1";
    }
    EXPECT_THAT(refusal(R"({"entries": [)" + numbers + "]}"), HasSubstr("100000 operations"));
    const AcceptTask task =
        parse(R"({"operations": [{"action": "cloudfront.invalidate", "account": "111122223333",
                  "distribution": "E1", "paths": [)" +
              numbers + "]}, " + operation + "]}");
    EXPECT_THAT(rejections(task), ElementsAre(HasSubstr("operations[0]: ")));
    EXPECT_THAT(items(task), ElementsAre("E1/a", "E1/img/*"));
}

TEST(task, a_bad_entry_sinks_only_itself) {
    const AcceptTask task =
        parse(R"({"entries": [)" + entry +
              R"(, 7, null, {"aws_account_id": "12", "cloudfront_distribution_id": "E1",
            "invalidation_path": "/a"},
            {"aws_account_id": "111122223333", "cloudfront_distribution_id": "E/1",
                "invalidation_path": "/a"},
            {"aws_account_id": "111122223333", "cloudfront_distribution_id": "E1",
                "invalidation_path": "a"},
            {"aws_account_id": "111122223333", "cloudfront_distribution_id": "E1",
                "invalidation_path": "/a*b"},
            {"aws_account_id": "111122223333", "cloudfront_distribution_id": "E1",
                "invalidation_path": "/\u0007"},
            )" +
              entry + "]}");
    EXPECT_THAT(items(task), ElementsAre("E1/a", "E1/a"));
    EXPECT_THAT(rejections(task),
                ElementsAre(HasSubstr("entries[1]: has to be an object"),
                            HasSubstr("entries[2]: has to be an object"),
                            HasSubstr("entries[3].aws_account_id: "),
                            HasSubstr("entries[4].cloudfront_distribution_id: "),
                            HasSubstr("entries[5].invalidation_path: "),
                            HasSubstr("entries[6].invalidation_path: '*' at byte 2"),
                            HasSubstr("entries[7].invalidation_path: control character 0x07")));
    EXPECT_THAT(task.rejections[5].excerpt, HasSubstr("/a*b"));
}

TEST(task, half_a_surrogate_pair_sinks_only_the_entry_that_has_it) {
    const std::string bad =
        R"({"aws_account_id": "111122223333", "cloudfront_distribution_id": "E1", )"
        R"("invalidation_path": "/caf\udce9"})";
    const AcceptTask task = parse(R"({"note": "\ud800", "entries": [)" + bad + ", " + entry + "]}");
    EXPECT_THAT(items(task), ElementsAre("E1/a"));
    EXPECT_THAT(rejections(task), ElementsAre(HasSubstr("entries[0].invalidation_path: control")));
    for (const std::string half : {R"(\ud800)", R"(\udc00)", R"(\ud83d\ud83d)", R"(\\\uD800x)"}) {
        const AcceptTask broken = parse(R"({"entries": [{"aws_account_id": "111122223333",
                      "cloudfront_distribution_id": "E1", "invalidation_path": "/)" +
                                        half + R"("}]})");
        EXPECT_THAT(rejections(broken), ElementsAre(HasSubstr("control character 0x1a"))) << half;
    }
}

TEST(task, whole_surrogate_pairs_and_escaped_backslashes_stay_what_they_are) {
    const AcceptTask task = parse(R"({"note": "\ud800", "entries": [
        {"aws_account_id": "111122223333", "cloudfront_distribution_id": "E1",
         "invalidation_path": "/\ud83d\ude00"},
        {"aws_account_id": "111122223333", "cloudfront_distribution_id": "E1",
         "invalidation_path": "/\\ud800"}]})");
    EXPECT_THAT(items(task), ElementsAre("E1/%F0%9F%98%80", "E1/%5Cud800"));
}

TEST(task, a_path_of_five_thousand_characters_sinks_only_itself) {
    const AcceptTask task = parse(
        R"({"operations": [{"action": "cloudfront.invalidate", "account": "111122223333",
            "distribution": "E1", "paths": ["/ok", "/)" +
        std::string(5000, 'x') + R"("]}]})");
    EXPECT_THAT(items(task), ElementsAre("E1/ok"));
    EXPECT_THAT(rejections(task),
                ElementsAre(AllOf(HasSubstr("operations[0].paths[1]: "), HasSubstr("4000"))));
    EXPECT_LE(task.rejections[0].excerpt.size(), 4096U);
}

TEST(task, of_a_flood_of_rejections_the_first_are_listed_and_the_rest_counted) {
    std::string list = "0";
    for (int number = 1; number < 50'000; ++number) {
        list += ",0";
    }
    const AcceptTask task = parse(R"({"entries": [)" + list + "]}");
    ASSERT_THAT(task.rejections, SizeIs(1001));
    EXPECT_EQ(task.rejections[999].place, "entries[999]");
    EXPECT_THAT(task.rejections.back().reason, HasSubstr("49000 further parts"));
}

TEST(task, an_unknown_action_is_rejected_and_the_known_ones_are_named) {
    for (const char* action : {R"("action": "cloudfront.purge")", R"("action": 7)",
                               R"("x-action": "cloudfront.invalidate")"}) {
        const AcceptTask task = parse(fmt::format(
            R"({{"operations": [{{{}, "account": "111122223333"}}, {}]}})", action, operation));
        EXPECT_THAT(items(task), SizeIs(2));
        EXPECT_THAT(rejections(task), ElementsAre(AllOf(HasSubstr("operations[0].action: "),
                                                        HasSubstr("cloudfront.invalidate"))));
    }
}

TEST(task, an_account_that_is_not_twelve_digits_sinks_its_operation) {
    for (const char* account : {"\"1111\"", "111122223333", "null", "\"11112222333O\""}) {
        const AcceptTask task = parse(fmt::format(
            R"({{"operations": [{{"action": "cloudfront.invalidate", "account": {},
                "distribution": "E1", "paths": ["/a"]}}, {}]}})",
            account, operation));
        EXPECT_THAT(items(task), SizeIs(2));
        EXPECT_THAT(rejections(task), ElementsAre(HasSubstr("operations[0].account: ")));
    }
}

TEST(task, an_unknown_field_of_the_second_form_is_an_error_that_names_it) {
    EXPECT_THAT(refusal(with(R"("priorty": 5)")), HasSubstr("no such field: priorty"));
    const AcceptTask task =
        parse(R"({"operations": [{"action": "cloudfront.invalidate", "account": "111122223333",
                  "distribution": "E1", "path": "/a"}, )" +
              operation + "]}");
    EXPECT_THAT(rejections(task), ElementsAre(HasSubstr("operations[0].path: no such field")));
    EXPECT_THAT(items(task), SizeIs(2));
}

TEST(task, what_is_said_about_a_message_repeats_little_of_it_and_no_credential) {
    const std::string key = "AKIAIOSFODNN7EXAMPLE";
    const std::string long_key = std::string(100'000, 'k');
    for (const std::string& name : {key, "password=" + key, long_key}) {
        for (
            const std::string& body :
            {with("\"" + name + "\": 5"), with(R"("deadline": ")" + name + "\""),
             R"({"operations": [{"action": "cloudfront.invalidate", "account": "111122223333", ")" +
                 name + R"(": 1}]})",
             R"({"operations": [{"action": ")" + name + R"("}]})"}) {
            const AcceptTask task = parse(body);
            ASSERT_THAT(task.rejections, SizeIs(1));
            const ledger::Rejection& one = task.rejections.front();
            EXPECT_LE(one.place.size(), 256U);
            EXPECT_LE(one.reason.size(), 1024U);
            for (const std::string& text : {one.place, one.reason, one.excerpt}) {
                EXPECT_THAT(text, Not(HasSubstr(key)));
            }
        }
    }
    EXPECT_THAT(refusal(with("\"" + long_key + "\": 5")), HasSubstr("a task has version"));
}

TEST(task, unknown_fields_of_the_first_form_are_ignored) {
    EXPECT_THAT(items(parse(R"({"source": "cms", "version": 7, "entries": [)" + entry + "]}")),
                ElementsAre("E1/a"));
}

TEST(task, fields_of_the_wrong_type_are_rejected_by_name) {
    EXPECT_THAT(refusal(with(R"("version": 2)")), HasSubstr("version has to be 1"));
    EXPECT_THAT(refusal(with(R"("version": "1")")), HasSubstr("version has to be 1"));
    EXPECT_THAT(refusal(with(R"("id": 7)")), HasSubstr("id has to be a string"));
    EXPECT_THAT(refusal(with(R"("id": "")")), HasSubstr("id has to be a string"));
    EXPECT_THAT(refusal(with(R"("requester": null)")), HasSubstr("requester has to be"));
    EXPECT_THAT(refusal(with(R"("labels": ["a"])")), HasSubstr("labels has to be an object"));
    EXPECT_THAT(refusal(with(R"("priority": "high")")), HasSubstr("priority has to be"));
    EXPECT_THAT(refusal(with(R"("priority": 101)")), HasSubstr("priority has to be"));
    EXPECT_THAT(refusal(with(R"("priority": 1.5)")), HasSubstr("priority has to be"));
    EXPECT_THAT(refusal(with(R"("sequence": -1)")), HasSubstr("sequence has to be"));
    EXPECT_THAT(refusal(with(R"("not_before": 1700000000)")), HasSubstr("not_before has to be"));
    EXPECT_THAT(refusal(with(R"("not_before": "2026-02-30T00:00:00Z")")),
                HasSubstr("not_before: "));
    EXPECT_THAT(refusal(with(R"("deadline": "tomorrow")")), HasSubstr("deadline: "));
    EXPECT_THAT(refusal(with(R"("id": ")" + std::string(257, 'i') + "\"")),
                HasSubstr("1 to 256 bytes"));
}

TEST(task, a_deadline_before_not_before_is_rejected) {
    EXPECT_THAT(refusal(with(R"("not_before": "2026-11-24T00:10:00Z",
                                "deadline": "2026-11-24T00:10:00Z")")),
                HasSubstr("deadline is not after not_before"));
}

TEST(task, a_message_that_is_rejected_takes_no_name) {
    EXPECT_EQ(parse(with(R"("id": "sale", "priorty": 5)")).name, "");
    EXPECT_EQ(parse(with(R"("priorty": 5, "id": "sale")")).name, "");
    EXPECT_EQ(parse(R"({"id": "sale", "operations": []})").name, "");
    // Each of its operations is rejected on its own, and none stands.
    EXPECT_EQ(parse(R"({"id": "sale", "operations": [{"action": "cloudfront.invalidate",
                        "account": "111122223333", "distribution": "E1", "path": "/a"}]})")
                  .name,
              "");
    EXPECT_EQ(parse(R"({"id": "sale", "operations": [7, )" + operation + "]}").name, "sale");
}

TEST(task, where_only_listed_accounts_are_touched_others_are_rejected) {
    const TaskRules rules{.accounts = std::set{base::AccountId("444455556666")}};
    const AcceptTask task =
        parse_task(R"({"entries": [)" + entry +
                       R"(, {"aws_account_id": "444455556666", "cloudfront_distribution_id": "E2",
                  "invalidation_path": "/b"}]})",
                   rules);
    EXPECT_THAT(items(task), ElementsAre("E2/b"));
    EXPECT_THAT(rejections(task), ElementsAre(AllOf(HasSubstr("entries[0]"),
                                                    HasSubstr("111122223333 is not listed"))));
}

TEST(task, of_an_account_that_is_not_listed_each_wish_is_rejected_with_all_it_asks_for) {
    const TaskRules rules{.accounts = std::set{base::AccountId("444455556666")}};
    const AcceptTask task = parse_task(R"({"id": "sale", "operations": [
        {"action": "cloudfront.invalidate", "account": "111122223333", "distribution": "E1",
         "paths": ["/a b", "/c*", "no path"]}]})",
                                       rules);
    ASSERT_EQ(task.rejections.size(), 3U);
    EXPECT_EQ(task.rejections[0].lane, LaneKey());
    for (const auto& [rejection, path] :
         {std::pair(task.rejections[1], "/a%20b"), std::pair(task.rejections[2], "/c*")}) {
        EXPECT_EQ(rejection.place, "operations[0]");
        EXPECT_EQ(rejection.excerpt, path);
        EXPECT_EQ(rejection.lane, (LaneKey{.account = base::AccountId("111122223333"),
                                           .action = "cloudfront.invalidate",
                                           .resource = "E1"}));
    }
}

TEST(task, the_digest_is_the_same_whichever_accounts_are_listed) {
    const std::string body = R"({"id": "a", "operations": [
        {"action": "cloudfront.invalidate", "account": "444455556666", "distribution": "E2",
         "paths": ["/a", "no path"]},
        7,
        {"action": "cloudfront.invalidate", "account": "111122223333", "distribution": "E1",
         "paths": ["/b"]}]})";
    const std::string digest = parse(body).digest;
    for (const char* listed : {"111122223333", "444455556666", "777788889999"}) {
        const TaskRules rules{.accounts = std::set{base::AccountId(listed)}};
        EXPECT_EQ(parse_task(body, rules).digest, digest) << listed;
    }
}

TEST(task, the_digest_is_of_what_is_asked_for_and_not_of_its_spelling) {
    const std::string digest = parse(with(R"("id": "a")")).digest;
    EXPECT_EQ(parse(with("  \"requester\": \"me\",\n \"id\": \"b\"")).digest, digest);
    EXPECT_NE(parse(with(R"("id": "a", "priority": 1)")).digest, digest);
    EXPECT_NE(parse(with(R"("id": "a", "deadline": "2026-11-24T00:00:00Z")")).digest, digest);
    EXPECT_NE(parse(R"({"id": "a", "operations": [{"action": "cloudfront.invalidate",
        "account": "111122223333", "distribution": "E1", "paths": ["/a"]}]})")
                  .digest,
              digest);
}

TEST(task, parts_that_run_together_give_different_digests) {
    const auto digest = [](const char* paths) {
        return parse(fmt::format(R"({{"id": "a", "operations": [{{"action": "cloudfront.invalidate",
            "account": "111122223333", "distribution": "E1", "paths": {}}}]}})",
                                 paths))
            .digest;
    };
    EXPECT_NE(digest(R"(["/a", "/b"])"), digest(R"(["/a/b"])"));
    EXPECT_NE(digest(R"(["/a", "/b"])"), digest(R"(["/b", "/a"])"));
    EXPECT_NE(digest(R"(["/a", "b"])"), digest(R"(["/a", "c"])"));
}

} // namespace
} // namespace exarch::core
