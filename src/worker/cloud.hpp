#pragma once

#include "aws/caller.hpp"
#include "aws/credentials/provider.hpp"
#include "aws/dynamodb/dynamodb.hpp"
#include "aws/endpoint.hpp"
#include "aws/partition.hpp"
#include "aws/profile.hpp"
#include "aws/sqs.hpp"
#include "aws/sts.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "http/client.hpp"
#include "http/proxy.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <string>

namespace exarch::worker {

/// Everything needed to call AWS from here: one HTTP client, one signer, the machine's own
/// credentials, and the region. One executor's thread.
class Cloud {
public:
    /// Reads the shared configuration and looks for the region: AWS_REGION and its like, the
    /// profile, or the region in the queue's URL. Calls nothing yet. `clock` and `environment`
    /// must outlive it. Fails as invalid where AWS's own configuration can't be understood or no
    /// region is to be found.
    [[nodiscard]] static base::Result<std::unique_ptr<Cloud>>
    open(boost::asio::any_io_executor executor, const base::Clock& clock,
         const base::Environment& environment, const std::string& queue_url);
    /// Where it would work, of what open() looks at. Fails as open() does.
    [[nodiscard]] static base::Result<base::Region>
    find_region(const base::Environment& environment, const aws::SharedConfig& config,
                const std::string& queue_url);
    ~Cloud();
    Cloud(const Cloud&) = delete;
    Cloud& operator=(const Cloud&) = delete;

    [[nodiscard]] aws::Caller& caller() { return *caller_; }
    [[nodiscard]] aws::CredentialsProvider& credentials() { return *credentials_; }
    [[nodiscard]] const base::Region& region() const { return region_; }
    [[nodiscard]] const aws::Partition& partition() const { return aws::partition_of(region_); }
    [[nodiscard]] base::Result<aws::Endpoint> endpoint(std::string_view service,
                                                       const base::Region& region) const;
    /// For a start, once: fails as invalid where the proxy on the way to the endpoint is set to
    /// what can't be used, and no call would ever leave.
    [[nodiscard]] base::Status check_way(const aws::Endpoint& endpoint) const;

    /// The SQS of the queue's own region. Where the queue's URL is not AWS's public one (an
    /// interface endpoint, a stand-in) and no endpoint is configured, what the URL names is asked,
    /// as AWS's SDKs do.
    [[nodiscard]] base::Result<std::unique_ptr<aws::Sqs>> sqs(const std::string& queue_url);
    [[nodiscard]] base::Result<std::unique_ptr<aws::Sts>> sts();
    /// A table of this account and region.
    [[nodiscard]] base::Result<std::unique_ptr<aws::DynamoDb>> dynamodb(const std::string& table);

private:
    Cloud(const base::Environment& environment, aws::SharedConfig config);

    aws::SharedConfig config_;
    aws::Endpoints endpoints_;
    http::ProxyRules proxies_;
    base::Region region_;
    std::unique_ptr<http::Client> client_;
    std::unique_ptr<aws::Caller> caller_;
    std::unique_ptr<aws::CredentialsProvider> credentials_;
};

} // namespace exarch::worker
