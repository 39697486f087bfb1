#pragma once

#include "sandbox/sandbox.hpp"
#include "sigv4/signer.hpp"

#include <map>
#include <string>
#include <string_view>

namespace exarch::sandbox {

/// The moment at which every test begins.
[[nodiscard]] base::Moment start_of_test();
[[nodiscard]] base::Moment later(base::Duration duration);

/// A request as a client makes it; sign() adds what makes it good.
[[nodiscard]] http::Request sts_request(const std::map<std::string, std::string>& form);

struct SigningWish {
    sigv4::Credentials keys;
    std::string service = "sts";
    std::string region = "us-east-1";
    base::Moment at = start_of_test();
};

[[nodiscard]] http::Request sign(http::Request request, const SigningWish& wish);

/// `<Name>…</Name>` → what is between; empty where there is none.
[[nodiscard]] std::string element(const http::Response& response, std::string_view name);

/// Two accounts as the documentation has them: a controller that may assume the role of a target.
struct World {
    explicit World(SandboxParams params = {});

    /// Signed with the controller's key and served at once.
    http::Response call_sts(const std::map<std::string, std::string>& form,
                            base::Moment at = start_of_test());
    http::Response serve(const http::Request& request, base::Moment at = start_of_test());
    /// AssumeRole of the target's role, with more parameters.
    http::Response assume(std::map<std::string, std::string> extra = {});

    /// The keys that AssumeRole has answered with.
    static sigv4::Credentials keys_of(const http::Response& response);

    Sandbox sandbox;
    sigv4::Credentials controller;
};

inline constexpr std::string_view controller_account = "999900001111";
inline constexpr std::string_view target_account = "111122223333";
inline constexpr std::string_view target_role =
    "arn:aws:iam::111122223333:role/CloudFrontInvalidationRole";

/// A trust policy that names `principal`; `more` goes into its statement.
[[nodiscard]] Policy trust(std::string_view principal, std::string_view more = "");
/// An identity policy of one statement.
[[nodiscard]] Policy allow(std::string_view actions, std::string_view resource);

} // namespace exarch::sandbox
