#include "cli/submit/outgoing_task.hpp"

#include "aws/sqs_message.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <utility>

namespace exarch::cli {
namespace {

using ledger::Rejection;

struct Piece {
    std::string_view body;
    std::string place;
};

constexpr std::string_view blank = " \t\r\n";

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

base::Error wrong(std::string_view place, std::string_view what) {
    return base::Error(base::ErrorKind::invalid,
                       fmt::format("{}: {}", base::printable(place), what));
}

// Said by the byte, and not as a slip of JSON's grammar, which it is as well.
base::Status check_encoding(std::string_view text, std::string_view name) {
    const std::string_view good = text.substr(0, base::utf8_bytes(text));
    if (good.size() == text.size()) {
        return {};
    }
    const auto line = std::ranges::count(good, '\n') + 1;
    const auto column =
        std::ranges::count_if(good.substr(good.rfind('\n') + 1), base::begins_character);
    return std::unexpected(wrong(fmt::format("{}:{}:{}", name, line, column + 1),
                                 "this byte is not UTF-8; save the file as UTF-8"));
}

std::vector<Piece> split_lines(std::string_view text, std::string_view name) {
    std::vector<Piece> pieces;
    for (int line = 1; !text.empty(); ++line) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view body = trim(text.substr(0, end));
        if (!body.empty()) {
            pieces.push_back({body, fmt::format("{}:{}", name, line)});
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return pieces;
}

bool is_object(std::string_view text) {
    const auto value = base::parse_json(text);
    return value.has_value() && value->is_object();
}

// JSON Lines show at either end: a document of several lines begins and ends in a bracket alone.
std::vector<Piece> split(std::string_view text, std::string_view name) {
    std::vector<Piece> lines = split_lines(text, name);
    const bool is_lines =
        lines.size() > 1 && (is_object(lines.front().body) || is_object(lines.back().body));
    if (lines.empty() || is_lines) {
        return lines;
    }
    return {Piece{trim(text), std::string(name)}};
}

std::string describe(const Rejection& rejection) {
    constexpr std::size_t quoted_max = 80;
    std::string text = rejection.place.empty() ? "" : rejection.place + ": ";
    text += rejection.reason;
    const bool is_short = !rejection.excerpt.empty() && rejection.excerpt.size() <= quoted_max;
    if (!rejection.place.empty() && is_short) {
        text += ": " + base::printable(rejection.excerpt);
    }
    return text;
}

base::Error wrong_task(const RawTask& piece, const std::vector<Rejection>& rejections) {
    std::string what = describe(rejections.front());
    if (rejections.size() > 1) {
        what += fmt::format("; and {} more in this task", rejections.size() - 1);
    }
    return wrong(piece.place, what);
}

// What parse_task() has read without complaint is an object that begins with a brace.
std::string with_id(std::string_view body, std::string_view id) {
    const std::size_t inside = body.find('{') + 1;
    return fmt::format("{}\"id\":\"{}\",{}", body.substr(0, inside), id, body.substr(inside));
}

bool has_second_form(std::string_view body) {
    const auto value = base::parse_json(body);
    return value.has_value() && value->is_object() && value->get_object().contains("operations");
}

base::Result<OutgoingTask> check_task(RawTask piece, const core::TaskRules& rules,
                                      base::Entropy& entropy) {
    const ledger::AcceptTask task = core::parse_task(piece.body, rules);
    if (!task.rejections.empty()) {
        return std::unexpected(wrong_task(piece, task.rejections));
    }
    OutgoingTask outgoing{std::move(piece.body), task.name, piece.place, task.operations.size(),
                          core::content_digest(task)};
    if (outgoing.name.empty() && has_second_form(outgoing.body)) {
        constexpr std::size_t id_bytes = 16;
        outgoing.name = entropy.hex(id_bytes);
        outgoing.body = with_id(outgoing.body, outgoing.name);
    }
    if (outgoing.body.size() > aws::sqs_batch_bytes_max) {
        return std::unexpected(
            wrong(piece.place, "longer than SQS's 1 MiB for a message; split it"));
    }
    return outgoing;
}

std::string invalidation_body(const InvalidationWish& wish, std::span<const std::string> paths) {
    const boost::json::object operation{{"action", "cloudfront.invalidate"},
                                        {"account", wish.account},
                                        {"distribution", wish.distribution},
                                        {"paths", boost::json::array(paths.begin(), paths.end())}};
    return boost::json::serialize(
        boost::json::object{{"version", 1}, {"operations", boost::json::array{operation}}});
}

} // namespace

base::Result<std::vector<RawTask>> split_tasks(std::string_view text, std::string_view name) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    EXARCH_CHECK(check_encoding(text, name));
    const std::vector<Piece> pieces = split(text, name);
    if (pieces.empty()) {
        return std::unexpected(wrong(name, "there is no task in it"));
    }
    std::vector<RawTask> tasks;
    tasks.reserve(pieces.size());
    for (const Piece& piece : pieces) {
        tasks.push_back({std::string(piece.body), piece.place});
    }
    return tasks;
}

std::size_t fitting(std::span<const std::string> paths) {
    constexpr std::size_t bytes_max = aws::sqs_batch_bytes_max / 2;
    constexpr std::size_t paths_max = 10'000;
    std::size_t bytes = 0;
    std::size_t count = 0;
    while (count < std::min(paths.size(), paths_max) &&
           (count == 0 || bytes + paths[count].size() <= bytes_max)) {
        bytes += paths[count].size();
        ++count;
    }
    return count;
}

std::vector<RawTask> raw_tasks(const InvalidationWish& wish) {
    std::vector<RawTask> tasks;
    std::span<const std::string> rest(wish.paths);
    while (!rest.empty()) {
        const std::size_t count = fitting(rest);
        tasks.push_back({invalidation_body(wish, rest.first(count)), "command line"});
        rest = rest.subspan(count);
    }
    return tasks;
}

base::Result<std::vector<OutgoingTask>>
check_tasks(std::vector<RawTask> tasks, const core::TaskRules& rules, base::Entropy& entropy) {
    std::vector<OutgoingTask> checked;
    checked.reserve(tasks.size());
    std::map<std::string, std::string> digest_of_name;
    for (RawTask& task : tasks) {
        EXARCH_TRY(OutgoingTask outgoing, check_task(std::move(task), rules, entropy));
        if (!outgoing.name.empty()) {
            const auto [known, is_new] = digest_of_name.try_emplace(outgoing.name, outgoing.digest);
            if (!is_new && known->second != outgoing.digest) {
                return std::unexpected(
                    wrong(outgoing.place,
                          fmt::format("another task here has the id {}, with other content; give "
                                      "each an id of its own",
                                      base::printable(outgoing.name))));
            }
        }
        checked.push_back(std::move(outgoing));
    }
    return checked;
}

} // namespace exarch::cli
