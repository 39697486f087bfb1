#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace exarch::aws {

/// A file of the running test's own, gone when the test is over.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view text) {
        const auto* const info = testing::UnitTest::GetInstance()->current_test_info();
        path_ = testing::TempDir() + "exarch_" + info->test_suite_name() + "_" + info->name();
        write(text);
    }
    ~TemporaryFile() { std::filesystem::remove(path_); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    void write(std::string_view text) const { std::ofstream(path_, std::ios::binary) << text; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

} // namespace exarch::aws
