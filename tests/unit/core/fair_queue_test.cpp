#include "core/lane/fair_queue.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace exarch::core {
namespace {

class FairQueueTest : public testing::Test {
protected:
    std::uint32_t push(Requester requester, std::int32_t priority = 0) {
        const std::uint32_t index = pool_.add(wished(requester, priority), 0).index;
        queue_.push(index);
        return index;
    }
    static Wished wished(Requester requester, std::int32_t priority = 0) {
        Wished wished;
        wished.requester = requester;
        wished.priority = priority;
        return wished;
    }

    WaitingPool pool_;
    FairQueue queue_{pool_};
};

TEST_F(FairQueueTest, one_requesters_come_in_the_order_they_came) {
    const std::uint32_t first = push(1);
    const std::uint32_t second = push(1);
    EXPECT_EQ(queue_.pop(), first);
    EXPECT_EQ(queue_.pop(), second);
    EXPECT_EQ(queue_.pop(), std::nullopt);
    EXPECT_TRUE(queue_.empty());
}

TEST_F(FairQueueTest, requesters_take_turns) {
    const std::uint32_t a1 = push(1);
    const std::uint32_t a2 = push(1);
    const std::uint32_t b1 = push(2);
    const std::uint32_t c1 = push(3);
    EXPECT_EQ(queue_.pop(), a1);
    EXPECT_EQ(queue_.pop(), b1);
    EXPECT_EQ(queue_.pop(), c1);
    EXPECT_EQ(queue_.pop(), a2);
}

TEST_F(FairQueueTest, priority_decides_among_one_requesters_alone) {
    const std::uint32_t low = push(1);
    const std::uint32_t high = push(1, 7);
    const std::uint32_t other = push(2, -5);
    EXPECT_EQ(queue_.pop(), high);
    EXPECT_EQ(queue_.pop(), other);
    EXPECT_EQ(queue_.pop(), low);
}

TEST_F(FairQueueTest, what_was_put_back_comes_first) {
    push(1, 9);
    const std::uint32_t back = pool_.add(wished(1), 0).index;
    queue_.push_returned(back);
    EXPECT_EQ(queue_.pop(), back);
}

TEST_F(FairQueueTest, what_comes_back_last_comes_first) {
    const std::uint32_t first = pool_.add(wished(1), 0).index;
    const std::uint32_t second = pool_.add(wished(1), 0).index;
    queue_.push_returned(second);
    queue_.push_returned(first);
    EXPECT_EQ(queue_.pop(), first);
    EXPECT_EQ(queue_.pop(), second);
}

TEST_F(FairQueueTest, what_leaves_early_is_gone_wherever_it_stood) {
    const std::uint32_t first = push(1);
    const std::uint32_t middle = push(1);
    const std::uint32_t third = push(1);
    const std::uint32_t last = push(1);
    for (const std::uint32_t gone : {middle, first, last}) {
        queue_.remove(gone);
    }
    EXPECT_EQ(queue_.pop(), third);
    EXPECT_TRUE(queue_.empty());
}

TEST_F(FairQueueTest, what_stands_in_no_queue_need_not_be_taken_out) {
    const std::uint32_t only = push(1);
    EXPECT_EQ(queue_.pop(), only);
    queue_.remove(only);
    EXPECT_TRUE(queue_.empty());
    queue_.push(only);
    EXPECT_EQ(queue_.pop(), only);
}

RC_GTEST_PROP(fair_queue, every_operation_comes_out_once_and_nobody_waits_two_rounds, ()) {
    WaitingPool pool;
    FairQueue queue(pool);
    std::map<std::uint32_t, Requester> waiting;
    std::map<Requester, int> passed_over;
    const auto steps = *rc::gen::inRange(1, 200);
    for (int step = 0; step < steps; ++step) {
        if (*rc::gen::inRange(0, 3) != 0) {
            Wished wished;
            wished.requester = *rc::gen::inRange<Requester>(1, 5);
            wished.priority = *rc::gen::inRange(0, 3);
            const std::uint32_t index = pool.add(wished, 0).index;
            *rc::gen::arbitrary<bool>() ? queue.push(index) : queue.push_returned(index);
            waiting[index] = wished.requester;
            continue;
        }
        if (!waiting.empty() && *rc::gen::inRange(0, 4) == 0) {
            const auto count = static_cast<std::ptrdiff_t>(waiting.size());
            const auto leaving =
                std::next(waiting.begin(), *rc::gen::inRange<std::ptrdiff_t>(0, count));
            queue.remove(leaving->first);
            pool.remove(leaving->first);
            const Requester requester = leaving->second;
            waiting.erase(leaving);
            const auto is_its = [&](const auto& one) { return one.second == requester; };
            if (std::ranges::none_of(waiting, is_its)) {
                passed_over.erase(requester);
            }
            continue;
        }
        const auto index = queue.pop();
        RC_ASSERT(index.has_value() == !waiting.empty());
        RC_ASSERT(queue.empty() == (waiting.size() <= 1));
        if (!index) {
            continue;
        }
        RC_ASSERT(waiting.contains(*index));
        const Requester served = waiting[*index];
        waiting.erase(*index);
        pool.remove(*index);
        std::set<Requester> others;
        for (const auto& [place, requester] : waiting) {
            others.insert(requester);
        }
        passed_over[served] = 0;
        for (const Requester other : others) {
            passed_over[other] += other == served ? 0 : 1;
            RC_ASSERT(passed_over[other] <= 4);
        }
    }
}

} // namespace
} // namespace exarch::core
