#include "cli/doctor/role_checks.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace exarch::cli {
namespace {

enum class Answer : std::uint8_t { allowed, denied, unknown };

/// AWS looks at permissions before it looks at what is asked: any refusal but that of the
/// permission says that there is one.
Answer answer_of(const Attempt& attempt) {
    if (!attempt) {
        return Answer::allowed;
    }
    switch (attempt->remedy) {
    case aws::Remedy::denied:
        return Answer::denied;
    case aws::Remedy::not_found:
    case aws::Remedy::give_up:
    case aws::Remedy::slots_full:
        return Answer::allowed;
    default:
        return Answer::unknown;
    }
}

std::string_view role_name(const base::RoleArn& role) {
    const std::string_view arn = role.value();
    return arn.substr(arn.rfind('/') + 1);
}

class RoleExamination {
public:
    explicit RoleExamination(const RoleProbe& probe)
        : probe_(probe), subject_("role in " + probe.account.value()) {}

    Findings run() {
        if (probe_.assume) {
            check_entry(*probe_.assume);
            return std::move(findings_);
        }
        check_external_id();
        if (probe_.rights) {
            check_rights(*probe_.rights);
        }
        if (findings_.empty()) {
            add(Grade::good, probe_.role.value() + " can be assumed, and may invalidate");
        }
        return std::move(findings_);
    }

private:
    void add(Grade grade, std::string what, std::string mend = {}) {
        findings_.push_back({grade, subject_, std::move(what), std::move(mend)});
    }

    [[nodiscard]] std::string make_trust() const {
        return fmt::format("exarch policy target-trust --account {} --principal {} > trust.json",
                           probe_.account.value(), probe_.principal);
    }

    [[nodiscard]] std::string mend_trust() const {
        return fmt::format("{}; aws iam update-assume-role-policy --role-name {} "
                           "--policy-document file://trust.json    # in account {}",
                           make_trust(), role_name(probe_.role), probe_.account.value());
    }

    [[nodiscard]] std::string mend_rights() const {
        return fmt::format("exarch policy target --account {} > target.json; aws iam "
                           "put-role-policy --role-name {} --policy-name exarch "
                           "--policy-document file://target.json    # in account {}",
                           probe_.account.value(), role_name(probe_.role), probe_.account.value());
    }

    void check_entry(const aws::Failure& failure) {
        const std::string why = aws::to_error(failure, "AssumeRole").message();
        if (failure.remedy != aws::Remedy::denied) {
            add(Grade::wrong, probe_.role.value() + " cannot be assumed now: " + why);
            return;
        }
        add(Grade::wrong,
            fmt::format("{} cannot be assumed; AWS does not tell whether it is missing, does not "
                        "trust {}, asks for another external id, or this caller lacks "
                        "sts:AssumeRole: {}",
                        probe_.role.value(), probe_.principal, why),
            fmt::format("{}; aws iam create-role --role-name {} --assume-role-policy-document "
                        "file://trust.json || aws iam update-assume-role-policy --role-name {} "
                        "--policy-document file://trust.json    # in account {}; and attach what "
                        "`exarch policy controller` prints to the worker",
                        make_trust(), role_name(probe_.role), role_name(probe_.role),
                        probe_.account.value()));
    }

    void check_external_id() {
        const auto& without = probe_.assume_without_external_id;
        if (without && answer_of(*without) == Answer::allowed) {
            add(Grade::warning,
                "can also be assumed without the external id that is configured: whoever gets us "
                "to act on an account of theirs could lead us here",
                mend_trust());
        }
    }

    void check_rights(const RoleProbe::Rights& rights) {
        if (answer_of(rights.create) == Answer::denied) {
            add(Grade::wrong,
                "may not cloudfront:CreateInvalidation: " +
                    aws::to_error(*rights.create, "CreateInvalidation").message(),
                mend_rights());
        }
        if (answer_of(rights.get) == Answer::denied) {
            add(Grade::warning,
                "may not cloudfront:GetInvalidation: how long invalidations hold their slots is "
                "guessed then",
                mend_rights());
        }
        if (answer_of(rights.list) == Answer::denied) {
            add(Grade::warning,
                "may not cloudfront:ListInvalidations: a call whose answer was lost can then not "
                "be looked for, and may end as failed: outcome unknown",
                mend_rights());
        }
        if (answer_of(rights.list_distributions) == Answer::allowed) {
            add(Grade::note,
                "may do more than is needed: it may list all distributions, and who knows what "
                "else",
                mend_rights());
        }
        for (const Attempt* attempt : {&rights.create, &rights.get, &rights.list}) {
            if (answer_of(*attempt) == Answer::unknown) {
                add(Grade::warning,
                    "could not be tried: " + aws::to_error(**attempt, "CloudFront").message());
                return;
            }
        }
    }

    const RoleProbe& probe_;
    std::string subject_;
    Findings findings_;
};

} // namespace

Findings check_role(const RoleProbe& probe) {
    return RoleExamination(probe).run();
}

} // namespace exarch::cli
