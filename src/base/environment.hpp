#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::base {

/// The environment variables, read once: the only door to them, passed to constructors.
class Environment {
public:
    /// A made-up environment, for tests.
    explicit Environment(std::map<std::string, std::string, std::less<>> variables);

    /// This process's.
    [[nodiscard]] static Environment of_process();

    /// None where the variable is unset or empty: AWS's tools treat both alike.
    [[nodiscard]] std::optional<std::string> get(std::string_view name) const;

    [[nodiscard]] const std::map<std::string, std::string, std::less<>>& all() const {
        return variables_;
    }

private:
    std::map<std::string, std::string, std::less<>> variables_;
};

/// Sets a variable of this process, for libraries and children that look for it there; what was
/// read into an Environment stays. Not while another thread may look.
void set_in_process(const std::string& name, const std::string& value);

/// Cryptographically strong random bytes as lower-case hexadecimal: identities and references.
/// Its own interface so that tests and simulation decide what it says.
class Entropy {
public:
    virtual ~Entropy() = default;
    [[nodiscard]] virtual std::string hex(std::size_t bytes) = 0;
};

/// From the operating system.
class SystemEntropy final : public Entropy {
public:
    [[nodiscard]] std::string hex(std::size_t bytes) override;
};

} // namespace exarch::base
