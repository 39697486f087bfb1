#include "base/assert.hpp"
#include "kind_of_input.hpp"
#include "sandbox/iam/key_set.hpp"
#include "sandbox/iam/policy.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/sts/identity_token.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

using namespace exarch;

namespace {

void check_policy(std::string_view text) {
    for (const auto kind : {sandbox::PolicyKind::identity, sandbox::PolicyKind::session,
                            sandbox::PolicyKind::trust, sandbox::PolicyKind::resource}) {
        const auto policy = sandbox::parse_policy(text, kind);
        EXARCH_ASSERT(policy.has_value() ? !policy->statements.empty()
                                         : !policy.error().message().empty());
    }
}

void check_key_set(std::string_view text) {
    boost::system::error_code error;
    const boost::json::value jwks = boost::json::parse(text, error);
    if (error) {
        return;
    }
    if (const auto keys = sandbox::KeySet::parse(jwks, "jwks"); keys.has_value()) {
        const sandbox::JsonWebSignature signature{
            .algorithm = "ES256", .key_id = "", .text = text, .signature = std::string(64, 'x')};
        EXARCH_ASSERT(keys->verify(signature) != sandbox::SignatureVerdict::good);
    }
}

// Nobody has signed it with a key that is known here.
void check_token(std::string_view text) {
    sandbox::Dice dice(0);
    sandbox::Directory directory(dice);
    const base::AccountId account("111122223333");
    directory.put_provider({.account = account, .name = "token.example.com"});
    EXARCH_ASSERT(!sandbox::verify_identity_token(text, directory, account, {}).has_value());
}

void check_target(std::string_view target) {
    sandbox::Sandbox cloud({}, {});
    http::Request request;
    request.target = "/?" + std::string(target);
    const auto exchange = cloud.open(request, {});
    const auto answer = cloud.step(*exchange, {});
    const int status = std::get<http::Response>(answer).status;
    EXARCH_ASSERT(status >= 400 && status < 500);
}

} // namespace

// What comes from outside before anybody is known: the first line tells what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [kind, rest] = KindOfInput(data, size);
    if (kind == "policy") {
        check_policy(rest);
    } else if (kind == "jwks") {
        check_key_set(rest);
    } else if (kind == "token") {
        check_token(rest);
    } else if (kind == "target") {
        check_target(rest);
    }
    return 0;
}
