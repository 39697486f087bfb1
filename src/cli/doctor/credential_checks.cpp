#include "cli/doctor/credential_checks.hpp"

#include <fmt/format.h>

#include <optional>

namespace exarch::cli {
namespace {

constexpr std::string_view sts_url = "AWS_ENDPOINT_URL_STS";
constexpr std::string_view any_url = "AWS_ENDPOINT_URL";
constexpr std::string_view key_id = "AWS_ACCESS_KEY_ID";
constexpr std::string_view session_token = "AWS_SESSION_TOKEN";

/// Keys that never expire are `AKIA…`; those of a session come with a token.
bool is_of_session(std::string_view id) {
    return id.starts_with("ASIA");
}

std::string export_keys(std::string_view id) {
    return fmt::format("export AWS_ACCESS_KEY_ID=KEY AWS_SECRET_ACCESS_KEY=SECRET{}",
                       is_of_session(id) ? " AWS_SESSION_TOKEN=TOKEN" : "");
}

std::string mend_way(const IdentityProbe& probe) {
    if (probe.environment.get(sts_url)) {
        return fmt::format("unset {}", sts_url);
    }
    const http::Origin& address = probe.sts.origin;
    if (address.host == "127.0.0.1" || address.host == "localhost") {
        return fmt::format("exarch sandbox --example --listen 127.0.0.1:{}    # in another "
                           "terminal; it stays",
                           address.port);
    }
    if (probe.environment.get(any_url)) {
        return fmt::format("unset {}    # or start what should answer there", any_url);
    }
    return "export HTTPS_PROXY=http://HOST:PORT    # where the way to AWS is through a proxy";
}

/// Of keys that are not in the environment; AWS's own tools know them as well.
std::string mend_profile(const base::Environment& environment, const aws::Failure& failure) {
    const std::string profile = environment.get("AWS_PROFILE").value_or("");
    const std::string option = profile.empty() ? "" : " --profile " + shell_word(profile);
    if (failure.message.contains("aws sso login")) {
        return "aws sso login" + option;
    }
    return fmt::format("aws configure{}    # asks for keys; `aws configure list{}` tells where "
                       "those of now come from",
                       option, option);
}

std::string mend_keys(const base::Environment& environment, const aws::Failure& failure) {
    const std::optional<std::string> id = environment.get(key_id);
    if (!id) {
        const bool are_there = failure.code != "NoCredentials" || environment.get("AWS_PROFILE");
        return are_there ? mend_profile(environment, failure)
                         : export_keys("") + "    # or a profile, or a role of the machine";
    }
    if (environment.get(session_token) && !is_of_session(*id)) {
        return fmt::format("unset {}    # it is another key's: {} has none", session_token,
                           shell_word(*id));
    }
    if (failure.code == "SignatureDoesNotMatch") {
        return fmt::format("export AWS_SECRET_ACCESS_KEY=SECRET    # the one of {}",
                           shell_word(*id));
    }
    return export_keys(*id);
}

Mend mend_of(const IdentityProbe& probe, const aws::Failure& failure) {
    switch (failure.remedy) {
    case aws::Remedy::denied:
    case aws::Remedy::renew_credentials:
        return command(mend_keys(probe.environment, failure));
    default:
        return command(mend_way(probe));
    }
}

/// Someone that may do no more than needed, instead of one that may do everything.
Mend replace_root(const std::string& exarch) {
    return command(fmt::format(
        "aws iam create-user --user-name exarch && aws iam put-user-policy --user-name exarch "
        "--policy-name exarch --policy-document \"$({} policy controller)\" && aws iam "
        "create-access-key --user-name exarch    # then export the keys that it prints",
        exarch));
}

} // namespace

Findings check_identity(const IdentityProbe& probe) {
    const std::string subject = "credentials";
    if (!probe.identity.has_value()) {
        const aws::Failure& failure = probe.identity.error();
        return {{Grade::wrong, subject, aws::to_error(failure, "GetCallerIdentity").message(),
                 mend_of(probe, failure)}};
    }
    const std::string& arn = probe.identity->arn;
    if (arn.ends_with(":root")) {
        return {{Grade::warning, subject,
                 arn + " is the account's root user, which may do everything and cannot assume "
                       "roles",
                 replace_root(probe.exarch)}};
    }
    Findings findings{{Grade::good, subject, arn}};
    if (arn.contains(":user/")) {
        findings.push_back(
            {Grade::note, subject,
             "are keys that never expire; a role of the machine would renew itself"});
    }
    return findings;
}

} // namespace exarch::cli
