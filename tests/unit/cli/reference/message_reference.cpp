#include "core/task/task.hpp"
#include "unit/cli/reference/reference.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <vector>

namespace exarch::cli {
namespace {

constexpr std::string_view first_form = R"({"entries": [
  {"aws_account_id": "111122223333", "cloudfront_distribution_id": "E2EXAMPLE1",
   "invalidation_path": "/images/cat.jpg"},
  {"aws_account_id": "444455556666", "cloudfront_distribution_id": "E2EXAMPLE2",
   "invalidation_path": "/css/*"}
]})";

constexpr std::string_view second_form =
    R"({"version": 1, "id": "sale-2026-11-24", "requester": "shop-team",
 "labels": {"campaign": "friday"}, "priority": 5,
 "not_before": "2026-11-24T00:00:00Z", "deadline": "2026-11-24T00:10:00Z",
 "operations": [
  {"action": "cloudfront.invalidate", "account": "111122223333",
   "distribution": "E2EXAMPLE1", "paths": ["/a.html", "/img/*"]}
 ]})";

constexpr std::string_view fields =
    "| field | value | meaning |\n|---|---|---|\n"
    "| `operations` | list, at least one | Needed; all other fields are optional. |\n"
    "| `version` | `1` | Of this form. |\n"
    "| `id` | text, 1 to 256 bytes | Sent again by the same sender with the same content, the task "
    "is a duplicate and does nothing; with other content it is rejected. Remembered for "
    "`retain.duplicates`. A task that is rejected as a whole keeps no id, so the mended one may "
    "have the same: `exarch audit list --state rejected` tells of it. |\n"
    "| `requester` | text, 1 to 256 bytes | For people. Authority comes from SQS's SenderId "
    "alone. |\n"
    "| `labels` | object, up to 4,096 bytes | For people. |\n"
    "| `not_before` | time, `2026-11-24T00:00:00Z` | Nothing is sent before. |\n"
    "| `deadline` | time | What has not been sent by then expires. A call that may have been sent, "
    "as "
    "after a crash, is sent again as it was until its outcome is known. |\n"
    "| `priority` | -100 to 100 | Higher goes first in its account; 0 by default. |\n"
    "| `sequence` | whole number from 0 | For actions whose order matters. |\n"
    "| `x-…` | anything | Ignored. Any other field is an error: a slip must not pass in "
    "silence. |\n";

constexpr auto paths =
    std::to_array<std::string_view>({"/images/cat.jpg", "/images/*", "/a b", "/Ä.html", "/100%",
                                     "/a%20b", "/x?y=1&z=~", "/<x>", "#product:42"});

std::string one_entry(std::string_view account, std::string_view distribution,
                      std::string_view path) {
    return fmt::format(R"({{"entries": [{{"aws_account_id": "{}", )"
                       R"("cloudfront_distribution_id": "{}", "invalidation_path": "{}"}}]}})",
                       account, distribution, path);
}

std::string one_operation(std::string_view before, std::string_view action) {
    return fmt::format(R"({{{}"operations": [{{"action": "{}", "account": "111122223333", )"
                       R"("distribution": "E1", "paths": ["/a"]}}]}})",
                       before, action);
}

std::vector<std::string> bad_messages() {
    return {"purge everything",
            R"({"entries": [], "operations": []})",
            R"({"entries": []})",
            one_entry("1111", "E1", "/a"),
            one_entry("111122223333", "E/1", "/a"),
            one_entry("111122223333", "E1", "a"),
            one_entry("111122223333", "E1", "/a*b"),
            one_operation(R"("prority": 5, )", "cloudfront.invalidate"),
            one_operation("", "cloudfront.purge")};
}

std::string json_block(std::string_view text) {
    return fmt::format("```json\n{}\n```\n", text);
}

/// What of `|` a table's cell can take.
std::string cell(std::string_view text) {
    std::string escaped;
    for (const char letter : text) {
        escaped += letter == '|' ? "\\|" : std::string(1, letter);
    }
    return escaped;
}

/// What is sent for a path of a message.
std::string path_rows() {
    std::string rows = "| in the message | sent as |\n|---|---|\n";
    for (const std::string_view path : paths) {
        const std::string body = fmt::format(
            R"({{"operations":[{{"action":"cloudfront.invalidate","account":"111122223333",)"
            R"("distribution":"E1","paths":[{}]}}]}})",
            boost::json::serialize(boost::json::value(path)));
        const ledger::AcceptTask task = core::parse_task(body, {});
        rows += fmt::format("| `{}` | `{}` |\n", cell(path),
                            task.operations.empty() ? "rejected" : task.operations[0].item);
    }
    return rows;
}

std::string bad_rows() {
    std::string rows = "| message | place | reason |\n|---|---|---|\n";
    for (const std::string& body : bad_messages()) {
        for (const ledger::Rejection& rejection : core::parse_task(body, {}).rejections) {
            rows += fmt::format("| `{}` | {} | {} |\n", cell(body),
                                rejection.place.empty() ? "" : "`" + rejection.place + "`",
                                cell(rejection.reason));
        }
    }
    return rows;
}

} // namespace

std::string message_reference() {
    std::string text = "# Tasks: the messages on the queue\n\nA message is one task of either "
                       "form, up to 1 MiB of JSON. Each entry, operation and path succeeds or\n"
                       "fails on its own: a bad one never sinks its neighbours.\n\n"
                       "## The first form\n\nFor producers that exist already. Other fields are "
                       "ignored.\n\n";
    text += json_block(first_form);
    text += "\n## The second form\n\n";
    text += json_block(second_form);
    text += "\n";
    text += fields;
    text += "\nAn operation of `cloudfront.invalidate` has `account`, twelve digits; "
            "`distribution`; and `paths`, at least one.\n\n"
            "## Paths\n\nA path begins with `/` and is at most 4,000 characters long; `*` may "
            "stand at its end alone. A cache tag begins\nwith `#`. What a URL cannot hold is "
            "percent-encoded; what is encoded already stays.\n\n";
    text += path_rows();
    text += "\n## What is rejected\n\nIt is recorded with its place, the reason and an excerpt, "
            "in which credentials are masked, and then deleted from\nthe queue. `exarch status` "
            "lists it; of one message a thousand parts, and one more for those beyond.\n\n";
    return text + bad_rows();
}

} // namespace exarch::cli
