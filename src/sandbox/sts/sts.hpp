#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/iam/evaluation.hpp"

#include <expected>
#include <string>

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
    [[nodiscard]] std::expected<std::string, ServiceError> result_of(const ServiceCall& call,
                                                                     CallRecord& record);

    Directory& directory_;
    Evaluation& evaluation_;
};

} // namespace exarch::sandbox
