#include "base/text.hpp"
#include "core/task/task.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace exarch::core {
namespace {

constexpr std::string_view mask = "***";

bool is_token_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '=' ||
           c == '_' || c == '-' || c == '.';
}

/// End of the token that starts at `begin`. JSON may spell `/` as `\/`.
std::size_t token_end(std::string_view text, std::size_t begin) {
    std::size_t end = begin;
    while (end < text.size()) {
        if (is_token_character(text[end])) {
            ++end;
        } else if (text.substr(end, 2) == "\\/") {
            end += 2;
        } else {
            break;
        }
    }
    return end;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    });
}

bool contains_ignoring_case(std::string_view text, std::string_view lower) {
    for (std::size_t at = 0; at + lower.size() <= text.size(); ++at) {
        if (equals_ignoring_case(text.substr(at, lower.size()), lower)) {
            return true;
        }
    }
    return false;
}

bool names_a_secret(std::string_view key) {
    constexpr std::array<std::string_view, 10> words = {
        "secret", "token",         "password",   "passwd",     "pwd",
        "apikey", "authorization", "credential", "privatekey", "private_key"};
    return std::ranges::any_of(
        words, [&](std::string_view word) { return contains_ignoring_case(key, word); });
}

/// Whether an access key id (AKIA… or ASIA…) stands in the token, at its start or behind a border.
bool holds_an_access_key_id(std::string_view token) {
    constexpr std::size_t length_min = 16;
    for (std::size_t at = 0; at + length_min <= token.size(); ++at) {
        const bool is_border =
            at == 0 || std::isalnum(static_cast<unsigned char>(token[at - 1])) == 0;
        const std::string_view id = token.substr(at, length_min);
        if (is_border && (id.starts_with("AKIA") || id.starts_with("ASIA")) &&
            std::ranges::all_of(
                id, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); })) {
            return true;
        }
    }
    return false;
}

/// What stands before the credential itself in an Authorization header.
bool is_scheme(std::string_view token) {
    return equals_ignoring_case(token, "bearer") || equals_ignoring_case(token, "basic");
}

/// `password: hunter2`, where `between` is what stands between the two.
bool is_named_as_secret(std::string_view token, std::string_view word_before,
                        std::string_view between) {
    return between.starts_with(':') &&
           between.find_first_not_of(" \t", 1) == std::string_view::npos &&
           names_a_secret(word_before) && !is_scheme(token);
}

/// An access key id does, and so do forty or more characters of base64, a secret key or a session
/// token, unless they are plain hexadecimal or a path (which has a `/` at its start; a secret key
/// may too, but is exactly forty characters long).
bool looks_like_a_credential(std::string_view token, std::string_view word_before) {
    if (is_scheme(word_before)) {
        return true;
    }
    if (const std::size_t equals = token.find('='); equals != std::string_view::npos) {
        const std::string_view value = token.substr(equals + 1);
        if (!value.empty() && names_a_secret(token.substr(0, equals))) {
            return true;
        }
    }
    if (holds_an_access_key_id(token)) {
        return true;
    }
    if (token.starts_with("eyJ") && token.size() >= 40) {
        return true;
    }
    if (token.size() < 40 || (token.starts_with('/') && token.size() != 40)) {
        return false;
    }
    const bool upper = std::ranges::any_of(token, [](char c) { return c >= 'A' && c <= 'Z'; });
    const bool lower = std::ranges::any_of(token, [](char c) { return c >= 'a' && c <= 'z'; });
    const bool digit = std::ranges::any_of(token, [](char c) { return c >= '0' && c <= '9'; });
    return upper && lower && digit;
}

/// End of the JSON string that starts behind the quote at `begin`.
std::size_t string_end(std::string_view text, std::size_t begin) {
    std::size_t at = begin;
    while (at < text.size() && text[at] != '"') {
        at += text[at] == '\\' ? 2 : 1;
    }
    return std::min(at, text.size());
}

/// End of the JSON value that starts at `begin`: a string, a list or object with all that is in it,
/// or what else goes on to the next border.
std::size_t value_end(std::string_view text, std::size_t begin) {
    std::size_t depth = 0;
    std::size_t at = begin;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = std::min(string_end(text, at + 1) + 1, text.size());
        } else if (c == '[' || c == '{') {
            ++depth;
            ++at;
        } else if (depth > 0) {
            depth -= c == ']' || c == '}' ? 1 : 0;
            ++at;
        } else {
            at = std::min(text.find_first_of(",]} \t\r\n", at), text.size());
            return at;
        }
        if (depth == 0) {
            return at;
        }
    }
    return at;
}

/// Copies `text`, replacing the values of fields whose name says they are secret.
std::string mask_named_values(std::string_view text) {
    std::string masked;
    masked.reserve(text.size());
    std::size_t at = 0;
    while (at < text.size()) {
        if (text[at] != '"') {
            masked += text[at++];
            continue;
        }
        const std::size_t end = string_end(text, at + 1);
        const std::string_view key = text.substr(at + 1, end - at - 1);
        masked.append(text.substr(at, std::min(end + 1, text.size()) - at));
        at = std::min(end + 1, text.size());
        const std::size_t value = text.find_first_not_of(" \t\r\n:", at);
        const bool is_field = at < text.size() && text.substr(at, value - at).contains(':');
        if (!is_field || value >= text.size() || !names_a_secret(key)) {
            continue;
        }
        masked.append(text.substr(at, value - at));
        masked += '"';
        masked += mask;
        masked += '"';
        at = value_end(text, value);
    }
    return masked;
}

/// Copies `text`, replacing who a URL signs on as, and by which password.
std::string mask_users_of_urls(std::string_view text) {
    constexpr std::string_view slashes = "://";
    std::string masked;
    masked.reserve(text.size());
    for (std::size_t at = text.find(slashes); at != std::string_view::npos;
         at = text.find(slashes)) {
        const std::size_t begin = at + slashes.size();
        const std::string_view authority = text.substr(
            begin, std::min(text.find_first_of("/?#\"'<> \t\r\n", begin), text.size()) - begin);
        const std::size_t user = authority.rfind('@');
        masked.append(text.substr(0, begin));
        masked.append(user == std::string_view::npos ? "" : mask);
        text.remove_prefix(begin + (user == std::string_view::npos ? 0 : user));
    }
    return masked.append(text);
}

/// Where the text is cut short, its last token may be the beginning of anything.
std::string mask_tokens(std::string_view text, bool is_cut) {
    std::string masked;
    masked.reserve(text.size());
    std::string_view word_before;
    std::size_t word_end = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = token_end(text, at);
        const std::string_view token = text.substr(at, end - at);
        const bool may_go_on = is_cut && end == text.size() && !token.empty();
        const bool is_secret =
            looks_like_a_credential(token, word_before) ||
            (!token.empty() &&
             is_named_as_secret(token, word_before, text.substr(word_end, at - word_end)));
        masked += may_go_on || is_secret ? mask : token;
        if (!token.empty()) {
            word_before = token;
            word_end = end;
        }
        if (end < text.size()) {
            masked += text[end];
        }
        at = end + 1;
    }
    return masked;
}

} // namespace

std::string masked_excerpt(std::string_view text, std::size_t bytes_max) {
    // Masked before it is cut, so that no half of a credential escapes at the cut.
    constexpr std::size_t margin = 4096;
    const std::size_t looked_at = bytes_max + margin;
    std::string masked = mask_tokens(
        mask_users_of_urls(mask_named_values(text.substr(0, looked_at))), text.size() > looked_at);
    masked.resize(base::beginning(masked, bytes_max).size());
    return masked;
}

} // namespace exarch::core
