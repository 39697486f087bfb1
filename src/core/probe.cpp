#include "core/probe.hpp"

namespace exarch::core {
namespace {

constexpr std::array<std::string_view, probe_count> names{
    "duplicate",
    "conflict",
    "lone-surrogate",
    "held-up",
    "taken-again",
    "full",
    "room-again",
    "delayed",
    "far-again",
    "lane-forgotten",
    "narrower-cover-dropped",
    "cover-beyond-limit",
    "uncovered-again",
    "left-to-its-cover",
    "expired-by-age",
    "expired-by-deadline",
    "not-bound-beside-overdue",
    "released-overdue",
    "looked-at-later",
    "last-chance-given",
    "given-up",
    "given-back-at-stop",
    "divided",
    "culprit-alone",
    "culprit-parted-from-covered",
    "part-cut-by-kind",
    "part-cut-in-half",
    "part-overdue",
    "part-outlived",
    "parts-dissolved",
    "part-skipped-for-breaker",
    "part-lacks-slots",
    "repeat-yields",
    "lane-full-of-unknown",
    "refusal-proves-nothing",
    "proof-without-refusal",
    "proof-skipped-for-breaker",
    "proof-came-too-early",
    "proof-came-too-late",
    "proved-absent",
    "proved-present",
    "found-while-sent",
    "dropped-from-proofs",
    "proof-cut-short",
    "account-paused",
    "account-answers",
    "resource-paused",
    "resource-answers",
    "resource-done-with",
    "unsent-released",
    "probe-inconclusive",
    "probe-passed-over",
    "probe-after-all",
    "turn-alone",
    "lowered",
    "raised",
    "raise-punished",
    "raise-stood",
    "throttled-in-pause",
    "throttled-now-and-then",
    "wildcards-refused",
    "paths-refused",
    "presumed-finished",
    "not-asked-for-a-proof",
    "forgotten",
    "unreadable",
    "absent",
    "asked-in-vain",
    "read-throttled",
    "urged",
    "estimate-held-good",
    "estimate-fell-short",
    "call-reopened",
    "covered-reopened",
    "incomplete-reopened",
};
static_assert(!names.back().empty());

} // namespace

std::string_view format(Probe probe) {
    return names[static_cast<std::size_t>(probe)];
}

const std::array<Probe, probe_count>& all_probes() {
    static const auto all = [] {
        std::array<Probe, probe_count> probes{};
        for (std::size_t index = 0; index < probe_count; ++index) {
            probes[index] = static_cast<Probe>(index);
        }
        return probes;
    }();
    return all;
}

} // namespace exarch::core
