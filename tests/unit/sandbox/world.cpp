#include "unit/sandbox/world.hpp"

#include <fmt/format.h>

#include <vector>

namespace exarch::sandbox {
namespace {

std::string encoded(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        out += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    }
    return out;
}

} // namespace

base::Moment start_of_test() {
    return {base::Instant(std::chrono::hours(1)),
            base::parse_timestamp("2026-11-24T00:10:00Z").value()};
}

base::Moment later(base::Duration duration) {
    const base::Moment start = start_of_test();
    return {start.steady + duration,
            start.wall + std::chrono::duration_cast<std::chrono::milliseconds>(duration)};
}

http::Request sts_request(const std::map<std::string, std::string>& form) {
    http::Request request{.method = "POST", .origin = {}};
    request.headers = {{"Host", "127.0.0.1:4600"},
                       {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                       {"User-Agent", "a test"}};
    request.body = "Version=2011-06-15";
    for (const auto& [name, value] : form) {
        request.body += fmt::format("&{}={}", name, encoded(value));
    }
    return request;
}

http::Request sign(http::Request request, const SigningWish& wish) {
    std::vector<sigv4::HeaderView> headers;
    for (const auto& [name, value] : request.headers) {
        headers.push_back({name, value});
    }
    sigv4::Signer signer;
    const auto made = signer.sign({request.method, request.target, headers, request.body},
                                  wish.keys, {wish.region, wish.service}, wish.at.wall);
    request.headers.add("X-Amz-Date", made.amz_date);
    if (!made.security_token.empty()) {
        request.headers.add("X-Amz-Security-Token", made.security_token.reveal());
    }
    request.headers.add("Authorization", made.authorization);
    return request;
}

std::string element(const http::Response& response, std::string_view name) {
    const std::string open = fmt::format("<{}>", name);
    const std::size_t begin = response.body.find(open);
    if (begin == std::string::npos) {
        return {};
    }
    const std::size_t end = response.body.find(fmt::format("</{}>", name), begin);
    return response.body.substr(begin + open.size(), end - begin - open.size());
}

Policy trust(std::string_view principal, std::string_view more) {
    return parse_policy(
               fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":)"
                           R"(["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],)"
                           R"("Principal":{{"AWS":"{}"}}{}}}]}})",
                           principal, more),
               PolicyKind::trust)
        .value();
}

Policy allow(std::string_view actions, std::string_view resource) {
    return parse_policy(fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",)"
                                    R"("Action":{},"Resource":"{}"}}]}})",
                                    actions, resource),
                        PolicyKind::identity)
        .value();
}

World::World(SandboxParams params) : sandbox(std::move(params), start_of_test()) {
    Directory& directory = sandbox.directory();
    const User& user = directory.put_user({.account = base::AccountId(controller_account),
                                           .name = "exarch-controller",
                                           .policies = {allow(R"(["sts:*","sqs:*"])", "*")}});
    controller = directory.put_key(user, {});
    directory.put_role({.account = base::AccountId(target_account),
                        .name = "CloudFrontInvalidationRole",
                        .trust = trust(controller_account),
                        .policies = {allow(R"("cloudfront:*")", "*")}});
}

http::Response World::serve(const http::Request& request, base::Moment at) {
    const auto exchange = sandbox.open(request, at);
    return std::get<http::Response>(sandbox.step(*exchange, at));
}

http::Response World::call_sts(const std::map<std::string, std::string>& form, base::Moment at) {
    return serve(sign(sts_request(form), {.keys = controller, .at = at}), at);
}

http::Response World::assume(std::map<std::string, std::string> extra) {
    extra.try_emplace("Action", "AssumeRole");
    extra.try_emplace("RoleArn", target_role);
    extra.try_emplace("RoleSessionName", "session");
    return call_sts(extra);
}

sigv4::Credentials World::keys_of(const http::Response& response) {
    return {.access_key_id = sigv4::AccessKeyId(element(response, "AccessKeyId")),
            .secret_access_key = base::Secret(element(response, "SecretAccessKey")),
            .session_token = base::Secret(element(response, "SessionToken")),
            .expires_at = {}};
}

} // namespace exarch::sandbox
