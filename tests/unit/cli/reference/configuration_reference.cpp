#include "config/keys.hpp"
#include "unit/cli/reference/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace exarch::cli {
namespace {

/// What cannot be told of a key from the table that it is read by.
struct KeyText {
    std::string_view pattern;
    /// As it is written in a file; empty where there is none.
    std::string_view standard;
    std::string_view meaning;
};

constexpr auto texts = std::to_array<KeyText>({
    {"version", "1", "Of this file's format."},
    {"queue", "", "The URL of the SQS queue that tasks come from. Short for `queues` with one."},
    {"queues/<index>/url", "", "Several queues, each with its URL."},
    {"ledger", "sqlite:exarch.db",
     "`sqlite:FILE`, relative to the working directory. On a local disk, one worker at a time. "
     "`dynamodb:TABLE`: a [table](../dynamodb_ledger.md) that any number of workers share. "
     "`none` keeps nothing: for a [Lambda function](../lambda.md) alone, which has it unless told "
     "otherwise."},
    {"targets/role", "arn:{partition}:iam::{account}:role/CloudFrontInvalidationRole",
     "The role to assume in each account. `{account}` and `{partition}` are filled in."},
    {"targets/session_name", "CloudFrontInvalidationSession",
     "What the sessions are called in the targets' CloudTrail: 2 to 64 of letters, digits and "
     "`_+=,.@-`."},
    {"targets/external_id", "",
     "What the roles' trust policies ask for as `sts:ExternalId`: 2 to 1,224 of letters, digits "
     "and `_+=,.@:/-`. None is sent by default."},
    {"targets/scope_session", "account",
     "What the session policy of each AssumeRole lists: `account`, the account's distributions "
     "that have work now; `lane`, only the one, with a session for each; `none`, no session "
     "policy."},
    {"targets/accounts/<account>", "",
     "An account, by its 12 digits in quotes, with what is different about it; `{}` only lists "
     "it."},
    {"targets/accounts/<account>/role", "", "Instead of `targets.role`."},
    {"targets/accounts/<account>/external_id", "", "Instead of `targets.external_id`."},
    {"targets/accounts/<account>/region", "",
     "For APIs that are regional there. By default the region exarch works in."},
    {"targets/accounts/<account>/via", "",
     "The data plane in the account. Comes in a later version."},
    {"targets/accounts/<account>/quotas/<api>/rate", "", "Instead of `quotas.<api>.rate`."},
    {"targets/accounts/<account>/quotas/<api>/burst", "", "Instead of `quotas.<api>.burst`."},
    {"targets/only_listed", "false",
     "`true`: no account but those under `targets.accounts` is ever touched; tasks for others are "
     "rejected, and what was accepted for them before waits. Advised: who may send to the queue "
     "could else name any account whose role trusts this one."},
    {"quotas/<api>/rate", "",
     "Calls a second in one account, 0.0001 to 10,000. Where the pace starts; throttles lower "
     "it, quiet raises it again, never above this."},
    {"quotas/<api>/burst", "", "Calls that may follow at once after a silence: 1 to 10,000."},
    {"in_progress/paths", "3000",
     "Paths that CloudFront may be working on at once: 1 to 1,000,000. AWS allows 3,000."},
    {"in_progress/wildcards", "15",
     "The same for paths with a wildcard: 1 to 10,000. AWS allows 15."},
    {"in_progress/scope", "distribution",
     "What both are counted over: `distribution`, or `account`."},
    {"retry/max_age", "24h",
     "How long an operation may stay unsettled before it is recorded as expired: 1s to 365d."},
    {"retain/settled", "30d", "How long settled operations stay in the ledger: 1s to 3650d."},
    {"retain/duplicates", "15d",
     "How long a message, and a task's id, is known again: 15d to 3650d. SQS keeps a message for "
     "14 days at most."},
    {"worker/listen", "127.0.0.1:9464",
     "Where the worker answers `/metrics`, `/healthz` and `/readyz`; `none` for nowhere. Where the "
     "default is taken already, the worker goes on without; where it was set, it does not start."},
    {"worker/pending_max", "1000000",
     "Operations that may wait before the worker takes no more messages: 1 to 100,000,000. Each "
     "takes about 200 bytes of memory."},
    {"worker/lease", "90s",
     "With a table as the ledger: how long a worker keeps an account without a sign of life, 10s "
     "to 15m. When it dies, the account rests for so long and a sixth more; no request to AWS may "
     "take longer than five eighteenths of it."},
});

std::string_view value_name(const KeyText& text) {
    const auto keys = config::all_keys();
    const auto key = std::ranges::find(keys, text.pattern, &config::Key::pattern);
    if (key == keys.end() || key->shape == config::Key::Shape::map) {
        return "map";
    }
    if (key->shape == config::Key::Shape::text) {
        return "text";
    }
    return text.standard == "false" ? "true or false" : "number";
}

std::string written_key(std::string_view pattern) {
    std::string key(pattern);
    std::ranges::replace(key, '/', '.');
    return key;
}

std::string quota_defaults() {
    std::string text = "| API | rate | burst |\n|---|---|---|\n";
    const config::Config config;
    for (const auto& [api, quota] : config.quotas) {
        text += fmt::format("| `{}` | {:g} | {:g} |\n", api, quota.rate, quota.burst);
    }
    return text;
}

} // namespace

std::string configuration_reference() {
    std::string text =
        "# exarch.yaml\n\n"
        "Found by `--config`, `$EXARCH_CONFIG`, `./exarch.yaml`; the first two may also name "
        "`ssm:/path` or\n`dynamodb:TABLE#config`. Flags beat the environment, the environment "
        "beats the file. "
        "Every key but the\nqueue has a default. An unknown key is an error that suggests the "
        "nearest.\n\n"
        "A key that is no list can be set by the environment: `EXARCH_` and its name in capitals, "
        "`__` between levels,\nas `EXARCH_QUEUE` or `EXARCH_TARGETS__SESSION_NAME`.\n\n"
        "AWS's own settings are AWS's: `AWS_REGION`, `AWS_PROFILE`, `AWS_ENDPOINT_URL` and "
        "`AWS_ENDPOINT_URL_SQS`, `_STS`,\n`_CLOUDFRONT`, `_DYNAMODB`, `_SSM`, `_LAMBDA`, "
        "`AWS_CA_BUNDLE`, `HTTPS_PROXY`, `NO_PROXY`. No secret has a place in this file.\n\n"
        "| key | value | default | meaning |\n|---|---|---|---|\n";
    for (const KeyText& each : texts) {
        text += fmt::format(
            "| `{}` | {} | {} | {} |\n", written_key(each.pattern), value_name(each),
            each.standard.empty() ? "" : fmt::format("`{}`", each.standard), each.meaning);
    }
    return text + "\n## Quotas\n\nThe defaults, in calls a second:\n\n" + quota_defaults();
}

} // namespace exarch::cli
