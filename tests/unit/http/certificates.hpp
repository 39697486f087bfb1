#pragma once

#include <openssl/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace exarch::http {

struct CertificateParams {
    /// Of its subject, which no client goes by.
    std::string common_name = "leaf";
    std::vector<std::string> names = {};
    std::vector<std::string> addresses = {};
    /// In seconds from now.
    long valid_from = -3600;
    long valid_until = 3600;
};

/// A certificate and its private key, both PEM.
struct Identity {
    std::string certificate;
    std::string key;
};

/// A certificate authority of the test's own, whose root is written to a file.
class TestAuthority {
public:
    explicit TestAuthority(std::string name = "exarch test root");
    ~TestAuthority();
    TestAuthority(const TestAuthority&) = delete;
    TestAuthority& operator=(const TestAuthority&) = delete;

    [[nodiscard]] Identity issue(const CertificateParams& params) const;
    [[nodiscard]] const std::string& root() const { return root_; }
    /// Where the root lies.
    [[nodiscard]] std::string bundle() const { return path_.string(); }

private:
    struct State;
    std::unique_ptr<State> state_;
    std::string root_;
    std::filesystem::path path_;
};

} // namespace exarch::http
