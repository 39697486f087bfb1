#include "sandbox/cloudfront/distribution.hpp"

#include "sandbox/cloudfront/path_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::sandbox {
namespace {

std::size_t count_wildcards(const std::vector<std::string>& paths) {
    return static_cast<std::size_t>(std::ranges::count_if(paths, is_wildcard));
}

} // namespace

std::string Distribution::arn() const {
    return fmt::format("arn:aws:cloudfront::{}:distribution/{}", account_.value(), id_);
}

Room Distribution::room_for(const std::vector<std::string>& paths, base::Instant now,
                            InProgressLimits limits) {
    while (!running_.empty() && running_.begin()->first <= now) {
        const auto& done = running_.begin()->second->paths;
        const std::size_t wildcards = count_wildcards(done);
        running_wildcards_ -= wildcards;
        running_paths_ -= done.size() - wildcards;
        running_.erase(running_.begin());
    }
    const std::size_t wildcards = count_wildcards(paths);
    if (running_wildcards_ + wildcards > limits.wildcards) {
        return Room::too_few_wildcards;
    }
    return running_paths_ + paths.size() - wildcards > limits.paths ? Room::too_few_paths
                                                                    : Room::enough;
}

const Invalidation& Distribution::add(Invalidation invalidation) {
    const auto kept = std::make_shared<const Invalidation>(std::move(invalidation));
    const std::size_t wildcards = count_wildcards(kept->paths);
    running_wildcards_ += wildcards;
    running_paths_ += kept->paths.size() - wildcards;
    running_.emplace(kept->completes_at, kept);
    invalidations_.push_back(kept);
    by_id_.emplace(kept->id, kept);
    by_reference_.emplace(kept->reference, kept);
    return *kept;
}

const Invalidation* Distribution::find(std::string_view invalidation) const {
    const auto found = by_id_.find(invalidation);
    return found == by_id_.end() ? nullptr : found->second.get();
}

const Invalidation* Distribution::find_reference(std::string_view reference) const {
    const auto found = by_reference_.find(reference);
    return found == by_reference_.end() ? nullptr : found->second.get();
}

std::size_t Distribution::in_progress(base::Instant now) const {
    return static_cast<std::size_t>(std::distance(running_.upper_bound(now), running_.end()));
}

bool DistributionBook::add(Distribution distribution) {
    std::string id = distribution.id();
    return by_id_.emplace(std::move(id), std::move(distribution)).second;
}

Distribution* DistributionBook::find(std::string_view id) {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

std::vector<const Distribution*> DistributionBook::of(const base::AccountId& account) const {
    std::vector<const Distribution*> found;
    for (const auto& [id, distribution] : by_id_) {
        if (distribution.account() == account) {
            found.push_back(&distribution);
        }
    }
    return found;
}

} // namespace exarch::sandbox
