#pragma once

#include "core/event.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

/// What the benchmarks let come in, the same for all of them.
namespace exarch::bench {

inline constexpr std::size_t entries_in_a_message = 10;

/// A number without order for each number: a path is not simply put behind the one before, nor are
/// paths spread so evenly that whatever grows in an index grows everywhere at the same time.
inline std::uint64_t scatter(std::uint64_t number) {
    number *= 0x9e3779b97f4a7c15U;
    number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9U;
    number = (number ^ (number >> 27U)) * 0x94d049bb133111ebU;
    return number ^ (number >> 31U);
}

/// A body of the first form; each path is new, 40 bytes long, and the lanes are eight in four
/// accounts.
inline std::string first_form_body(std::size_t number) {
    std::string body = R"({"entries": [)";
    for (std::size_t entry = 0; entry < entries_in_a_message; ++entry) {
        const std::size_t path = number * entries_in_a_message + entry;
        const std::uint64_t scattered = scatter(path);
        body += fmt::format(R"({}{{"aws_account_id": "11112222333{}", )"
                            R"("cloudfront_distribution_id": "E2EXAMPLE{}", )"
                            R"("invalidation_path": "/products/images/{:016x}/large"}})",
                            entry == 0 ? "" : ", ", path % 4, path % 8, scattered);
    }
    return body + "]}";
}

/// Message ids look as SQS's do: nothing in them grows, which is what makes their index expensive.
inline core::ReceivedMessage message(std::size_t number, std::string body) {
    const std::uint64_t high = number * 0xbf58476d1ce4e5b9U;
    const std::uint64_t low = (high ^ (high >> 31U)) * 0x94d049bb133111ebU;
    core::ReceivedMessage message;
    message.handle = number;
    message.origin.queue = "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-tasks";
    message.origin.message_id =
        fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xffffU,
                    high & 0xffffU, low >> 48U, low & 0xffffffffffffU);
    message.origin.sender_id = "AIDAEXAMPLE";
    message.body = std::move(body);
    return message;
}

} // namespace exarch::bench
