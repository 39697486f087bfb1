#include "simulation/swarm/workload.hpp"

#include <fmt/format.h>

namespace exarch::simulation {
namespace {

using base::Duration;
using base::Timestamp;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Timestamp in(Dice& dice, Timestamp now, Duration least, Duration most) {
    return now + std::chrono::floor<Timestamp::duration>(dice.between(least, most));
}

} // namespace

Workload::Path Workload::plain_path(Dice& dice) const {
    const std::uint64_t folder = dice.below(plan_.folders);
    const std::uint64_t number = dice.below(plan_.paths);
    if (dice.one_in(20)) {
        return {fmt::format("/d{}/a b{}", folder, number),
                fmt::format("/d{}/a%20b{}", folder, number)};
    }
    if (dice.one_in(20)) {
        return {fmt::format("/d{}/ü{}", folder, number),
                fmt::format("/d{}/%C3%BC{}", folder, number)};
    }
    const std::string plain = fmt::format("/d{}/{}", folder, number);
    return {plain, plain};
}

Workload::Path Workload::path(Dice& dice) const {
    const auto same = [](std::string text) { return Path{text, text}; };
    if (dice.chance(plan_.wildcards)) {
        switch (dice.below(6)) {
        case 0:
            return same("/*");
        case 1:
            return same(fmt::format("/d{}*", dice.below(plan_.folders)));
        case 2:
            return same(fmt::format("/d{}/{}*", dice.below(plan_.folders), dice.below(10)));
        default:
            return same(fmt::format("/d{}/*", dice.below(plan_.folders)));
        }
    }
    if (dice.chance(plan_.refused)) {
        return same(dice.one_in(4) ? "/bad/*" : fmt::format("/bad{}", dice.one_in(2) ? "" : "/1"));
    }
    if (dice.chance(plan_.unreadable)) {
        switch (dice.below(4)) {
        case 0:
            return {"no-slash", {}};
        case 1:
            return {"/a*b", {}};
        case 2:
            return {R"(/\ud800)", {}};
        default:
            return {"", {}};
        }
    }
    if (dice.chance(plan_.tags)) {
        const std::uint64_t number = dice.below(5);
        return {fmt::format("#Tag{}", number), fmt::format("#tag{}", number)};
    }
    return plain_path(dice);
}

std::uint64_t Workload::count(Dice& dice) const {
    constexpr std::uint64_t burst = 8;
    const std::uint64_t most =
        wishes_most_ > 1 && dice.chance(plan_.bursts) ? wishes_most_ * burst : wishes_most_;
    return 1 + dice.below(most);
}

std::uint64_t Workload::any_account(Dice& dice) const {
    return plan_.has_unlisted && dice.one_in(10) ? plan_.accounts : dice.below(plan_.accounts);
}

std::string Workload::any_distribution(Dice& dice) const {
    return fmt::format("E{}", dice.below(plan_.distributions));
}

OutgoingMessage Workload::illegible(Dice& dice) const {
    OutgoingMessage message;
    switch (dice.below(4)) {
    case 0:
        message.body = "not JSON";
        break;
    case 1:
        message.body = "[]";
        break;
    case 2:
        message.body = R"({"entries": [], "operations": []})";
        break;
    default:
        message.body = R"({"operations": [{}], "priorty": 1})";
        break;
    }
    message.wishes.rejections = 1;
    return message;
}

OutgoingMessage Workload::first_form(Dice& dice) const {
    OutgoingMessage message;
    std::string entries;
    for (std::uint64_t left = count(dice); left > 0; --left) {
        const std::uint64_t account = any_account(dice);
        const std::string distribution = any_distribution(dice);
        const Path one = path(dice);
        entries += fmt::format(R"({}{{"aws_account_id": "{}", "cloudfront_distribution_id": "{}", )"
                               R"("invalidation_path": "{}", "note": {}}})",
                               entries.empty() ? "" : ", ", account_id(account), distribution,
                               one.raw, left);
        if (one.item.empty() || account == plan_.accounts) {
            ++message.wishes.rejections;
        } else {
            message.wishes.wishes.push_back({account_id(account), distribution, one.item});
        }
    }
    message.body = fmt::format(R"({{"entries": [{}]}})", entries);
    return message;
}

void Workload::add_operation(Dice& dice, OutgoingMessage& message) const {
    Wishes& wishes = message.wishes;
    // A task has its name only where something of it stands, which an account that is not listed
    // could take away.
    const std::uint64_t account =
        wishes.name.empty() ? any_account(dice) : dice.below(plan_.accounts);
    const std::string distribution = any_distribution(dice);
    std::string paths;
    wishes.content += fmt::format("{} {}:", account, distribution);
    for (std::uint64_t left = count(dice); left > 0; --left) {
        const Path one = path(dice);
        paths += fmt::format(R"({}"{}")", paths.empty() ? "" : ", ", one.raw);
        wishes.content += one.item.empty() ? '!' + one.raw : one.item;
        wishes.content += ' ';
        if (one.item.empty() || account == plan_.accounts) {
            ++wishes.rejections;
        } else {
            wishes.wishes.push_back({account_id(account), distribution, one.item});
        }
    }
    message.body +=
        fmt::format(R"({}{{"action": "cloudfront.invalidate", "account": "{}", )"
                    R"("distribution": "{}", "paths": [{}]}})",
                    message.body.empty() ? "" : ", ", account_id(account), distribution, paths);
}

std::string Workload::header(Dice& dice, Timestamp now, Wishes& wishes) const {
    std::string fields = R"("version": 1, "requester": "shop", )";
    const auto time = [&](const char* key, Timestamp at) {
        fields += fmt::format(R"("{}": "{}", )", key, base::format(at));
        wishes.content += fmt::format("{}{} ", key, base::format(at));
    };
    if (plan_.priorities > 1 && dice.one_in(2)) {
        wishes.priority = static_cast<std::int32_t>(dice.below(plan_.priorities)) - 1;
        fields += fmt::format(R"("priority": {}, )", wishes.priority);
    }
    wishes.content += fmt::format("{} ", wishes.priority);
    if (dice.chance(plan_.named)) {
        wishes.name = fmt::format("task-{}", dice.below(plan_.names));
        fields += fmt::format(R"("id": "{}", )", wishes.name);
    }
    if (dice.chance(plan_.delayed)) {
        wishes.not_before =
            in(dice, now, Duration(0), dice.one_in(5) ? plan_.latest_start : seconds(90));
        time("not_before", *wishes.not_before);
    }
    if (dice.chance(plan_.with_deadline)) {
        wishes.deadline =
            in(dice, wishes.not_before.value_or(now), milliseconds(1), plan_.deadline);
        time("deadline", *wishes.deadline);
    }
    return fields;
}

OutgoingMessage Workload::second_form(Dice& dice, Timestamp now) const {
    OutgoingMessage message;
    const std::string fields = header(dice, now, message.wishes);
    for (std::uint64_t left = 1 + dice.below(dice.one_in(4) ? 3 : 1); left > 0; --left) {
        add_operation(dice, message);
    }
    message.body = fmt::format(R"({{{}"operations": [{}]}})", fields, message.body);
    return message;
}

OutgoingMessage Workload::message(std::uint64_t number, Timestamp now) {
    Dice dice(plan_.workload_seed + number * 0x9e3779b97f4a7c15U);
    wishes_most_ =
        number < plan_.flooding_messages ? plan_.flooding_wishes_most : plan_.wishes_most;
    const std::uint64_t sender = dice.below(plan_.senders);
    OutgoingMessage message;
    if (!named_.empty() && dice.one_in(10)) {
        return named_[dice.below(named_.size())];
    }
    if (dice.chance(plan_.unreadable) && dice.one_in(4)) {
        message = illegible(dice);
    } else if (dice.chance(plan_.second_form)) {
        message = second_form(dice, now);
    } else {
        message = first_form(dice);
    }
    // Two sessions of a role are one requester; a user is another.
    message.sender = sender < 2 ? fmt::format("AROAEXAMPLE:session-{}", sender)
                                : fmt::format("AIDAEXAMPLE{}", sender);
    if (!message.wishes.name.empty()) {
        named_.push_back(message);
    }
    return message;
}

} // namespace exarch::simulation
