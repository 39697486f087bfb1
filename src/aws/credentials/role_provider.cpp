#include "aws/credentials/role_provider.hpp"

#include "aws/detail/file.hpp"
#include "aws/detail/text.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

namespace exarch::aws {
namespace {

base::Result<sigv4::Credentials> credentials_of(Outcome<AssumedRole> outcome,
                                                const std::string& what) {
    if (!outcome.has_value()) {
        return std::unexpected(configured(to_error(outcome.error(), what)));
    }
    return std::move(outcome->credentials);
}

} // namespace

RoleProvider::RoleProvider(Sts sts, std::unique_ptr<CredentialsProvider> source,
                           AssumeRoleParams params)
    : sts_(std::move(sts)), source_(std::move(source)), params_(std::move(params)) {}

boost::asio::awaitable<base::Result<sigv4::Credentials>> RoleProvider::get() {
    AssumeRoleParams params = params_;
    Outcome<AssumedRole> outcome = co_await sts_.assume_role(*source_, std::move(params));
    co_return credentials_of(std::move(outcome),
                             fmt::format("AssumeRole of {}", params_.role.value()));
}

WebIdentityProvider::WebIdentityProvider(Sts sts, WebIdentityFile file)
    : sts_(std::move(sts)), file_(std::move(file)) {}

boost::asio::awaitable<base::Result<sigv4::Credentials>> WebIdentityProvider::get() {
    // STS takes no token of more than 20,000 characters.
    constexpr std::size_t token_bytes_max = 64 * 1024;
    base::Result<std::string> token = read_file(file_.token_file, token_bytes_max);
    if (!token.has_value()) {
        co_return std::unexpected(configured(token.error().within("the web identity token file")));
    }
    WebIdentityParams params;
    params.role = file_.role;
    params.session_name = file_.session_name;
    params.token = base::Secret(std::string(trimmed(*token)));
    params.duration = file_.duration;
    Outcome<AssumedRole> outcome = co_await sts_.assume_role_with_web_identity(std::move(params));
    co_return credentials_of(std::move(outcome),
                             fmt::format("AssumeRoleWithWebIdentity of {}", file_.role.value()));
}

} // namespace exarch::aws
