#include "base/assert.hpp"
#include "core/core.hpp"
#include "ledger/memory.hpp"
#include "unit/core/told_work.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

using namespace exarch;

namespace {

using actions::Verdict;

constexpr std::size_t operations = 5;

base::Moment begin() {
    return {base::Instant(std::chrono::hours(100)),
            base::Timestamp(std::chrono::milliseconds(1'795'000'000'000))};
}

/// An account's core, whose commits are durable at once and whose calls all end in the same way.
class Holder {
public:
    Holder(ledger::MemoryLedger& ledger, std::string_view told) : ledger_(ledger) {
        core::CoreParams params;
        params.incarnation = "0123456789abcdef";
        params.quota = [](const base::AccountId&, std::string_view) { return core::Quota{}; };
        params.clocks_apart = std::chrono::seconds(15);
        core_.emplace(std::move(params));
        core::ToldWork work(ledger, std::string(told));
        EXARCH_ASSERT(core_->restore(work, now_).has_value());
    }

    core::Core& core() { return *core_; }
    void pass(std::chrono::seconds time, Verdict verdict) {
        now_.steady += time;
        now_.wall += time;
        step(core::TimePassed{}, verdict);
    }
    void step(core::Event event, Verdict verdict) {
        std::deque<core::Event> events;
        events.push_back(std::move(event));
        while (!events.empty()) {
            core::Event next = std::move(events.front());
            events.pop_front();
            for (core::Effect& effect : core_->step(std::move(next), now_)) {
                if (auto* commit = std::get_if<core::Commit>(&effect)) {
                    auto receipts = ledger_.commit(commit->records);
                    EXARCH_ASSERT(receipts.has_value());
                    events.emplace_back(core::Committed{
                        commit->revision, std::move(commit->records), *std::move(receipts)});
                } else if (const auto* call = std::get_if<core::SendCall>(&effect)) {
                    events.emplace_back(core::CallDeparted{call->call});
                    core::CallAnswered answered;
                    answered.call = call->call;
                    answered.verdict = verdict;
                    answered.sent_at = now_.steady;
                    events.emplace_back(std::move(answered));
                } else if (const auto* read = std::get_if<core::ReadProgress>(&effect)) {
                    events.emplace_back(core::ProgressRead{
                        .call = read->call, .progress = core::ProgressRead::Progress::in_progress});
                } else if (const auto* prove = std::get_if<core::ProveCall>(&effect)) {
                    core::CallProved proved;
                    proved.call = prove->call;
                    proved.proof = core::CallProved::Proof::absent;
                    events.emplace_back(std::move(proved));
                }
            }
        }
    }

private:
    ledger::MemoryLedger& ledger_;
    base::Moment now_ = begin();
    std::optional<core::Core> core_;
};

/// Of five operations one has been purged, which CloudFront works on, one is in a call that was
/// throttled, and three wait.
ledger::MemoryLedger& work() {
    static ledger::MemoryLedger ledger = [] {
        ledger::MemoryLedger made;
        Holder first(made, "");
        const auto wish = [&first](std::string_view distribution, std::string_view paths,
                                   Verdict verdict) {
            static std::uint64_t messages = 0;
            std::string entries;
            for (const char path : paths) {
                entries += std::string(entries.empty() ? "" : ",") +
                           R"({"aws_account_id":"111122223333","cloudfront_distribution_id":")" +
                           std::string(distribution) + R"(","invalidation_path":"/)" + path +
                           R"("})";
            }
            core::ReceivedMessage message;
            message.handle = ++messages;
            message.origin.queue = "queue";
            message.origin.message_id = std::to_string(messages);
            message.body = R"({"entries":[)" + entries + "]}";
            core::MessagesReceived received;
            received.messages.push_back(std::move(message));
            first.step(std::move(received), verdict);
            first.pass(std::chrono::seconds(2), verdict);
        };
        wish("E1", "a", Verdict::accepted);
        wish("E2", "b", Verdict::throttled);
        wish("E3", "c*d", Verdict::throttled);
        return made;
    }();
    return ledger;
}

} // namespace

// Whatever is told by whoever had the work before, it is carried on with, and ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view told(reinterpret_cast<const char*>(data), size);
    ledger::MemoryLedger ledger(work());
    Holder next(ledger, told);
    const std::size_t open = next.core().open_operations();
    EXARCH_ASSERT(open < operations);
    for (const Verdict verdict : {Verdict::unknown, Verdict::content_refused, Verdict::throttled}) {
        next.pass(std::chrono::seconds(2), verdict);
        EXARCH_ASSERT(next.core().handover().size() <= 65'536);
    }
    constexpr int rounds = 40;
    for (int round = 0; round < rounds; ++round) {
        next.pass(std::chrono::minutes(2), Verdict::accepted);
    }
    const core::RunCounts& counts = next.core().counts();
    EXARCH_ASSERT(next.core().open_operations() == 0);
    EXARCH_ASSERT(counts.done + counts.failed == open);
    return 0;
}
