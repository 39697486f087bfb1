#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/iam/evaluation.hpp"

#include <expected>
#include <string>

namespace exarch::sandbox {

/// STS over its query protocol: AssumeRole and GetCallerIdentity.
class StsService {
public:
    /// Both must outlive it.
    StsService(Directory& directory, Evaluation& evaluation)
        : directory_(directory), evaluation_(evaluation) {}

    /// `AssumeRole`; empty where the request names none.
    [[nodiscard]] static std::string action_of(const http::Request& request);

    [[nodiscard]] http::Response answer(const ServiceCall& call, CallRecord& record);

private:
    [[nodiscard]] std::expected<std::string, ServiceError> result_of(const ServiceCall& call,
                                                                     CallRecord& record);

    Directory& directory_;
    Evaluation& evaluation_;
};

} // namespace exarch::sandbox
