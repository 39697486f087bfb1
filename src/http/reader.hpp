#pragma once

#include "http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>

namespace exarch::http {

/// Bounds of one message; whoever sends more is given up.
struct ReadLimits {
    std::size_t header_bytes_max = 64 * 1024;
    std::size_t body_bytes_max = 8 * 1024 * 1024;
};

enum class ReadFailure : std::uint8_t { malformed, header_too_large, body_too_large, ended_early };

/// What is wrong with the bytes that came.
struct ReadProblem {
    ReadFailure failure = ReadFailure::malformed;
    /// `bad version`, `body limit exceeded`, …
    std::string what;

    friend bool operator==(const ReadProblem&, const ReadProblem&) = default;
};

/// True once the message is complete, false while more bytes are needed.
using ReadProgress = std::expected<bool, ReadProblem>;

/// Turns bytes into one response; owns the buffer, knows no socket. Put bytes into room() and say
/// how many by filled(), until that is true or fails; then take(). Interim answers (100 to 199) are
/// skipped.
class ResponseReader {
public:
    /// `header_only`: no body follows whatever the header says (HEAD, CONNECT).
    explicit ResponseReader(ReadLimits limits, bool header_only = false);
    ~ResponseReader();
    ResponseReader(const ResponseReader&) = delete;
    ResponseReader& operator=(const ResponseReader&) = delete;

    /// Never empty.
    [[nodiscard]] std::span<char> room();
    [[nodiscard]] ReadProgress filled(std::size_t bytes);
    /// The peer has closed its side, which is the end of some bodies and an error in all others.
    [[nodiscard]] ReadProgress ended();

    /// Whether any byte has come.
    [[nodiscard]] bool started() const;
    /// Whether the connection can carry another exchange: complete, kept alive by the peer, and
    /// nothing more came than was asked for.
    [[nodiscard]] bool reusable() const;
    /// The complete response; once.
    [[nodiscard]] Response take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Turns bytes into requests, one after another as they come on one connection.
class RequestReader {
public:
    explicit RequestReader(ReadLimits limits);
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    /// Never empty.
    [[nodiscard]] std::span<char> room();
    /// With 0, reads on in what has come already.
    [[nodiscard]] ReadProgress filled(std::size_t bytes);

    /// Whether any byte of this request has come.
    [[nodiscard]] bool started() const;
    /// Whether the peer waits for `100 Continue` before it sends the body; true once a request.
    [[nodiscard]] bool must_say_continue();
    /// Whether the peer wants the connection to go on after this complete request.
    [[nodiscard]] bool keep_alive() const;
    /// The complete request; the next one begins. Its origin is left empty.
    [[nodiscard]] Request take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace exarch::http
