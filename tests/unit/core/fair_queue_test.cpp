#include "core/lane/fair_queue.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

namespace exarch::core {
namespace {

class FairQueueTest : public testing::Test {
protected:
    WaitingRef push(Requester requester, std::int32_t priority = 0) {
        const WaitingRef ref = pool.add(wished(requester, priority), 0);
        queue.push(ref, pool.at(ref.index).wished);
        return ref;
    }
    static Wished wished(Requester requester, std::int32_t priority = 0) {
        Wished wished;
        wished.requester = requester;
        wished.priority = priority;
        return wished;
    }

    WaitingPool pool;
    FairQueue queue;
};

TEST_F(FairQueueTest, one_requesters_come_in_the_order_they_came) {
    const WaitingRef first = push(1);
    const WaitingRef second = push(1);
    EXPECT_EQ(queue.pop(pool), first);
    EXPECT_EQ(queue.pop(pool), second);
    EXPECT_EQ(queue.pop(pool), std::nullopt);
    EXPECT_TRUE(queue.empty());
}

TEST_F(FairQueueTest, requesters_take_turns) {
    const WaitingRef a1 = push(1);
    const WaitingRef a2 = push(1);
    const WaitingRef b1 = push(2);
    const WaitingRef c1 = push(3);
    EXPECT_EQ(queue.pop(pool), a1);
    EXPECT_EQ(queue.pop(pool), b1);
    EXPECT_EQ(queue.pop(pool), c1);
    EXPECT_EQ(queue.pop(pool), a2);
}

TEST_F(FairQueueTest, priority_decides_among_one_requesters_alone) {
    const WaitingRef low = push(1);
    const WaitingRef high = push(1, 7);
    const WaitingRef other = push(2, -5);
    EXPECT_EQ(queue.pop(pool), high);
    EXPECT_EQ(queue.pop(pool), other);
    EXPECT_EQ(queue.pop(pool), low);
}

TEST_F(FairQueueTest, what_was_put_back_comes_first) {
    push(1, 9);
    const WaitingRef back = pool.add(wished(1), 0);
    queue.push_returned(back, wished(1));
    EXPECT_EQ(queue.pop(pool), back);
}

TEST_F(FairQueueTest, what_has_left_is_passed_over) {
    const WaitingRef gone = push(1);
    const WaitingRef here = push(1);
    pool.remove(gone.index);
    EXPECT_EQ(queue.pop(pool), here);
}

TEST_F(FairQueueTest, a_place_used_again_is_not_taken_for_the_one_before) {
    const WaitingRef gone = push(1);
    pool.remove(gone.index);
    const WaitingRef next = push(2);
    EXPECT_EQ(next.index, gone.index);
    EXPECT_FALSE(pool.is_live(gone));
    EXPECT_EQ(queue.pop(pool), next);
    EXPECT_EQ(queue.pop(pool), std::nullopt);
}

TEST(fifo, keeps_the_order_through_any_mixture_of_pushes_and_pops) {
    RefFifo fifo;
    std::uint32_t pushed = 0;
    std::uint32_t popped = 0;
    for (int round = 1; round < 60; ++round) {
        for (int push = 0; push < (round * 7) % 11; ++push) {
            fifo.push({pushed++, 0});
        }
        for (int pop = 0; pop < (round * 5) % 7 && popped < pushed; ++pop) {
            EXPECT_EQ(fifo.pop().index, popped++);
        }
        EXPECT_EQ(fifo.empty(), popped == pushed);
    }
}

RC_GTEST_PROP(fair_queue, every_reference_comes_out_once_and_nobody_waits_two_rounds, ()) {
    WaitingPool pool;
    FairQueue queue;
    std::map<std::uint32_t, Requester> waiting;
    std::map<Requester, int> passed_over;
    const auto steps = *rc::gen::inRange(1, 200);
    for (int step = 0; step < steps; ++step) {
        if (*rc::gen::inRange(0, 3) != 0) {
            Wished wished;
            wished.requester = *rc::gen::inRange<Requester>(1, 5);
            wished.priority = *rc::gen::inRange(0, 3);
            const WaitingRef ref = pool.add(wished, 0);
            *rc::gen::arbitrary<bool>() ? queue.push(ref, wished)
                                        : queue.push_returned(ref, wished);
            waiting[ref.index] = wished.requester;
            continue;
        }
        const auto ref = queue.pop(pool);
        RC_ASSERT(ref.has_value() == !waiting.empty());
        if (!ref) {
            continue;
        }
        RC_ASSERT(waiting.contains(ref->index));
        const Requester served = waiting[ref->index];
        waiting.erase(ref->index);
        pool.remove(ref->index);
        std::set<Requester> others;
        for (const auto& [index, requester] : waiting) {
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
