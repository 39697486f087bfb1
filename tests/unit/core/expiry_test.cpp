#include "core/lane/expiry.hpp"

#include <gmock/gmock.h>

namespace exarch::core {
namespace {

using base::Timestamp;
using std::chrono::milliseconds;

Timestamp at(int when) {
    return Timestamp(milliseconds(when));
}

TEST(expiry, ends_what_is_due_in_order_of_time) {
    WaitingPool pool;
    Expiry expiry;
    const WaitingRef late = pool.add({}, 0);
    const WaitingRef early = pool.add({}, 0);
    expiry.add(at(20), late);
    expiry.add(at(10), early);
    EXPECT_EQ(expiry.next(), at(10));
    EXPECT_EQ(expiry.pop_due(at(9), pool), std::nullopt);
    EXPECT_EQ(expiry.pop_due(at(25), pool), early);
    EXPECT_EQ(expiry.pop_due(at(25), pool), late);
    EXPECT_EQ(expiry.next(), std::nullopt);
}

TEST(expiry, passes_over_what_has_left) {
    WaitingPool pool;
    Expiry expiry;
    const WaitingRef gone = pool.add({}, 0);
    expiry.add(at(10), gone);
    pool.remove(gone.index);
    const WaitingRef again = pool.add({}, 0);
    expiry.add(at(12), again);
    EXPECT_EQ(expiry.pop_due(at(20), pool), again);
    EXPECT_EQ(expiry.pop_due(at(20), pool), std::nullopt);
}

TEST(expiry, compacting_drops_what_has_left_and_nothing_else) {
    WaitingPool pool;
    Expiry expiry;
    std::vector<WaitingRef> refs;
    for (int number = 0; number < 10'000; ++number) {
        refs.push_back(pool.add({}, 0));
        expiry.add(at(10'000 - number), refs.back());
    }
    for (std::size_t index = 0; index < refs.size(); ++index) {
        if (index % 4 != 0) {
            pool.remove(refs[index].index);
        }
    }
    expiry.compact(pool);
    int ended = 0;
    Timestamp last = at(0);
    while (const auto ref = expiry.pop_due(at(20'000), pool)) {
        EXPECT_EQ(ref->index % 4, 0U);
        pool.remove(ref->index);
        ++ended;
        last = std::max(last, at(0));
    }
    EXPECT_EQ(ended, 2500);
    EXPECT_EQ(pool.size(), 0U);
}

} // namespace
} // namespace exarch::core
