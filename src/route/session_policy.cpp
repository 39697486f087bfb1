#include "route/session_policy.hpp"

#include <algorithm>

namespace exarch::route {
namespace {

std::string quoted(std::string_view text) {
    std::string json = "\"";
    json += text;
    json += '"';
    return json;
}

} // namespace

SessionPolicy session_policy(const PolicySubject& subject, std::string_view resource,
                             std::span<const std::string> neighbours, std::size_t resources_max) {
    std::string document = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[)";
    std::string separator;
    for (const std::string_view permission : subject.action.permissions()) {
        document += separator + quoted(permission);
        separator = ",";
    }
    document += R"(],"Resource":[)";
    constexpr std::string_view end = "]}]}";
    SessionPolicy policy;
    const auto add = [&](std::string_view one) {
        std::string arn = policy.resources.empty() ? "" : ",";
        arn += quoted(subject.action.resource_arn(subject.partition, subject.account, one));
        const bool fits = document.size() + arn.size() + end.size() <= policy_bytes_max &&
                          policy.resources.size() < resources_max;
        if (fits && std::ranges::find(policy.resources, one) == policy.resources.end()) {
            document += arn;
            policy.resources.emplace_back(one);
        }
    };
    add(resource);
    for (const std::string& neighbour : neighbours) {
        add(neighbour);
    }
    policy.document = document + std::string(end);
    return policy;
}

} // namespace exarch::route
