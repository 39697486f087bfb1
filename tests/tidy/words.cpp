#include "tidy/words.hpp"

#include "tidy/cpp_lexer.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace exarch::tidy {
namespace {

constexpr std::string_view clock_door = "base::Clock, passed to the constructor";
constexpr std::string_view entropy_door = "base::Entropy, passed to the constructor";
constexpr std::string_view environment_door = "base::Environment, passed to the constructor";
constexpr std::string_view timer = "a timer, or the event that the code waits for";
constexpr std::string_view ordered = "std::map or a sorted vector: the same order in every run";

bool is_below(const std::string& path, const std::vector<std::string_view>& folders) {
    return std::ranges::any_of(folders,
                               [&](std::string_view folder) { return path.starts_with(folder); });
}

bool matches_at(const std::vector<Token>& tokens, std::size_t i,
                const std::vector<Token>& pattern) {
    if (i + pattern.size() > tokens.size()) {
        return false;
    }
    for (std::size_t j = 0; j < pattern.size(); ++j) {
        if (!(tokens[i + j] == pattern[j].text)) {
            return false;
        }
    }
    return true;
}

bool is_word_part(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool contains_word(std::string_view line, std::string_view word) {
    for (std::size_t i = line.find(word); i != std::string_view::npos; i = line.find(word, i + 1)) {
        const std::size_t end = i + word.size();
        const bool starts = i == 0 || !is_word_part(line[i - 1]);
        if (starts && (end == line.size() || !is_word_part(line[end]))) {
            return true;
        }
    }
    return false;
}

} // namespace

std::span<const BannedWord> banned_words() {
    static const std::vector<BannedWord> words{
        {"system_clock::now", clock_door, {"src/"}},
        {"steady_clock::now", clock_door, {"src/"}},
        {"high_resolution_clock", clock_door, {"src/"}},
        {"clock_gettime", clock_door, {"src/"}, {"src/base/time.cpp"}},
        {"gettimeofday", clock_door, {"src/"}},
        {"std::rand", entropy_door, {"src/"}},
        {"random_device", entropy_door, {"src/"}},
        {"mt19937", entropy_door, {"src/"}},
        {"getrandom", entropy_door, {"src/"}, {"src/base/environment.cpp"}},
        {"RAND_bytes", entropy_door, {"src/"}, {"src/base/environment.cpp"}},
        {"getenv", environment_door, {"src/"}},
        {"environ", environment_door, {"src/"}, {"src/base/environment.cpp"}},
        {"std::thread", "an executor of worker/", {"src/"}, {"src/worker/", "src/cli/"}},
        {"std::jthread", "an executor of worker/", {"src/"}, {"src/worker/", "src/cli/"}},
        {"std::async", "an executor of worker/", {"src/", "tests/unit/"}},
        {"sleep_for", timer, {"src/", "tests/unit/", "tests/simulation/"}},
        {"sleep_until", timer, {"src/", "tests/unit/", "tests/simulation/"}},
        {"usleep", timer, {"src/", "tests/"}},
        {"unordered_map", ordered, {"src/core/", "src/actions/"}},
        {"unordered_set", ordered, {"src/core/", "src/actions/"}},
        {"std::cout", "base::Log, or the output that cli/ passes in", {"src/"}, {"src/cli/"}},
        {"std::cerr", "base::Log", {"src/"}, {"src/cli/"}},
        {"printf", "fmt::format, and base::Log to write it", {"src/"}},
        // yaml-cpp's event handlers have no other way to stop it.
        {"throw", "base::Error as a value", {"src/"}, {"src/cli/", "src/config/document.cpp"}},
        {"assert", "EXARCH_ASSERT, which is on in every build", {"src/", "tests/", "bench/"}},
        {"goto", "a function of its own", {"src/", "tests/", "bench/"}},
        {"std::endl", "'\\n'", {"src/", "tests/", "bench/"}},
        {"std::auto_ptr", "std::unique_ptr", {"src/", "tests/", "bench/"}},
        {"using namespace std;", "the names themselves", {"src/", "tests/", "bench/"}},
    };
    return words;
}

Findings check_banned_words(const TextFile& file, std::span<const BannedWord> words) {
    Findings findings;
    if (!is_cpp(file.path)) {
        return findings;
    }
    const std::vector<Token> tokens = tokenize(file.text);
    for (const BannedWord& banned : words) {
        if (!is_below(file.path, banned.folders) || is_below(file.path, banned.except)) {
            continue;
        }
        const std::vector<Token> pattern = tokenize(banned.word);
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            if (!tokens[i].directive && matches_at(tokens, i, pattern)) {
                findings.push_back({file.path, tokens[i].line,
                                    std::string(banned.word) + " is banned here: use " +
                                        std::string(banned.instead)});
            }
        }
    }
    return findings;
}

Findings check_leftovers(const TextFile& file) {
    // Written in two halves, so that this file is not its own finding.
    static constexpr std::array<std::string_view, 4> marks{"FIX"
                                                           "ME",
                                                           "TO"
                                                           "DO",
                                                           "XX"
                                                           "X",
                                                           "HA"
                                                           "CK"};
    Findings findings;
    if (is_data(file.path)) {
        return findings;
    }
    int number = 0;
    for (const std::string& line : split_lines(file.text)) {
        ++number;
        for (const std::string_view mark : marks) {
            if (contains_word(line, mark)) {
                findings.push_back({file.path, number,
                                    std::string(mark) + " is left: finish it, or open an issue"});
            }
        }
    }
    return findings;
}

Findings check_header_guard(const TextFile& file) {
    if (!has_extension(file.path, ".hpp") || file.text.starts_with("#pragma once\n")) {
        return {};
    }
    return {{file.path, 1, "a header begins with #pragma once"}};
}

} // namespace exarch::tidy
