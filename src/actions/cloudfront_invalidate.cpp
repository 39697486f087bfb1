#include "actions/cloudfront_invalidate.hpp"

#include "actions/cloudfront_invalidate_codec.hpp"
#include "actions/path.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace exarch::actions {
namespace {

namespace json = boost::json;

/// In one CreateInvalidation, whatever the mixture (InvalidationLimits.html).
constexpr std::uint32_t paths_in_a_call_max = 3000;

ledger::Rejection reject(std::string place, std::string reason, const json::value& at_fault) {
    return {std::move(place), std::move(reason), json::serialize(at_fault)};
}

std::optional<std::string_view> text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) {
        return std::nullopt;
    }
    const json::string& text = value->get_string();
    return std::string_view(text.data(), text.size());
}

std::string what_is_wrong_with(const json::object& object, std::string_view key) {
    return object.contains(key) ? fmt::format("{} has to be a string", key)
                                : fmt::format("{} is missing", key);
}

void add_path(Wish& wish, const json::value& value, std::string place) {
    if (!value.is_string()) {
        wish.rejections.push_back(reject(std::move(place), "a path has to be a string", value));
        return;
    }
    auto path = canonical_path(value.get_string());
    if (path.has_value()) {
        wish.items.push_back(*std::move(path));
    } else {
        wish.rejections.push_back(reject(std::move(place), path.error().message(), value));
    }
}

/// Reads the distribution under `key`, or rejects the whole wish.
bool read_distribution(Wish& wish, const json::object& object, std::string_view key,
                       std::string_view place) {
    const auto distribution = text_of(object, key);
    if (!distribution) {
        wish.rejections.push_back(
            reject(fmt::format("{}.{}", place, key), what_is_wrong_with(object, key), object));
        return false;
    }
    if (!is_distribution_id(*distribution)) {
        wish.rejections.push_back(reject(fmt::format("{}.{}", place, key),
                                         "a distribution id is 1 to 32 letters and digits, "
                                         "like E2EXAMPLE1",
                                         object));
        return false;
    }
    wish.resource = *distribution;
    return true;
}

class CloudfrontInvalidate final : public Action {
public:
    std::string_view name() const override { return "cloudfront.invalidate"; }
    std::string_view api() const override { return "cloudfront.CreateInvalidation"; }
    std::string_view progress_api() const override { return "cloudfront.GetInvalidation"; }

    Wish parse(const json::object& operation, std::string_view place) const override {
        Wish wish;
        static constexpr std::array<std::string_view, 4> known = {"action", "account",
                                                                  "distribution", "paths"};
        for (const auto& field : operation) {
            const std::string_view key = field.key();
            if (std::ranges::find(known, key) == known.end() && !key.starts_with("x-")) {
                wish.rejections.push_back(
                    reject(fmt::format("{}.{}", place, key),
                           "no such field: cloudfront.invalidate has action, account, "
                           "distribution and paths",
                           operation));
                return wish;
            }
        }
        if (!read_distribution(wish, operation, "distribution", place)) {
            return wish;
        }
        const json::value* paths = operation.if_contains("paths");
        if (paths == nullptr || !paths->is_array() || paths->get_array().empty()) {
            wish.rejections.push_back(reject(fmt::format("{}.paths", place),
                                             "paths has to be a list of at least one path",
                                             operation));
            return wish;
        }
        const json::array& list = paths->get_array();
        wish.items.reserve(list.size());
        for (std::size_t index = 0; index < list.size(); ++index) {
            add_path(wish, list[index], fmt::format("{}.paths[{}]", place, index));
        }
        return wish;
    }

    std::uint32_t items_max() const override { return paths_in_a_call_max; }

    SlotKind slot_kind(std::string_view item) const override {
        return cover(item) ? SlotKind::wildcard : SlotKind::path;
    }

    std::optional<std::string_view> cover(std::string_view item) const override {
        if (!item.starts_with('/') || !item.ends_with('*')) {
            return std::nullopt;
        }
        return item.substr(0, item.size() - 1);
    }

    // Source: "Paying for file invalidation", CloudFront Developer Guide: the sum over all
    // distributions of an account; a path with a wildcard and a cache tag count as one.
    [[nodiscard]] Price price() const override {
        return {.free_a_month = 1000, .dollars_an_item = 0.005};
    }

    const CallCodec& codec() const override { return cloudfront_invalidate_codec(); }

    std::vector<std::string_view> permissions() const override {
        return {"cloudfront:CreateInvalidation", "cloudfront:GetInvalidation",
                "cloudfront:ListInvalidations"};
    }

    std::string resource_arn(std::string_view partition, const base::AccountId& account,
                             std::string_view resource) const override {
        return fmt::format("arn:{}:cloudfront::{}:distribution/{}", partition, account.value(),
                           resource);
    }
};

} // namespace

bool is_distribution_id(std::string_view text) {
    const auto is_letter_or_digit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, is_letter_or_digit);
}

const Action& cloudfront_invalidate() {
    static const CloudfrontInvalidate action;
    return action;
}

Wish parse_entry(const json::object& entry, std::string_view place) {
    Wish wish;
    const auto account = text_of(entry, "aws_account_id");
    if (!account || !base::is_account_id(*account)) {
        wish.rejections.push_back(reject(fmt::format("{}.aws_account_id", place),
                                         account ? "an account id is exactly twelve digits"
                                                 : what_is_wrong_with(entry, "aws_account_id"),
                                         entry));
        return wish;
    }
    wish.account = base::AccountId(*account);
    if (!read_distribution(wish, entry, "cloudfront_distribution_id", place)) {
        return wish;
    }
    const json::value* path = entry.if_contains("invalidation_path");
    if (path == nullptr) {
        wish.rejections.push_back(reject(fmt::format("{}.invalidation_path", place),
                                         "invalidation_path is missing", entry));
        return wish;
    }
    add_path(wish, *path, fmt::format("{}.invalidation_path", place));
    return wish;
}

} // namespace exarch::actions
