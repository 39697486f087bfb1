#include "sigv4/canonical_request.hpp"

#include "base/sha256.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace exarch::sigv4 {
namespace {

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_space(char letter) {
    return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

/// The bytes that need no escape, `-_.~` and alphanumerics, told by a table: paths are long.
constexpr std::array<bool, 256> unreserved = [] {
    std::array<bool, 256> table{};
    for (const char letter : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                              "0123456789-_.~")) {
        table[static_cast<unsigned char>(letter)] = true;
    }
    return table;
}();

void append_encoded(std::string& out, char letter) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(letter);
    if (unreserved[byte]) {
        out += letter;
        return;
    }
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 0xfU];
}

/// The value of a hexadecimal digit, or -1.
int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char letter = lower(digit);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/// Encodes a part of a query that may be encoded already: decodes first, so that both come out
/// alike.
std::string encode_query_part(std::string_view part) {
    std::string out;
    out.reserve(part.size());
    for (std::size_t i = 0; i < part.size(); ++i) {
        const bool escaped = part[i] == '%' && i + 2 < part.size() &&
                             digit_value(part[i + 1]) >= 0 && digit_value(part[i + 2]) >= 0;
        if (!escaped) {
            append_encoded(out, part[i]);
            continue;
        }
        const int byte = digit_value(part[i + 1]) * 16 + digit_value(part[i + 2]);
        append_encoded(out, static_cast<char>(byte));
        i += 2;
    }
    return out;
}

/// Removes `.`, `..` and empty segments; a `/` at the end stays.
std::string normalized_path(std::string_view path) {
    std::string out;
    out.reserve(path.size());
    std::size_t begin = 0;
    bool ends_with_slash = true;
    while (begin < path.size()) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view segment = path.substr(begin, end - begin);
        ends_with_slash = end < path.size() || segment == "." || segment == "..";
        if (segment == "..") {
            const std::size_t parent = out.rfind('/');
            out.resize(parent == std::string::npos ? 0 : parent);
        } else if (!segment.empty() && segment != ".") {
            out += '/';
            out += segment;
        }
        begin = end + 1;
    }
    if (ends_with_slash || out.empty()) {
        out += '/';
    }
    return out;
}

bool is_normalized(std::string_view path) {
    return path.starts_with('/') && !path.contains("//") && !path.contains("/.");
}

void append_path(std::string& out, std::string_view path, PathRules rules) {
    std::string normalized;
    if (rules.normalize && !is_normalized(path)) {
        normalized = normalized_path(path);
        path = normalized;
    }
    if (path.empty()) {
        path = "/";
    }
    if (!rules.double_encode) {
        out += path;
        return;
    }
    for (const char letter : path) {
        if (letter == '/') {
            out += letter;
        } else {
            append_encoded(out, letter);
        }
    }
}

void append_query(std::string& out, std::string_view query) {
    std::vector<std::pair<std::string, std::string>> parameters;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view piece = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (piece.empty()) {
            continue;
        }
        const std::size_t equals = std::min(piece.find('='), piece.size());
        const std::string_view value = piece.substr(std::min(equals + 1, piece.size()));
        parameters.emplace_back(encode_query_part(piece.substr(0, equals)),
                                encode_query_part(value));
    }
    std::ranges::sort(parameters);
    bool first = true;
    for (const auto& [name, value] : parameters) {
        if (!std::exchange(first, false)) {
            out += '&';
        }
        out.append(name).append("=").append(value);
    }
}

/// Looks at all of it, many bytes at once: session tokens are long and hold no spaces.
bool has_space(std::string_view value) {
    bool found = false;
    for (const char letter : value) {
        found |= is_space(letter);
    }
    return found;
}

/// Trimmed, and each run of white space inside made one space.
void append_header_value(std::string& out, std::string_view value) {
    if (!has_space(value)) {
        out += value;
        return;
    }
    bool space_waits = false;
    const std::size_t begin = out.size();
    for (const char letter : value) {
        if (is_space(letter)) {
            space_waits = out.size() > begin;
            continue;
        }
        if (std::exchange(space_waits, false)) {
            out += ' ';
        }
        out += letter;
    }
}

std::strong_ordering compare_names(std::string_view left, std::string_view right) {
    return std::lexicographical_compare_three_way(
        left.begin(), left.end(), right.begin(), right.end(),
        [](char a, char b) { return lower(a) <=> lower(b); });
}

using SortedHeaders = std::vector<HeaderView>;

SortedHeaders signed_headers(std::span<const HeaderView> own, std::span<const HeaderView> added) {
    SortedHeaders sorted;
    sorted.reserve(own.size() + added.size());
    for (const std::span<const HeaderView> headers : {own, added}) {
        std::ranges::copy_if(headers, std::back_inserter(sorted), [](const HeaderView& header) {
            return is_signed_header(header.name);
        });
    }
    // Headers are few: inserting each in its place is quickest, and keeps equal names in order.
    for (auto end = sorted.begin(); end != sorted.end(); ++end) {
        const auto place = std::upper_bound(sorted.begin(), end, *end,
                                            [](const HeaderView& left, const HeaderView& right) {
                                                return compare_names(left.name, right.name) < 0;
                                            });
        std::rotate(place, end, end + 1);
    }
    return sorted;
}

void append_headers(CanonicalRequest& canonical, const SortedHeaders& headers) {
    const HeaderView* previous = nullptr;
    for (const HeaderView& header : headers) {
        const bool repeated =
            previous != nullptr && compare_names(previous->name, header.name) == 0;
        if (repeated) {
            canonical.text.back() = ',';
        } else {
            if (previous != nullptr) {
                canonical.signed_headers += ';';
            }
            const std::size_t begin = canonical.signed_headers.size();
            std::ranges::transform(header.name, std::back_inserter(canonical.signed_headers),
                                   lower);
            canonical.text.append(canonical.signed_headers, begin).append(":");
        }
        append_header_value(canonical.text, header.value);
        canonical.text += '\n';
        previous = &header;
    }
}

} // namespace

bool is_signed_header(std::string_view name) {
    constexpr std::array<std::string_view, 11> unsigned_names = {
        "authorization",     "connection", "expect",     "keep-alive",      "te", "trailer",
        "transfer-encoding", "upgrade",    "user-agent", "x-amzn-trace-id", "via"};
    constexpr std::string_view proxy = "proxy-";
    const bool is_proxys =
        name.size() >= proxy.size() && compare_names(name.substr(0, proxy.size()), proxy) == 0;
    return !is_proxys && std::ranges::none_of(unsigned_names, [name](std::string_view other) {
        return name.size() == other.size() && compare_names(name, other) == 0;
    });
}

void build_canonical_request(const SignableRequest& request, std::span<const HeaderView> added,
                             CanonicalRequest& canonical) {
    const std::size_t mark = std::min(request.target.find('?'), request.target.size());
    const std::string_view query = request.target.substr(std::min(mark + 1, request.target.size()));
    std::string& text = canonical.text;
    text.clear();
    canonical.signed_headers.clear();
    text.append(request.method).append("\n");
    append_path(text, request.target.substr(0, mark), request.path_rules);
    text += '\n';
    append_query(text, query);
    text += '\n';
    append_headers(canonical, signed_headers(request.headers, added));
    text.append("\n").append(canonical.signed_headers).append("\n");
    text.append(base::format_hex(base::sha256(request.body)));
}

} // namespace exarch::sigv4
