#include "worker/cloud.hpp"

#include "aws/credentials/default_chain.hpp"
#include "http/url.hpp"

namespace exarch::worker {
namespace {

/// Every account's CloudFront is at the same origin, so the pool is shared by all of them.
constexpr std::size_t connections_max = 1024;

} // namespace

Cloud::Cloud(const base::Environment& environment, aws::SharedConfig config)
    : config_(std::move(config)), endpoints_(environment, config_), proxies_(environment) {}

Cloud::~Cloud() = default;

base::Result<base::Region> Cloud::find_region(const base::Environment& environment,
                                              const aws::SharedConfig& config,
                                              const std::string& queue_url) {
    EXARCH_TRY(auto region, aws::configured_region(environment, config));
    if (!region) {
        region = aws::region_of(aws::QueueUrl(queue_url));
    }
    if (!region) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid,
            "no AWS region: set AWS_REGION, or region in the profile (" + config.files() + ")"));
    }
    return *std::move(region);
}

base::Result<std::unique_ptr<Cloud>> Cloud::open(boost::asio::any_io_executor executor,
                                                 const base::Clock& clock,
                                                 const base::Environment& environment,
                                                 const std::string& queue_url) {
    EXARCH_TRY(aws::SharedConfig config, aws::SharedConfig::load(environment));
    EXARCH_TRY(base::Region region, find_region(environment, config, queue_url));
    std::unique_ptr<Cloud> cloud(new Cloud(environment, std::move(config)));
    cloud->region_ = std::move(region);
    http::ClientParams params;
    params.connections_per_origin_max = connections_max;
    cloud->client_ = std::make_unique<http::Client>(executor, clock, environment, params);
    cloud->caller_ = std::make_unique<aws::Caller>(*cloud->client_, clock);
    cloud->credentials_ =
        aws::default_credentials({executor, *cloud->client_, *cloud->caller_, clock, environment,
                                  cloud->config_, cloud->region_});
    return cloud;
}

base::Result<aws::Endpoint> Cloud::endpoint(std::string_view service,
                                            const base::Region& region) const {
    return endpoints_.resolve(service, region);
}

base::Status Cloud::check_way(const aws::Endpoint& endpoint) const {
    EXARCH_CHECK(proxies_.choose(endpoint.origin));
    return {};
}

base::Result<std::unique_ptr<aws::Sqs>> Cloud::sqs(const std::string& queue_url) {
    const auto region = aws::region_of(aws::QueueUrl(queue_url));
    EXARCH_TRY(aws::Endpoint endpoint, this->endpoint("sqs", region.value_or(region_)));
    const bool is_configured =
        endpoint.origin != aws::public_endpoint("sqs", region.value_or(region_)).origin;
    if (!region && !is_configured) {
        EXARCH_TRY(http::Url url, http::parse_url(queue_url));
        endpoint.origin = std::move(url.origin);
    }
    EXARCH_CHECK(check_way(endpoint));
    return std::make_unique<aws::Sqs>(*caller_, *credentials_, std::move(endpoint));
}

base::Result<std::unique_ptr<aws::Sts>> Cloud::sts() {
    EXARCH_TRY(aws::Endpoint endpoint, this->endpoint("sts", region_));
    EXARCH_CHECK(check_way(endpoint));
    return std::make_unique<aws::Sts>(*caller_, std::move(endpoint));
}

base::Result<std::unique_ptr<aws::DynamoDb>> Cloud::dynamodb(const std::string& table) {
    EXARCH_TRY(aws::Endpoint endpoint, this->endpoint("dynamodb", region_));
    EXARCH_CHECK(check_way(endpoint));
    return std::make_unique<aws::DynamoDb>(*caller_, *credentials_, std::move(endpoint),
                                           aws::TableName(table));
}

} // namespace exarch::worker
