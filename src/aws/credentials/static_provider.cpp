#include "aws/credentials/static_provider.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

namespace exarch::aws {

boost::asio::awaitable<base::Result<sigv4::Credentials>> StaticProvider::get() {
    co_return answer_;
}

base::Result<sigv4::Credentials> environment_credentials(const base::Environment& environment) {
    const std::optional<std::string> id = environment.get("AWS_ACCESS_KEY_ID");
    const std::optional<std::string> secret = environment.get("AWS_SECRET_ACCESS_KEY");
    if (!id.has_value()) {
        return std::unexpected(
            base::Error(base::ErrorKind::not_found, "AWS_ACCESS_KEY_ID is not set"));
    }
    if (!secret.has_value()) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid,
            "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not: set both, or neither"));
    }
    return sigv4::Credentials{sigv4::AccessKeyId(*id), base::Secret(*secret),
                              base::Secret(environment.get("AWS_SESSION_TOKEN").value_or("")),
                              std::nullopt};
}

base::Result<sigv4::Credentials> profile_keys(const ProfileSection& profile,
                                              std::string_view name) {
    const std::optional<std::string_view> id = profile.get("aws_access_key_id");
    const std::optional<std::string_view> secret = profile.get("aws_secret_access_key");
    if (!id.has_value()) {
        return std::unexpected(
            base::Error(base::ErrorKind::not_found,
                        fmt::format("the profile {} has no aws_access_key_id", name)));
    }
    if (!secret.has_value()) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid,
            fmt::format("the profile {} has aws_access_key_id, but no aws_secret_access_key",
                        name)));
    }
    return sigv4::Credentials{
        sigv4::AccessKeyId(*id), base::Secret(std::string(*secret)),
        base::Secret(std::string(profile.get("aws_session_token").value_or(""))), std::nullopt};
}

} // namespace exarch::aws
