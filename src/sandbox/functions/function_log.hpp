#pragma once

#include "base/time.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace exarch::sandbox::functions {

/// What functions and Lambda itself have written, of all functions, the newest: what AWS would keep
/// in CloudWatch Logs.
class FunctionLog {
public:
    struct Line {
        std::int64_t number = 0;
        base::Timestamp time;
        /// The function's name.
        std::string function;
        /// `2026/11/24/[$LATEST]0f8fad5bd9cb469fa16570867728950e`: one environment.
        std::string stream;
        std::string text;
    };

    void add(Line line);
    /// As JSON, those from number `first` on; of one function, or of all where `function` is empty.
    [[nodiscard]] boost::json::array since(std::int64_t first, std::string_view function) const;

    static constexpr std::size_t lines_max = 100'000;
    static constexpr std::size_t bytes_max = std::size_t{64} * 1024 * 1024;

private:
    std::deque<Line> lines_;
    std::size_t bytes_ = 0;
    std::int64_t total_ = 0;
};

} // namespace exarch::sandbox::functions
