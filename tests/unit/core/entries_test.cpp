#include "core/lane/entries.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace exarch::core {
namespace {

/// Entries beside a map of what should be in them; places are taken back as a lane does it.
class EntriesModel {
public:
    void add(const std::string& item) {
        const WaitingRef ref = pool_.add({}, 0);
        pool_.at(ref.index).item = item;
        std::vector<std::uint32_t>& places = known_[item];
        EXPECT_EQ(entries_.add(ref.index), places.empty()) << item;
        places.push_back(ref.index);
        check_size();
    }

    void add_all(const std::vector<std::string>& items) {
        std::vector<std::uint32_t> indexes;
        for (const std::string& item : items) {
            indexes.push_back(pool_.add({}, 0).index);
            pool_.at(indexes.back()).item = item;
            known_[item].push_back(indexes.back());
        }
        entries_.add_all(indexes);
        check_size();
    }

    void remove(const std::string& item, std::size_t choice) {
        std::vector<std::uint32_t>& places = known_.at(item);
        const auto place = places.begin() + static_cast<std::ptrdiff_t>(choice % places.size());
        const std::uint32_t index = *place;
        places.erase(place);
        EXPECT_EQ(entries_.remove(index), places.empty()) << item;
        pool_.remove(index);
        if (places.empty()) {
            known_.erase(item);
        }
        check_size();
    }

    void take(const std::string& item) {
        check_and_forget(entries_.take(item), item);
        check_size();
    }

    void take_under(const std::string& prefix) {
        const std::vector<std::uint32_t> seen = entries_.under(prefix);
        const std::vector<std::uint32_t> taken = entries_.take_under(prefix);
        EXPECT_EQ(seen, taken) << prefix;
        std::vector<std::string> items;
        for (const auto& [item, places] : known_) {
            if (item.starts_with(prefix)) {
                items.push_back(item);
            }
        }
        ASSERT_EQ(taken.size(), items.size()) << prefix;
        for (std::size_t number = 0; number < items.size(); ++number) {
            check_and_forget(taken[number], items[number]);
        }
        check_size();
    }

    [[nodiscard]] bool has(const std::string& item) const { return known_.contains(item); }
    [[nodiscard]] std::size_t size() const { return known_.size(); }

private:
    void check_and_forget(std::uint32_t first, const std::string& item) {
        for (const std::uint32_t index : known_.at(item)) {
            ASSERT_EQ(first, index) << item;
            EXPECT_EQ(pool_.at(first).item, item);
            first = pool_.at(first).next;
            pool_.remove(index);
        }
        EXPECT_EQ(first, no_index);
        known_.erase(item);
    }

    void check_size() const {
        EXPECT_EQ(entries_.size(), known_.size());
        EXPECT_EQ(entries_.empty(), known_.empty());
    }

    WaitingPool pool_;
    Entries entries_{pool_};
    std::map<std::string, std::vector<std::uint32_t>> known_;
};

/// Enough for many leaves, and for most to be named more than once.
std::string item(std::size_t number) {
    return fmt::format("/{}/{:03}", number % 7, number * 7919 % 3001);
}

TEST(entries, are_found_in_order_however_many_there_are) {
    EntriesModel model;
    for (std::size_t number = 0; number < 30'000; ++number) {
        model.add(item(number));
    }
    model.take_under("/3/1");
    model.take_under("/3/");
    model.take_under("/9");
    model.take_under("");
    EXPECT_EQ(model.size(), 0U);
    model.add("/a");
    model.take("/a");
}

TEST(entries, are_the_same_however_they_leave) {
    EntriesModel model;
    for (std::size_t number = 0; number < 20'000; ++number) {
        model.add(item(number));
    }
    // In another order than they came in, so that leaves empty one here and one there.
    for (std::size_t number = 0; number < 40'000; ++number) {
        const std::string leaving = item(number * 4099 % 21'007);
        if (model.has(leaving) && number % 3 == 0) {
            model.take(leaving);
        } else if (model.has(leaving)) {
            model.remove(leaving, number);
        }
        if (number % 1000 == 999) {
            model.take_under(fmt::format("/{}/{}", number % 11, number % 13));
            model.add(item(number));
        }
    }
    model.take_under("/");
    EXPECT_EQ(model.size(), 0U);
}

TEST(entries, that_come_at_once_are_as_those_that_come_one_by_one) {
    std::vector<std::string> items;
    for (std::size_t number = 0; number < 30'000; ++number) {
        items.push_back(item(number));
    }
    EntriesModel model;
    model.add_all(items);
    for (std::size_t number = 0; number < 20'000; ++number) {
        const std::string changing = item(number * 4099 % 21'007);
        if (number % 3 == 0) {
            model.add(changing);
        } else if (model.has(changing)) {
            model.remove(changing, number);
        }
    }
    model.take_under("/3/1");
    model.add_all(items);
    model.take_under("/");
    EXPECT_EQ(model.size(), 0U);
    model.add_all(items);
    model.take_under("");
}

TEST(entries, that_come_at_once_are_not_all_taken_for_what_the_samples_show) {
    // One item makes most of them; and between two others come more than a leaf may hold.
    std::vector<std::string> items(50'000, "/same");
    for (std::size_t number = 0; number < 70'000; ++number) {
        items.push_back(fmt::format("/t/{:06}", number % 75 == 0 ? number : 999'999 - number));
    }
    EntriesModel model;
    model.add_all(items);
    model.take("/same");
    model.take_under("/t/9");
    model.take_under("/t/");
    EXPECT_EQ(model.size(), 0U);
}

RC_GTEST_PROP(entries, hold_what_a_map_would, ()) {
    EntriesModel model;
    const auto numbers =
        *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 600));
    std::vector<std::string> first;
    for (const std::size_t number : numbers) {
        first.push_back(item(number));
    }
    model.add_all(first);
    const auto steps = *rc::gen::container<std::vector<std::pair<int, std::size_t>>>(
        rc::gen::pair(rc::gen::inRange(0, 8), rc::gen::inRange<std::size_t>(0, 600)));
    for (const auto& [step, number] : steps) {
        const std::string chosen = item(number);
        if (step == 0) {
            model.take_under(chosen.substr(0, number % chosen.size() + 1));
        } else if (step < 3 && model.has(chosen)) {
            model.remove(chosen, number);
        } else {
            model.add(chosen);
        }
    }
    model.take_under("");
    RC_ASSERT(!::testing::Test::HasFailure());
}

} // namespace
} // namespace exarch::core
