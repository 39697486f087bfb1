#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/iam/evaluation.hpp"
#include "sandbox/text.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox {

/// STS over its query protocol: AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity.
class StsService {
public:
    /// Both must outlive it.
    StsService(Directory& directory, Evaluation& evaluation)
        : directory_(directory), evaluation_(evaluation) {}

    /// `AssumeRole`; empty where the request names none.
    [[nodiscard]] static std::string action_of(const http::Request& request);
    /// The account of the role that is asked for, which a call that nobody has signed counts in;
    /// empty where it names none.
    [[nodiscard]] static base::AccountId target_of(const http::Request& request);
    /// The one call that takes no signature: a token stands in its place.
    static constexpr std::string_view unsigned_action = "AssumeRoleWithWebIdentity";

    [[nodiscard]] http::Response answer(const ServiceCall& call, CallRecord& record);

private:
    /// What stands in the Result element.
    using Result = std::expected<std::string, ServiceError>;

    [[nodiscard]] Result result_of(const ServiceCall& call, CallRecord& record);
    /// None where STS itself has no such action.
    [[nodiscard]] std::optional<Result> serve(std::string_view action, const ServiceCall& call,
                                              const Form& form, CallRecord& record);

    Directory& directory_;
    Evaluation& evaluation_;
};

} // namespace exarch::sandbox
