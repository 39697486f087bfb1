#pragma once

#include "aws/endpoint.hpp"
#include "aws/error.hpp"
#include "aws/service_request.hpp"
#include "base/identifier.hpp"
#include "base/time.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// CloudFront's API of 2020-05-31 (rest-xml), as far as invalidations go. Pure: requests to send
/// and replies to read; Caller sends them.
namespace exarch::aws {

using DistributionId = base::Identifier<struct DistributionIdTag>;
using InvalidationId = base::Identifier<struct InvalidationIdTag>;

/// An invalidation as CreateInvalidation and GetInvalidation tell it.
struct Invalidation {
    /// Empty where CloudFront has accepted the call and its reply could not be read.
    InvalidationId id;
    /// As it came: `InProgress`, `Completed`. Some stand-ins write upper case.
    std::string status;
    std::string caller_reference;
    std::optional<base::Timestamp> created_at;

    friend bool operator==(const Invalidation&, const Invalidation&) = default;
};

/// True while an invalidation counts against its distribution's limits; compared without case.
[[nodiscard]] bool is_in_progress(std::string_view status);

/// One page of ListInvalidations, newest first. The summaries carry no caller reference.
struct InvalidationPage {
    std::vector<Invalidation> invalidations;
    /// Pass it on to get the next page; none on the last.
    std::optional<std::string> next_marker;
};

/// CreateInvalidation of `items` (paths, or cache tags that begin with `#`), each escaped for XML
/// and otherwise sent as it is. Sending the same request twice is safe by its `caller_reference`.
[[nodiscard]] ServiceRequest create_invalidation_request(const Endpoint& endpoint,
                                                         const DistributionId& distribution,
                                                         std::span<const std::string> items,
                                                         std::string_view caller_reference);

/// Reads the reply of CreateInvalidation. A 201 whose body can't be read means accepted where its
/// Location header tells the id. Any other reply that can't be read is outcome_unknown.
[[nodiscard]] Outcome<Invalidation> parse_created(const Reply& reply);

/// True where a failed CreateInvalidation says that its caller reference has been used before:
/// with a reference of our own making, that it has been accepted. The remedy of such a failure is
/// outcome_unknown, so that whoever forgets to ask this does no harm.
/// AWS documents the code InvalidationBatchAlreadyExists; seen is InvalidArgument with "caller
/// reference" in its message (s3-deploy-website#26, aws-cdk#3878).
[[nodiscard]] bool says_reference_used(const Failure& failure);

[[nodiscard]] ServiceRequest get_invalidation_request(const Endpoint& endpoint,
                                                      const DistributionId& distribution,
                                                      const InvalidationId& invalidation);
[[nodiscard]] Outcome<Invalidation> parse_invalidation(const Reply& reply);

/// `marker` is the next_marker of the page before, or empty for the first page. At most 100 a page.
[[nodiscard]] ServiceRequest list_invalidations_request(const Endpoint& endpoint,
                                                        const DistributionId& distribution,
                                                        std::string_view marker);
[[nodiscard]] Outcome<InvalidationPage> parse_invalidation_page(const Reply& reply);

/// ListDistributions, one of them: to see whether it is allowed.
[[nodiscard]] ServiceRequest list_distributions_request(const Endpoint& endpoint);

} // namespace exarch::aws
