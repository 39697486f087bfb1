#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"
#include "sandbox/dice.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace exarch::sandbox {

/// One accepted batch of paths.
struct Invalidation {
    std::string id;
    std::string reference;
    std::vector<std::string> paths;
    base::Timestamp created_at;
    base::Instant completes_at;

    [[nodiscard]] bool is_completed(base::Instant now) const { return now >= completes_at; }
};

using ResourceTags = std::map<std::string, std::string>;

/// How much one distribution works on at a time; CloudFront counts wildcards apart.
struct InProgressLimits {
    std::size_t paths = 3000;
    std::size_t wildcards = 15;
};

/// Where a batch would not fit, which limit it would exceed.
enum class Room : std::uint8_t { enough, too_few_paths, too_few_wildcards };

/// A distribution and everything that was ever invalidated at it.
class Distribution {
public:
    Distribution(base::AccountId account, std::string id)
        : account_(std::move(account)), id_(std::move(id)) {}

    [[nodiscard]] const base::AccountId& account() const { return account_; }
    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] std::string arn() const;
    /// Nothing changes a distribution here, so that one tag stands for it.
    [[nodiscard]] std::string etag() const { return "E" + id_; }

    /// Whether that many more could be worked on now.
    [[nodiscard]] Room room_for(const std::vector<std::string>& paths, base::Instant now,
                                InProgressLimits limits);
    const Invalidation& add(Invalidation invalidation);

    [[nodiscard]] const Invalidation* find(std::string_view invalidation) const;
    [[nodiscard]] const Invalidation* find_reference(std::string_view reference) const;
    /// Oldest first.
    [[nodiscard]] const std::vector<std::shared_ptr<const Invalidation>>& invalidations() const {
        return invalidations_;
    }
    [[nodiscard]] std::size_t in_progress(base::Instant now) const;

    /// `<DistributionConfig>…</DistributionConfig>` as it was created with.
    std::string config;
    ResourceTags tags;
    base::Timestamp created_at;
    /// From when on its status is no longer InProgress.
    base::Instant deployed_at{};

private:
    base::AccountId account_;
    std::string id_;
    std::vector<std::shared_ptr<const Invalidation>> invalidations_;
    /// Nobody asks for their order, and there may be very many.
    std::unordered_map<std::string_view, std::shared_ptr<const Invalidation>> by_id_;
    std::unordered_map<std::string_view, std::shared_ptr<const Invalidation>> by_reference_;
    /// Those not known to be completed, by when they will be.
    std::multimap<base::Instant, std::shared_ptr<const Invalidation>> running_;
    std::size_t running_paths_ = 0;
    std::size_t running_wildcards_ = 0;
};

/// All distributions; an id belongs to one account.
class DistributionBook {
public:
    /// False where the id is taken.
    bool add(Distribution distribution);
    [[nodiscard]] Distribution* find(std::string_view id);
    /// Of one account, by id.
    [[nodiscard]] std::vector<const Distribution*> of(const base::AccountId& account) const;
    [[nodiscard]] const std::map<std::string, Distribution, std::less<>>& all() const {
        return by_id_;
    }

private:
    std::map<std::string, Distribution, std::less<>> by_id_;
};

} // namespace exarch::sandbox
