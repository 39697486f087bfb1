#pragma once

#include "ledger/ledger.hpp"
#include "ledger/report.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace exarch::ledger {

/// The ledger in a table, as one ledger that numbers everything alike: each record goes to the log
/// or to the holder of the account that it concerns, and the numbers that accounts give are
/// translated. In a model of DynamoDB, or where EXARCH_DYNAMODB names an address, in the table
/// there that has the test's name.
class TableStorage {
public:
    TableStorage();
    ~TableStorage();
    TableStorage(const TableStorage&) = delete;
    TableStorage& operator=(const TableStorage&) = delete;

    Ledger& ledger();
    Reporter& reporter();
    /// The holder dies, and somebody else acquires all leases when they are over.
    void reopen();

    /// Why a rule of the contract does not hold in a table; empty where it does.
    [[nodiscard]] static std::string exempts(const std::string& test);

private:
    class Numbers;
    class Routed;
    class Translated;

    std::unique_ptr<Routed> ledger_;
    std::unique_ptr<Translated> reporter_;
};

/// Skips the test that runs where it does not go for the storage, and says why.
template <class Storage>
void skip_where_exempt() {
    if constexpr (requires { Storage::exempts(std::string()); }) {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        if (const std::string why = Storage::exempts(test->name()); !why.empty()) {
            GTEST_SKIP() << why;
        }
    }
}

} // namespace exarch::ledger
