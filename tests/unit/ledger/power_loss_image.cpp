#include "unit/ledger/power_loss_image.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace exarch::ledger {
namespace {

constexpr std::size_t sector_length = 512;

std::string sector_of(const std::string& content, std::size_t sector) {
    const std::size_t start = sector * sector_length;
    std::string bytes = start < content.size() ? content.substr(start, sector_length) : "";
    bytes.resize(sector_length, '\0');
    return bytes;
}

/// The states that a sector has been in since the last sync, the synced one first.
using States = std::vector<std::string>;

std::string surviving_state(const States& states, Fate& fate) {
    std::string bytes = states[fate.reached(states.size() - 1)];
    if (fate.tears()) {
        const std::size_t torn_at = fate.choose(sector_length);
        bytes.replace(torn_at, sector_length, states[fate.choose(states.size())], torn_at);
    }
    return bytes;
}

} // namespace

Fate::Fate(std::uint64_t seed) : state_(seed), mood_(static_cast<Mood>(choose(5))) {}

std::size_t Fate::choose(std::size_t limit) {
    // SplitMix64.
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t value = (state_ ^ (state_ >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return (value ^ (value >> 31U)) % limit;
}

std::size_t Fate::reached(std::size_t changes) {
    switch (mood_) {
    case Mood::nothing_kept:
        return 0;
    case Mood::everything_kept:
    case Mood::truncation_begun:
        return changes;
    case Mood::whole_sectors:
    case Mood::torn_sectors:
        break;
    }
    return choose(changes + 1);
}

bool Fate::tears() {
    return mood_ == Mood::torn_sectors && choose(4) == 0;
}

void FileImage::write(std::size_t offset, std::string bytes) {
    pending_.emplace_back(Write{.offset = offset, .bytes = std::move(bytes)});
}

void FileImage::truncate(std::size_t length) {
    pending_.emplace_back(Truncation{.length = length});
}

void FileImage::sync() {
    for (const Change& change : pending_) {
        apply(change, durable_);
    }
    pending_.clear();
}

void FileImage::forget_last() {
    pending_.pop_back();
}

void FileImage::apply(const Change& change, std::string& content) {
    if (const auto* truncation = std::get_if<Truncation>(&change)) {
        content.resize(truncation->length, '\0');
        return;
    }
    const auto& [offset, bytes] = std::get<Write>(change);
    content.resize(std::max(content.size(), offset + bytes.size()), '\0');
    content.replace(offset, bytes.size(), bytes);
}

std::string FileImage::half_truncated(Fate& fate) const {
    std::string content = durable_;
    std::optional<std::string> half;
    for (const Change& change : pending_) {
        if (const auto* truncation = std::get_if<Truncation>(&change)) {
            const std::size_t length_before = std::max(content.size(), truncation->length);
            half = content;
            half->resize(truncation->length + fate.choose(length_before - truncation->length + 1));
        }
        apply(change, content);
    }
    return half.value_or(content);
}

std::string FileImage::survivor(Fate& fate) const {
    if (fate.stops_in_truncation()) {
        return half_truncated(fate);
    }
    std::string content = durable_;
    std::vector<std::size_t> lengths{content.size()};
    std::map<std::size_t, States> sectors;
    for (const Change& change : pending_) {
        const std::size_t length_before = content.size();
        std::size_t start = 0;
        std::size_t end = 0;
        if (const auto* truncation = std::get_if<Truncation>(&change)) {
            start = truncation->length;
            end = length_before;
        } else {
            start = std::get<Write>(change).offset;
            end = start + std::get<Write>(change).bytes.size();
        }
        const std::size_t first = start / sector_length;
        const std::size_t past = (end + sector_length - 1) / sector_length;
        for (std::size_t sector = first; sector < past; ++sector) {
            sectors.try_emplace(sector, States{sector_of(content, sector)});
        }
        apply(change, content);
        for (std::size_t sector = first; sector < past; ++sector) {
            sectors[sector].push_back(sector_of(content, sector));
        }
        lengths.push_back(content.size());
    }
    std::string left = durable_;
    left.resize(lengths[fate.reached(lengths.size() - 1)], '\0');
    for (const auto& [sector, states] : sectors) {
        const std::string bytes = surviving_state(states, fate);
        const std::size_t start = sector * sector_length;
        if (start < left.size()) {
            left.replace(start, std::min(sector_length, left.size() - start), bytes, 0,
                         left.size() - start);
        }
    }
    return left;
}

} // namespace exarch::ledger
