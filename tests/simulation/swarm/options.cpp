#include "simulation/swarm/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace exarch::simulation {
namespace {

using base::Result;
using base::Status;

base::Error invalid(std::string text) {
    return base::Error(base::ErrorKind::invalid, std::move(text));
}

Result<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::unexpected(invalid(fmt::format("{} is no whole number", text)));
    }
    return value;
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        parts.push_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return parts;
}

class OptionReader {
public:
    explicit OptionReader(std::vector<std::string_view> arguments)
        : arguments_(std::move(arguments)) {}

    Result<Options> read() {
        while (next_ < arguments_.size()) {
            EXARCH_CHECK(read_one(arguments_[next_++]));
        }
        return std::move(options_);
    }

private:
    Status read_one(std::string_view name) {
        if (name == "--help") {
            options_.wants_help = true;
        } else if (name == "--no-shrink") {
            options_.shrinks = false;
        } else if (name == "--every-probe") {
            options_.needs_every_probe = true;
        } else if (next_ == arguments_.size()) {
            return std::unexpected(invalid(fmt::format("{} has no value, or is unknown", name)));
        } else {
            return read_value(name, arguments_[next_++]);
        }
        return {};
    }

    Status read_value(std::string_view name, std::string_view value) {
        if (name == "--seeds") {
            return read_range(value);
        }
        if (name == "--for") {
            EXARCH_TRY(const base::Duration duration, base::parse_duration(value));
            options_.seconds = duration / std::chrono::seconds(1);
            options_.last = std::numeric_limits<std::uint64_t>::max();
            return {};
        }
        if (name == "--without") {
            return read_faults(value);
        }
        if (name == "--skip") {
            for (const std::string_view part : split(value)) {
                EXARCH_TRY(const std::uint64_t message, number(part));
                options_.run.skipped.insert(message);
            }
            return {};
        }
        EXARCH_TRY(const std::uint64_t count, number(value));
        if (name == "--seed") {
            options_.is_single = true;
            options_.run.seed = count;
        } else if (name == "--workers") {
            options_.run.workers = count;
        } else if (name == "--events") {
            options_.run.events = count;
        } else if (name == "--messages") {
            options_.run.messages_max = count;
        } else if (name == "--wishes") {
            options_.run.wishes_max = std::max<std::uint64_t>(count, 1);
        } else {
            return std::unexpected(invalid(fmt::format("{} is unknown", name)));
        }
        return {};
    }

    Status read_range(std::string_view value) {
        const std::size_t dots = value.find("..");
        if (dots == std::string_view::npos) {
            return std::unexpected(invalid("--seeds takes a range: 1..300"));
        }
        EXARCH_TRY(options_.first, number(value.substr(0, dots)));
        EXARCH_TRY(options_.last, number(value.substr(dots + 2)));
        return {};
    }

    Status read_faults(std::string_view value) {
        for (const std::string_view part : split(value)) {
            const auto found =
                std::ranges::find(shared_faults(), part, [](Fault fault) { return format(fault); });
            if (found == shared_faults().end()) {
                return std::unexpected(invalid(fmt::format("{} is no kind of fault", part)));
            }
            options_.run.without.insert(*found);
        }
        return {};
    }

    std::vector<std::string_view> arguments_;
    std::size_t next_ = 0;
    Options options_;
};

} // namespace

Result<Options> parse_options(std::vector<std::string_view> arguments) {
    return OptionReader(std::move(arguments)).read();
}

} // namespace exarch::simulation
