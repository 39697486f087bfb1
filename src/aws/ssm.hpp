#pragma once

#include "aws/caller.hpp"
#include "aws/credentials/provider.hpp"
#include "aws/endpoint.hpp"
#include "aws/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace exarch::aws {

/// The most that a parameter's value may have, in bytes: of a standard one, which costs nothing,
/// and of an advanced one. Source: "Managing parameter tiers" in the guide of Systems Manager.
inline constexpr std::size_t ssm_standard_bytes_max = std::size_t{4} * 1024;
inline constexpr std::size_t ssm_advanced_bytes_max = std::size_t{8} * 1024;

/// A parameter as it is at one of its versions.
struct SsmParameter {
    /// `String`, `StringList` or `SecureString`
    std::string type;
    /// Decrypted.
    std::string value;
    /// From 1, one more with each change.
    std::int64_t version = 0;

    friend bool operator==(const SsmParameter&, const SsmParameter&) = default;
};

/// Puts a value in the place of the one that is there, or makes a parameter.
struct PutParameter {
    /// With its path: `/exarch/config`.
    std::string name;
    std::string value;
    /// One that exists keeps its own.
    std::string type = "String";
    /// False: a parameter that exists refuses it, by the code ParameterAlreadyExists.
    bool overwrites = false;
    /// Of the tier that AWS charges for, and that there is no way back from.
    bool is_advanced = false;
};

/// Parameter Store of AWS Systems Manager (JSON 1.1 protocol), one attempt a call. `caller` and
/// `credentials` must outlive it, and it the coroutines that its functions return.
class Ssm {
public:
    Ssm(Caller& caller, CredentialsProvider& credentials, Endpoint endpoint)
        : caller_(caller), credentials_(credentials), endpoint_(std::move(endpoint)) {}

    /// `name` is a parameter's, or its ARN; with `:3` behind it that version is read, else the
    /// latest. Fails as not_found where there is none.
    [[nodiscard]] boost::asio::awaitable<Outcome<SsmParameter>>
    get_parameter(std::string name) const;

    /// The new version. Not safe to repeat: each time makes another.
    [[nodiscard]] boost::asio::awaitable<Outcome<std::int64_t>>
    put_parameter(PutParameter put) const;

private:
    Caller& caller_;
    CredentialsProvider& credentials_;
    Endpoint endpoint_;
};

} // namespace exarch::aws
