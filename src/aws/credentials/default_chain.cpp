#include "aws/credentials/default_chain.hpp"

#include "aws/credentials/caching_provider.hpp"
#include "aws/credentials/chain_provider.hpp"
#include "aws/credentials/container_provider.hpp"
#include "aws/credentials/direct_http.hpp"
#include "aws/credentials/instance_provider.hpp"
#include "aws/credentials/profile_provider.hpp"
#include "aws/credentials/static_provider.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace exarch::aws {
namespace {

ChainLink link(std::string name, ProfileProviders::Made made) {
    if (made.has_value()) {
        return {std::move(name), std::move(*made)};
    }
    return {std::move(name),
            std::make_unique<StaticProvider>(std::unexpected(std::move(made).error()))};
}

} // namespace

std::unique_ptr<CredentialsProvider> default_credentials(CredentialSources sources) {
    auto http = std::make_shared<DirectHttp>(sources.executor, sources.clock, sources.environment);
    const ProfileProviders profiles(sources, http);
    const std::string& profile = sources.config.profile_name();
    std::vector<ChainLink> links;
    links.push_back({"the environment", std::make_unique<StaticProvider>(
                                            environment_credentials(sources.environment))});
    links.push_back(
        link(fmt::format("the role of the profile {}", profile), profiles.role(profile)));
    links.push_back(link("a web identity", profiles.web_identity()));
    links.push_back(link(fmt::format("the profile {}", profile), profiles.own(profile)));
    links.push_back(
        {"the container", std::make_unique<ContainerProvider>(http, sources.environment)});
    links.push_back(
        {"the EC2 instance", std::make_unique<InstanceProvider>(http, sources.environment)});
    return std::make_unique<CachingProvider>(sources.executor, sources.clock,
                                             std::make_unique<ChainProvider>(std::move(links)));
}

} // namespace exarch::aws
