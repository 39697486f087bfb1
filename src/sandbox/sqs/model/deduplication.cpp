#include "sandbox/sqs/model/deduplication.hpp"

namespace exarch::sandbox::sqs {

const Deduplication::Sent* Deduplication::find(const Key& key, base::Instant now) {
    while (!forgets_.empty() && forgets_.front().first <= now) {
        sent_.erase(forgets_.front().second);
        forgets_.pop_front();
    }
    const auto found = sent_.find(key);
    return found == sent_.end() ? nullptr : &found->second;
}

void Deduplication::remember(Key key, Sent sent, base::Instant now) {
    forgets_.emplace_back(now + interval, key);
    sent_.insert_or_assign(std::move(key), std::move(sent));
}

} // namespace exarch::sandbox::sqs
