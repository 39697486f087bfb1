#pragma once

#include "base/result.hpp"
#include "ledger/sqlite/columns.hpp"
#include "ledger/sqlite/database.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace exarch::ledger {

class Rows;

/// One SQL statement, prepared at its first use and kept. Values bound to it are not copied: they
/// have to live until execute() returns, or until the Rows are gone.
class Statement {
public:
    /// `sql` is a literal; `database` outlives the statement.
    Statement(Database& database, const char* sql) : database_(&database), sql_(sql) {}

    /// Runs a statement that answers nothing.
    template <class... Values>
    [[nodiscard]] base::Status execute(const Values&... values) {
        bind_all(values...);
        return finish();
    }

    /// Runs a query; the statement is busy until the Rows are gone.
    template <class... Values>
    [[nodiscard]] Rows query(const Values&... values);

    /// Rows changed by the last execute().
    [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(database_->handle()); }

private:
    friend class Rows;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    template <class... Values>
    void bind_all(const Values&... values) {
        prepare();
        int index = 0;
        (keep(bind(++index, values)), ...);
    }
    void prepare();
    void keep(int code) {
        if (code != SQLITE_OK && code_ == SQLITE_OK) {
            code_ = code;
        }
    }
    int bind(int index, std::int64_t value);
    int bind(int index, double value);
    int bind(int index, std::string_view text);
    int bind(int index, const std::string& text) { return bind(index, std::string_view(text)); }
    int bind(int index, std::nullptr_t);
    int bind(int index, std::optional<std::string_view> text);
    int bind(int index, const CompactText& text);
    int bind(int index, std::optional<std::int64_t> value);
    [[nodiscard]] base::Result<bool> step();
    [[nodiscard]] base::Status finish();
    void reset();

    Database* database_;
    const char* sql_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int code_ = SQLITE_OK;
};

/// The answer to a query, row by row; going away it frees the statement for the next use.
class Rows {
public:
    ~Rows();
    Rows(Rows&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    /// Moves to the next row; false after the last.
    [[nodiscard]] base::Result<bool> next() { return statement_->step(); }

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::optional<std::int64_t> integer_or_none(int column) const;
    [[nodiscard]] double real(int column) const;
    /// Text or blob; empty for NULL. Valid until the next row.
    [[nodiscard]] std::string_view bytes(int column) const;
    [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }
    [[nodiscard]] bool is_blob(int column) const;
    [[nodiscard]] bool is_null(int column) const;

private:
    friend class Statement;
    explicit Rows(Statement* statement) : statement_(statement) {}

    Statement* statement_;
};

/// The text that was bound as a CompactText.
[[nodiscard]] std::string decode_compact(const Rows& rows, int column);

template <class... Values>
Rows Statement::query(const Values&... values) {
    bind_all(values...);
    return Rows(this);
}

} // namespace exarch::ledger
