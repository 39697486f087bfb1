#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"
#include "http/message.hpp"

#include <expected>
#include <functional>
#include <string>
#include <variant>

namespace exarch::sandbox {

/// Who signed a request, as AWS would tell it.
struct Caller {
    base::AccountId account;
    /// `arn:aws:iam::111122223333:user/producer`,
    /// `arn:aws:sts::111122223333:assumed-role/Role/Session`
    std::string arn;
    /// `AIDA…` of a user, `AROA…:session` of a role's session: SQS's SenderId.
    std::string unique_id;
    /// `aws:SourceIdentity` of a session; empty where there is none.
    std::string source_identity;
    /// Key of the session or user among the sandbox's identities.
    std::string access_key_id;
};

/// One authenticated request to a service. Services see it after its signature, clock and
/// credentials were found right, and before anything is authorised.
struct ServiceCall {
    const http::Request& request;
    Caller caller;
    /// Of the signature's scope.
    base::Region region;
    base::RequestId request_id;
    base::Moment now;
    /// When the request arrived: a long poll is asked again and again with the same one.
    base::Instant arrived_at;
};

/// A refusal in no service's shape yet; each service renders it as its protocol does.
struct ServiceError {
    int status = 400;
    std::string code;
    std::string message;
    bool is_sender_fault = true;

    friend bool operator==(const ServiceError&, const ServiceError&) = default;
};

/// The refusal of a call.
[[nodiscard]] inline std::unexpected<ServiceError> refuse(int status, std::string_view code,
                                                          std::string message) {
    return std::unexpected(
        ServiceError{.status = status, .code = std::string(code), .message = std::move(message)});
}

/// Nothing to say yet: ask again at this time, or when the state has changed (a long poll).
struct AskAgain {
    base::Instant at;
};

/// What a call wants to do, for the policies to judge.
struct Access {
    /// `sqs:SendMessage`
    std::string action;
    /// The ARN it is done to.
    std::string resource;
    /// The account that owns the resource: callers of another need the resource's policy too.
    base::AccountId owner;
    /// The resource's own policy as JSON (a queue's `Policy`); empty where there is none.
    std::string resource_policy;
};

/// Judges an access by identity, session and resource policies; the refusal has AWS's wording.
using Authoriser =
    std::function<std::expected<void, ServiceError>(const ServiceCall& call, const Access& access)>;

using Answer = std::variant<http::Response, AskAgain>;

} // namespace exarch::sandbox
