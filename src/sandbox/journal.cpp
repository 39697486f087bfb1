#include "sandbox/journal.hpp"

#include "base/json.hpp"
#include "sandbox/control/faults.hpp"
#include "sandbox/control/json_reader.hpp"
#include "sandbox/sqs/model/digest.hpp"
#include "sandbox/text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <sstream>

namespace exarch::sandbox {
namespace {

namespace json = boost::json;

constexpr std::int64_t format_version = 1;
// A request of the longest body, and what escaping makes of it.
constexpr std::size_t line_bytes_max = std::size_t{64} * 1024 * 1024;

std::int64_t milliseconds_of(base::Timestamp time) {
    return time.time_since_epoch().count();
}

base::Timestamp time_of(std::int64_t milliseconds) {
    return base::Timestamp(std::chrono::milliseconds(milliseconds));
}

// Bytes that are no UTF-8 have no place in JSON.
void put_text(json::object& object, std::string_view name, std::string_view text) {
    if (is_utf8(text)) {
        object.emplace(name, text);
    } else {
        object.emplace(fmt::format("{}_base64", name), sqs::encode_base64(text));
    }
}

base::Result<std::string> take_text(const JsonReader& reader, std::string_view name) {
    EXARCH_TRY(const std::string coded, reader.text(fmt::format("{}_base64", name), ""));
    if (coded.empty()) {
        return reader.text(name, "");
    }
    auto text = sqs::decode_base64(coded);
    if (!text.has_value()) {
        return base::invalid(reader.place(name) + ": is no Base64");
    }
    return std::move(*text);
}

std::string format_head(const JournalHead& head) {
    return json::serialize(json::object{{"exarch_sandbox", format_version},
                                        {"seed", head.seed},
                                        {"example", head.has_example ? 1 : 0},
                                        {"references", head.references},
                                        {"complete_after_us", head.complete_after.count()},
                                        {"duplicate", fmt::to_string(head.duplicate)},
                                        {"disorder", fmt::to_string(head.disorder)},
                                        {"started", milliseconds_of(head.started)}});
}

std::string format_deed(const Deed& deed) {
    json::object line{{"arrived", milliseconds_of(deed.arrived)},
                      {"done", milliseconds_of(deed.done)}};
    put_text(line, "method", deed.request.method);
    put_text(line, "target", deed.request.target);
    put_text(line, "body", deed.request.body);
    json::array headers;
    for (const auto& [name, value] : deed.request.headers) {
        json::object header;
        put_text(header, "name", name);
        put_text(header, "value", value);
        headers.push_back(std::move(header));
    }
    line.emplace("headers", std::move(headers));
    return json::serialize(line);
}

base::Result<JsonReader> reader_of(std::string_view line, json::value& storage) {
    EXARCH_TRY(storage, base::parse_json(line, {.bytes_max = line_bytes_max}));
    return JsonReader::of(storage, "");
}

base::Result<JournalHead> parse_head(std::string_view line) {
    json::value storage;
    EXARCH_TRY(const JsonReader reader, reader_of(line, storage));
    EXARCH_TRY(const std::int64_t version, reader.number("exarch_sandbox", 0));
    if (version != format_version) {
        return base::invalid("it is no file of exarch sandbox, or one of another version");
    }
    JournalHead head;
    EXARCH_TRY(const std::int64_t seed, reader.number("seed", 0));
    EXARCH_TRY(const std::int64_t example, reader.number("example", 0));
    EXARCH_TRY(head.references, reader.text("references", ""));
    EXARCH_TRY(const std::int64_t complete_after, reader.number("complete_after_us", 0));
    EXARCH_TRY(const std::string duplicate, reader.text("duplicate", "0"));
    EXARCH_TRY(const std::string disorder, reader.text("disorder", "0"));
    EXARCH_TRY(head.duplicate, parse_probability("=" + duplicate));
    EXARCH_TRY(head.disorder, parse_probability("=" + disorder));
    EXARCH_TRY(const std::int64_t started, reader.number("started", 0));
    head.seed = static_cast<std::uint64_t>(seed);
    head.has_example = example != 0;
    head.complete_after = base::Duration(complete_after);
    head.started = time_of(started);
    return head;
}

base::Result<Deed> parse_deed(std::string_view line) {
    json::value storage;
    EXARCH_TRY(const JsonReader reader, reader_of(line, storage));
    Deed deed;
    EXARCH_TRY(const std::int64_t arrived, reader.number("arrived", 0));
    EXARCH_TRY(const std::int64_t done, reader.number("done", 0));
    deed.arrived = time_of(arrived);
    deed.done = time_of(done);
    EXARCH_TRY(deed.request.method, take_text(reader, "method"));
    EXARCH_TRY(deed.request.target, take_text(reader, "target"));
    EXARCH_TRY(deed.request.body, take_text(reader, "body"));
    EXARCH_TRY(const auto headers, reader.elements("headers"));
    for (const auto& [value, place] : headers) {
        EXARCH_TRY(const JsonReader header, JsonReader::of(*value, place));
        EXARCH_TRY(std::string name, take_text(header, "name"));
        EXARCH_TRY(std::string text, take_text(header, "value"));
        deed.request.headers.add(std::move(name), std::move(text));
    }
    return deed;
}

/// The option that the file was begun with and that is another now; empty where all are the same.
std::string other_option(const JournalHead& file, const JournalHead& wanted) {
    if (file.seed != wanted.seed) {
        return fmt::format("--seed {}", file.seed);
    }
    if (file.has_example != wanted.has_example) {
        return file.has_example ? "--example" : "no --example";
    }
    if (file.references != wanted.references) {
        return fmt::format("--references {}", file.references);
    }
    if (file.complete_after != wanted.complete_after) {
        return fmt::format("--complete-after {}ms", file.complete_after.count() / 1000);
    }
    if (file.duplicate != wanted.duplicate) {
        return fmt::format("--fault duplicate={}", file.duplicate);
    }
    if (file.disorder != wanted.disorder) {
        return fmt::format("--fault disorder={}", file.disorder);
    }
    return {};
}

} // namespace

base::Result<Journal> Journal::open(std::string path, JournalHead wanted,
                                    std::optional<std::uint64_t> asked_seed) {
    Journal journal(std::move(path), wanted);
    std::ifstream in(journal.path_, std::ios::binary);
    std::ostringstream text;
    if (in && in.peek() != std::ifstream::traits_type::eof()) {
        text << in.rdbuf();
    }
    if (text.view().contains('\n')) {
        EXARCH_CHECK(journal.read(std::string(text.view()), wanted, asked_seed));
    } else {
        EXARCH_CHECK(journal.restart(wanted.started));
    }
    return journal;
}

base::Status Journal::read(const std::string& text, JournalHead wanted,
                           std::optional<std::uint64_t> asked_seed) {
    std::size_t line_number = 0;
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos;
         end = text.find('\n', begin)) {
        const std::string_view line = std::string_view(text).substr(begin, end - begin);
        begin = end + 1;
        const auto problem = [&](const base::Error& error) {
            return base::invalid(
                fmt::format("{}, line {}: {}", path_, line_number, error.message()));
        };
        if (++line_number == 1) {
            auto head = parse_head(line);
            if (!head.has_value()) {
                return problem(head.error());
            }
            head_ = std::move(*head);
            continue;
        }
        auto deed = parse_deed(line);
        if (!deed.has_value()) {
            return problem(deed.error());
        }
        deeds_.push_back(std::move(*deed));
    }
    wanted.seed = asked_seed.value_or(head_.seed);
    if (const std::string option = other_option(head_, wanted); !option.empty()) {
        return base::invalid(fmt::format(
            "{} was begun with {}: start with it again, or take another file", path_, option));
    }
    std::error_code error;
    std::filesystem::resize_file(path_, begin, error);
    if (error) {
        return unwritable();
    }
    file_.open(path_, std::ios::binary | std::ios::app);
    return write({});
}

base::Status Journal::add(const Deed& deed) {
    return write(format_deed(deed) + "\n");
}

base::Status Journal::restart(base::Timestamp now) {
    head_.started = now;
    file_.close();
    file_.open(path_, std::ios::binary | std::ios::trunc);
    return write(format_head(head_) + "\n");
}

base::Status Journal::write(const std::string& line) {
    file_ << line << std::flush;
    return file_ ? base::Status() : unwritable();
}

std::unexpected<base::Error> Journal::unwritable() const {
    return std::unexpected(
        base::Error(base::ErrorKind::conflict, fmt::format("{}: can't be written", path_)));
}

} // namespace exarch::sandbox
