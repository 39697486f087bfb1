#include "http/message.hpp"

#include <algorithm>

namespace exarch::http {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

void Headers::add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string_view name, std::string value) {
    std::erase_if(fields_,
                  [&](const Field& field) { return equal_ignoring_case(field.first, name); });
    fields_.emplace_back(name, std::move(value));
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
    const auto found = std::ranges::find_if(
        fields_, [&](const Field& field) { return equal_ignoring_case(field.first, name); });
    if (found == fields_.end()) {
        return std::nullopt;
    }
    return found->second;
}

std::string Origin::authority() const {
    const bool is_ipv6 = host.contains(':');
    std::string text = is_ipv6 ? "[" + host + "]" : host;
    const unsigned short own_port = tls ? 443 : 80;
    if (port != own_port) {
        text += ":" + std::to_string(port);
    }
    return text;
}

} // namespace exarch::http
