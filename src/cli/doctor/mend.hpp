#pragma once

#include "base/environment.hpp"
#include "base/identifier.hpp"
#include "config/keys.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace exarch::cli {

/// What mends a finding, to be used as it is printed. Tests do exactly that.
struct Mend {
    enum class Kind : std::uint8_t {
        /// Lines for a shell. One that ends in `# in account 111122223333` needs an administrator
        /// of that account; KEY, SECRET and TOKEN stand for what only a person has.
        command,
        /// YAML to be merged into exarch.yaml.
        configuration,
    };

    Kind kind = Kind::command;
    std::string text;

    [[nodiscard]] bool empty() const { return text.empty(); }

    friend bool operator==(const Mend&, const Mend&) = default;
};

[[nodiscard]] std::string_view format(Mend::Kind kind);

[[nodiscard]] inline Mend command(std::string text) {
    return {Mend::Kind::command, std::move(text)};
}

/// `text` as one word of a shell's command line.
[[nodiscard]] std::string shell_word(std::string_view text);

/// A key of exarch.yaml and its value, without what stands above it.
using KeyValue = std::pair<std::string, std::string>;

/// Sets the values under `parent`: in exarch.yaml, or, where a variable has one of them and so
/// beats the file, by variables.
[[nodiscard]] Mend set_keys(const base::Environment& environment, const config::KeyPath& parent,
                            std::initializer_list<KeyValue> values);

/// Whoever runs doctor, by the ARN that STS tells, and how mends name them.
struct Principal {
    explicit Principal(std::string arn);

    /// Whether this is a session of that role, given by its ARN.
    [[nodiscard]] bool acts_as(std::string_view role) const;

    std::string arn;
    base::AccountId account;
    /// What a role's trust policy names. Of a session its account: the ARN of a session tells
    /// neither its role's path nor the name of the next session.
    std::string trusted;
    /// `put-user-policy --user-name NAME` or the same of a role; empty where IAM has no policies
    /// of its own for such a one.
    std::string put_policy;
};

/// What the commands of mends have in common.
struct MendContext {
    /// `exarch`, and the --config that it was started with.
    std::string exarch = "exarch";
    /// Where nothing else says so; it also tells the aws command which of AWS's partitions is
    /// meant.
    base::Region region;
    Principal principal{""};
    /// The role of the function that does the work; empty where whoever runs doctor does it.
    std::string function_role = {};

    [[nodiscard]] std::string aws_iam(std::string_view what) const;

    /// Gives whoever runs doctor what `exarch policy controller` says, with these options if any.
    [[nodiscard]] std::string grant_controller(std::string_view options = {}) const;
    /// The same of another document, in an inline policy of that name.
    [[nodiscard]] std::string grant(std::string_view name, std::string_view document) const;
};

/// Where the aws command is to do something.
struct AwsPlace {
    /// As the aws command calls it: `sqs`.
    std::string_view service;
    const base::Region& region;
    /// Empty where that is AWS's own address, which the aws command knows.
    std::string_view endpoint_url;
    /// Whose administrator may do it.
    base::AccountId account;
};

/// `aws sqs WHAT --region eu-west-1    # in account 111122223333`
[[nodiscard]] std::string aws_command(const AwsPlace& place, std::string_view what);

/// `    # in account 111122223333`
[[nodiscard]] std::string in_account(const base::AccountId& account);

} // namespace exarch::cli
