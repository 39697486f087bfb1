#pragma once

#include "base/environment.hpp"
#include "base/time.hpp"
#include "cli/surroundings.hpp"
#include "cli/terminal/terminal.hpp"
#include "ledger/record.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::cli {

/// Keeps what is written. out() calls `on_out`; pause() calls `on_pause`, and goes on for
/// `pauses_left` more times.
class RecordingTerminal final : public Terminal {
public:
    void out(std::string_view text) override {
        written += text;
        if (on_out) {
            on_out();
        }
    }
    void error(std::string_view text) override { complaints += text; }
    [[nodiscard]] bool out_is_terminal() const override { return is_terminal; }
    [[nodiscard]] bool error_is_terminal() const override { return is_terminal; }
    [[nodiscard]] bool out_has_colour() const override { return is_terminal; }
    [[nodiscard]] std::size_t columns() const override { return 80; }
    [[nodiscard]] std::size_t error_columns() const override { return 80; }
    bool pause(base::Duration) override {
        if (on_pause) {
            on_pause();
        }
        return pauses_left-- > 0;
    }

    std::string written;
    std::string complaints;
    bool is_terminal = false;
    int pauses_left = 0;
    std::function<void()> on_out;
    std::function<void()> on_pause;
};

class ManualClock final : public base::Clock {
public:
    [[nodiscard]] base::Moment now() const override { return moment; }
    void advance(base::Duration duration) {
        moment.steady += duration;
        moment.wall += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    }

    base::Moment moment{base::Instant(std::chrono::hours(1)),
                        base::parse_timestamp("2026-11-24T12:00:00Z").value()};
};

/// `00…01`, `00…02` and so on.
class CountingEntropy final : public base::Entropy {
public:
    std::string hex(std::size_t bytes) override {
        std::string text = std::to_string(++drawn_);
        return std::string(bytes * 2 - text.size(), '0') + text;
    }

private:
    int drawn_ = 0;
};

inline base::Timestamp at(std::string_view text) {
    return base::parse_timestamp(text).value();
}

inline ledger::LaneKey lane(const char* account, const char* distribution) {
    return {base::AccountId(account), "cloudfront.invalidate", distribution};
}

/// A task of one lane with these paths, as a message of the second form brings it.
inline ledger::AcceptTask task(std::string message_id, std::string name, ledger::LaneKey key,
                               const std::vector<std::string>& paths) {
    ledger::AcceptTask accept;
    accept.origin.queue = "https://host/1/q";
    accept.origin.message_id = std::move(message_id);
    accept.origin.sender_id = "AIDAEXAMPLE";
    accept.name = std::move(name);
    accept.digest = accept.name.empty() ? "" : std::string(64, '0');
    accept.accepted_at = at("2026-11-24T11:59:00Z");
    accept.lanes.push_back(std::move(key));
    for (const std::string& path : paths) {
        accept.operations.push_back({0, path, 0, {}, {}});
    }
    return accept;
}

} // namespace exarch::cli
