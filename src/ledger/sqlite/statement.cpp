#include "ledger/sqlite/statement.hpp"

#include "base/assert.hpp"

namespace exarch::ledger {

void Statement::prepare() {
    if (statement_ != nullptr) {
        return;
    }
    sqlite3_stmt* statement = nullptr;
    code_ = sqlite3_prepare_v3(database_->handle(), sql_, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                               nullptr);
    statement_.reset(statement);
}

int Statement::bind(int index, std::int64_t value) {
    return sqlite3_bind_int64(statement_.get(), index, value);
}

int Statement::bind(int index, double value) {
    return sqlite3_bind_double(statement_.get(), index, value);
}

int Statement::bind(int index, std::string_view text) {
    // A null pointer would bind NULL where an empty text is meant.
    const char* data = text.empty() ? "" : text.data();
    return sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_STATIC,
                               SQLITE_UTF8);
}

int Statement::bind(int index, std::nullptr_t) {
    return sqlite3_bind_null(statement_.get(), index);
}

int Statement::bind(int index, std::optional<std::int64_t> value) {
    return value ? bind(index, *value) : bind(index, nullptr);
}

int Statement::bind(int index, std::optional<std::string_view> text) {
    return text ? bind(index, *text) : bind(index, nullptr);
}

int Statement::bind(int index, const CompactText& text) {
    const std::string_view bytes = text.bytes();
    if (bytes.empty()) {
        return bind(index, nullptr);
    }
    return text.is_short() ? sqlite3_bind_blob64(statement_.get(), index, bytes.data(),
                                                 bytes.size(), SQLITE_STATIC)
                           : bind(index, bytes);
}

base::Result<bool> Statement::step() {
    Database::forget_cause();
    const int code = code_ != SQLITE_OK ? code_ : sqlite3_step(statement_.get());
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        return code == SQLITE_ROW;
    }
    // A statement that does not even compile is either our error or a damaged schema.
    return std::unexpected(database_->failure(code, "use the ledger"));
}

base::Status Statement::finish() {
    auto row = step();
    reset();
    if (!row.has_value()) {
        return std::unexpected(std::move(row).error());
    }
    EXARCH_ASSERT(!*row);
    return {};
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
}

Rows::~Rows() {
    if (statement_ != nullptr) {
        statement_->reset();
    }
}

std::int64_t Rows::integer(int column) const {
    return sqlite3_column_int64(statement_->statement_.get(), column);
}

std::optional<std::int64_t> Rows::integer_or_none(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
}

double Rows::real(int column) const {
    return sqlite3_column_double(statement_->statement_.get(), column);
}

std::string_view Rows::bytes(int column) const {
    sqlite3_stmt* statement = statement_->statement_.get();
    const void* data = sqlite3_column_blob(statement, column);
    const int size = sqlite3_column_bytes(statement, column);
    return data == nullptr
               ? std::string_view()
               : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

bool Rows::is_blob(int column) const {
    return sqlite3_column_type(statement_->statement_.get(), column) == SQLITE_BLOB;
}

bool Rows::is_null(int column) const {
    return sqlite3_column_type(statement_->statement_.get(), column) == SQLITE_NULL;
}

std::string decode_compact(const Rows& rows, int column) {
    return rows.is_blob(column) ? expand_compact(rows.bytes(column)) : rows.text(column);
}

} // namespace exarch::ledger
