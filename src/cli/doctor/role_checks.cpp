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

/// `/path/to/` and `Name` of `arn:aws:iam::111122223333:role/path/to/Name`.
struct RoleName {
    std::string path;
    std::string name;
};

RoleName name_of(const base::RoleArn& role) {
    const std::string_view arn = role.value();
    const std::string_view all = arn.substr(arn.find('/'));
    const std::size_t name = all.rfind('/') + 1;
    return {std::string(all.substr(0, name)), std::string(all.substr(name))};
}

class RoleExamination {
public:
    RoleExamination(const RoleProbe& probe, const MendContext& context)
        : probe_(probe), context_(context), subject_("role in " + probe.account.value()),
          role_(name_of(probe.role)) {}

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
            add(Grade::good, probe_.role.value() + " can be assumed, and may invalidate" +
                                 (context_.function_role.empty()
                                      ? ""
                                      : ", by " + context_.principal.arn + "; " + of_function()));
        }
        return std::move(findings_);
    }

private:
    void add(Grade grade, std::string what, std::string mend = {}) {
        findings_.push_back({grade, subject_, std::move(what), command(std::move(mend))});
    }

    [[nodiscard]] std::string of_function() const {
        return fmt::format("the function works as {}, which only that one can try: `{} status` "
                           "tells where it is refused",
                           context_.function_role, context_.exarch);
    }

    [[nodiscard]] std::string here() const { return in_account(probe_.account); }

    [[nodiscard]] std::string trust() const {
        return fmt::format("\"$({} policy target-trust --account {} --principal {})\"",
                           context_.exarch, probe_.account.value(),
                           shell_word(context_.function_role.empty() ? context_.principal.trusted
                                                                     : context_.function_role));
    }

    [[nodiscard]] std::string update_trust() const {
        return context_.aws_iam(fmt::format(
            "update-assume-role-policy --role-name {} --policy-document {}", role_.name, trust()));
    }

    [[nodiscard]] std::string create_role() const {
        const std::string path = role_.path == "/" ? "" : " --path " + shell_word(role_.path);
        const std::string create = context_.aws_iam(
            fmt::format("create-role --role-name {}{} --assume-role-policy-document {}", role_.name,
                        path, trust()));
        return fmt::format("{} || {}{}: where it exists, its trust is replaced", create,
                           update_trust(), here());
    }

    [[nodiscard]] std::string put_rights() const {
        return context_.aws_iam(
                   fmt::format("put-role-policy --role-name {} --policy-name exarch "
                               "--policy-document \"$({} policy target --account {})\"",
                               role_.name, context_.exarch, probe_.account.value())) +
               here();
    }

    /// Of a role's policies each allows for itself, so that the others have to go.
    [[nodiscard]] std::string put_rights_only() const {
        constexpr std::string_view for_each =
            "for each in $(aws iam {1} --role-name {0} --output text --region {2} --query '{3}'); "
            "do aws iam {4} $each --role-name {0} --region {2}; done{5}: {6}";
        const std::string others =
            fmt::format(for_each, role_.name, "list-role-policies", context_.region.value(),
                        "PolicyNames[?@ != `\"exarch\"`]", "delete-role-policy --policy-name",
                        here(), "deletes its other inline policies");
        const std::string managed =
            fmt::format(for_each, role_.name, "list-attached-role-policies",
                        context_.region.value(), "AttachedPolicies[].PolicyArn",
                        "detach-role-policy --policy-arn", here(), "detaches its managed policies");
        return fmt::format("{}\n{}\n{}", put_rights(), others, managed);
    }

    void check_entry(const aws::Failure& failure) {
        const std::string why = aws::to_error(failure, "AssumeRole").message();
        if (failure.remedy != aws::Remedy::denied) {
            add(Grade::wrong, probe_.role.value() + " cannot be assumed now: " + why);
            return;
        }
        if (!context_.function_role.empty()) {
            add(Grade::note,
                fmt::format("{} cannot be assumed by {}, as it need not; {}. Where it is, the mend "
                            "makes the role, and has it trust the function and nobody else",
                            probe_.role.value(), context_.principal.arn, of_function()),
                fmt::format("{}\n{}", create_role(), put_rights()));
            return;
        }
        add(Grade::wrong,
            fmt::format("{} cannot be assumed; AWS does not tell whether it is missing, does not "
                        "trust {}, asks for another external id, or this caller lacks "
                        "sts:AssumeRole, so that the mend sees to all of them: {}",
                        probe_.role.value(), context_.principal.arn, why),
            fmt::format("{}\n{}\n{}", create_role(), put_rights(), context_.grant_controller()));
    }

    void check_external_id() {
        const auto& without = probe_.assume_without_external_id;
        if (without && answer_of(*without) == Answer::allowed) {
            add(Grade::warning,
                "can also be assumed without the external id that is configured: whoever gets us "
                "to act on an account of theirs could lead us here",
                update_trust() + here());
        }
    }

    void check_rights(const RoleProbe::Rights& rights) {
        if (answer_of(rights.create) == Answer::denied) {
            add(Grade::wrong,
                "may not cloudfront:CreateInvalidation: " +
                    aws::to_error(*rights.create, "CreateInvalidation").message(),
                put_rights());
        }
        if (answer_of(rights.get) == Answer::denied) {
            add(Grade::warning,
                "may not cloudfront:GetInvalidation: how long invalidations hold their slots is "
                "guessed then",
                put_rights());
        }
        if (answer_of(rights.list) == Answer::denied) {
            add(Grade::warning,
                "may not cloudfront:ListInvalidations: a call whose answer was lost can then not "
                "be looked for, and may end as failed: outcome unknown",
                put_rights());
        }
        if (answer_of(rights.list_distributions) == Answer::allowed) {
            add(Grade::note,
                "may do more than is needed: it may list all distributions, and who knows what "
                "else. Where the role is exarch's alone, the mend takes its other policies away; "
                "where others use it too, leave it",
                put_rights_only());
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
    const MendContext& context_;
    std::string subject_;
    RoleName role_;
    Findings findings_;
};

} // namespace

Findings check_role(const RoleProbe& probe, const MendContext& context) {
    return RoleExamination(probe, context).run();
}

} // namespace exarch::cli
