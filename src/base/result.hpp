#pragma once

#include "base/error.hpp"

#include <expected>
#include <string>
#include <utility>

namespace exarch::base {

/// A value, or the reason there is none. Every function that returns one is [[nodiscard]].
template <class T>
using Result = std::expected<T, Error>;

/// Success without a value, or the reason of the failure.
using Status = std::expected<void, Error>;

/// To be returned for input that is wrong: what, where, and what would mend it.
[[nodiscard]] inline std::unexpected<Error> invalid(std::string context) {
    return std::unexpected(Error(ErrorKind::invalid, std::move(context)));
}

} // namespace exarch::base

#define EXARCH_CONCAT_(a, b) a##b
#define EXARCH_CONCAT(a, b) EXARCH_CONCAT_(a, b)

/// EXARCH_TRY(auto value, expression): declares `value`, or returns the error of `expression`.
#define EXARCH_TRY(declaration, ...)                                                               \
    EXARCH_TRY_(EXARCH_CONCAT(result_, __LINE__), return, declaration, __VA_ARGS__)
/// EXARCH_CO_TRY: the same inside a coroutine. Write the co_await inside `expression`.
#define EXARCH_CO_TRY(declaration, ...)                                                            \
    EXARCH_TRY_(EXARCH_CONCAT(result_, __LINE__), co_return, declaration, __VA_ARGS__)
#define EXARCH_TRY_(name, leave, declaration, ...)                                                 \
    auto name = __VA_ARGS__;                                                                       \
    if (!name.has_value()) {                                                                       \
        leave std::unexpected(std::move(name).error());                                            \
    }                                                                                              \
    declaration = std::move(*name)

/// EXARCH_CHECK(expression): returns the error of an expression that carries no value.
#define EXARCH_CHECK(...) EXARCH_CHECK_(EXARCH_CONCAT(status_, __LINE__), return, __VA_ARGS__)
/// EXARCH_CO_CHECK: the same inside a coroutine.
#define EXARCH_CO_CHECK(...) EXARCH_CHECK_(EXARCH_CONCAT(status_, __LINE__), co_return, __VA_ARGS__)
#define EXARCH_CHECK_(name, leave, ...)                                                            \
    if (auto name = __VA_ARGS__; !name.has_value()) {                                              \
        leave std::unexpected(std::move(name).error());                                            \
    }                                                                                              \
    static_assert(true)
