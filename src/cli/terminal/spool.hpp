#pragma once

#include "base/result.hpp"
#include "cli/terminal/terminal.hpp"

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace exarch::cli {

/// What is to be printed once all of it is known, however much that is: whoever reads it may take
/// long, and what it is made from (a ledger, held still) is not to wait for that. In memory up to
/// `bytes_max`, beyond it in a temporary file without a name, which ends with this object.
class Spool {
public:
    explicit Spool(std::size_t bytes_max = std::size_t{4} * 1024 * 1024) : bytes_max_(bytes_max) {}

    /// Fails as system where the temporary file cannot be written.
    [[nodiscard]] base::Status add(std::string_view text);
    /// All that was added, in order; once, and last. Fails as system where the temporary file
    /// cannot be read.
    [[nodiscard]] base::Status print(Terminal& terminal);

private:
    struct Closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    [[nodiscard]] base::Status spill();

    std::size_t bytes_max_;
    std::string text_;
    std::unique_ptr<std::FILE, Closer> file_;
};

} // namespace exarch::cli
