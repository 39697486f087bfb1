#include "base/secret.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <ostream>
#include <span>
#include <string_view>

namespace exarch::base {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };
static_assert(!Printable<Secret>);
static_assert(!fmt::is_formattable<Secret>::value);
static_assert(std::is_nothrow_move_constructible_v<Secret>);

// A short string lives inside the object, where the bytes can still be read after its end.
struct Place {
    alignas(Secret) std::array<std::byte, sizeof(Secret)> bytes{};

    Secret* make(const char* text) { return ::new (bytes.data()) Secret(std::string(text)); }
    [[nodiscard]] bool holds(std::string_view text) const {
        const std::string_view content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return content.contains(text);
    }
};

TEST(secret, overwrites_itself_when_it_goes) {
    Place place;
    Secret* secret = place.make("hush-hush");
    ASSERT_TRUE(place.holds("hush-hush"));
    std::destroy_at(secret);
    EXPECT_FALSE(place.holds("hush"));
}

TEST(secret, leaves_nothing_behind_when_it_was_moved_from) {
    Place place;
    Secret* secret = place.make("hush-hush");
    const Secret taken(std::move(*secret));
    std::destroy_at(secret);
    EXPECT_FALSE(place.holds("hush"));
    EXPECT_EQ(taken.reveal(), "hush-hush");
}

TEST(secret, copies_assigns_and_compares_by_value) {
    const std::string long_text(200, 's');
    Secret first(long_text);
    const Secret second = first;
    EXPECT_EQ(first, second);
    first = Secret("other");
    EXPECT_NE(first, second);
    EXPECT_EQ(first.reveal(), "other");
    EXPECT_EQ(second.reveal(), long_text);
    first = second;
    EXPECT_EQ(first.reveal(), long_text);
    EXPECT_TRUE(Secret().empty());
    EXPECT_FALSE(first.empty());
}

} // namespace
} // namespace exarch::base
