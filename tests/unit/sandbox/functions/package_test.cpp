#include "sandbox/functions/package.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace exarch::sandbox::functions {
namespace {

using testing::HasSubstr;

struct Entry {
    std::string path;
    std::string contents;
    unsigned mode = 0100644;
    unsigned flags = 0;
    unsigned method = 0;
    /// What the directory claims.
    unsigned bytes = 0;
};

std::string number(std::uint64_t value, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += static_cast<char>(value >> (8 * i) & 0xffU);
    }
    return text;
}

/// An archive as programs make it, of entries that are stored.
std::string zip(const std::vector<Entry>& entries) {
    std::string out;
    std::string directory;
    for (const Entry& entry : entries) {
        const auto bytes = entry.bytes != 0 ? entry.bytes : unsigned(entry.contents.size());
        const auto sum = unsigned(crc32(0, reinterpret_cast<const Bytef*>(entry.contents.data()),
                                        unsigned(entry.contents.size())));
        const std::string middle = number(entry.flags, 2) + number(entry.method, 2) + number(0, 4) +
                                   number(sum, 4) + number(unsigned(entry.contents.size()), 4) +
                                   number(bytes, 4) + number(unsigned(entry.path.size()), 2) +
                                   number(0, 2);
        directory += number(0x02014b50, 4) + number(0x0314, 2) + number(20, 2) + middle +
                     number(0, 6) + number(entry.mode << 16U, 4) + number(unsigned(out.size()), 4) +
                     entry.path;
        out += number(0x04034b50, 4) + number(20, 2) + middle + entry.path + entry.contents;
    }
    const auto at = unsigned(out.size());
    const auto count = unsigned(entries.size());
    return out + directory + number(0x06054b50, 4) + number(0, 4) + number(count, 2) +
           number(count, 2) + number(unsigned(directory.size()), 4) + number(at, 4) + number(0, 2);
}

std::string problem(const std::string& archive, PackageLimits limits = {}) {
    const auto package = read_package(archive, limits);
    return package.has_value() ? "" : package.error().message();
}

TEST(Package, has_the_files_of_its_archive) {
    const std::string archive =
        zip({{"lib/", "", 0040755}, {"bootstrap", "#!/bin/sh\n", 0100755}, {"lib/a", "text"}});
    const auto package = read_package(archive);
    ASSERT_TRUE(package.has_value()) << package.error().message();
    EXPECT_EQ(package->files, (std::vector<PackageFile>{{"bootstrap", "#!/bin/sh\n", true},
                                                        {"lib/a", "text", false}}));
    EXPECT_EQ(package->zip_bytes, archive.size());
    EXPECT_EQ(package->sha256.size(), 44U);
}

TEST(Package, leads_nowhere_else) {
    for (const char* const path : {"/etc/passwd", "../x", "a/../../x", "a//b", "..", "a\\b"}) {
        EXPECT_THAT(problem(zip({{path, "x"}})), HasSubstr("leads out of the package")) << path;
    }
}

TEST(Package, says_what_it_does_not_have) {
    EXPECT_THAT(problem(zip({{"a", "x", 0120777}})), HasSubstr("is a symbolic link"));
    EXPECT_THAT(problem(zip({{"a", "x", 0100644, 1}})), HasSubstr("is encrypted"));
    EXPECT_THAT(problem(zip({{"a", "x", 0100644, 0, 12}})), HasSubstr("method 12"));
    EXPECT_THAT(
        problem(zip({{"a", "x", 0100644, 0, 0, 0xffffffff}}), {.unzipped_bytes_max = 0xffffffff}),
        HasSubstr("ZIP64"));
}

TEST(Package, keeps_to_its_limits) {
    EXPECT_THAT(problem(zip({{"a", "xx"}, {"b", "x"}}), {.unzipped_bytes_max = 2}),
                HasSubstr("holds more than"));
    EXPECT_THAT(problem(zip({{"a", "xx"}, {"b", "x"}}), {.files_max = 1}),
                HasSubstr("holds more than"));
}

TEST(Package, is_refused_where_it_is_damaged) {
    const std::string good = zip({{"a", "contents of a file"}});
    EXPECT_EQ(problem(good), "");
    EXPECT_EQ(problem(""), "is no zip archive");
    EXPECT_EQ(problem("no zip at all, but long enough"), "is no zip archive");
    std::string other = good;
    other[other.find("contents")] = 'X';
    EXPECT_EQ(problem(other), "a: is damaged");
    EXPECT_EQ(problem(zip({{"a", "x", 0100644, 0, 0, 2}})), "a: is damaged");
    EXPECT_EQ(problem(zip({{"a", "x", 0100644, 0, 8, 2}})), "a: is damaged");
    for (std::size_t i = 0; i < good.size(); ++i) {
        EXPECT_NE(problem(good.substr(i + 1)), "") << i;
        EXPECT_NE(problem(good.substr(0, i)), "") << i;
    }
}

} // namespace
} // namespace exarch::sandbox::functions
