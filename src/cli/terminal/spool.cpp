#include "cli/terminal/spool.hpp"

#include <cerrno>
#include <system_error>

namespace exarch::cli {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} * 1024;

base::Error failed(int cause) {
    return base::Error(
        base::ErrorKind::system,
        "what is to be printed cannot be kept in a temporary file in " P_tmpdir ": " +
            std::generic_category().message(cause) + ": free some space there, or ask for less");
}

} // namespace

base::Status Spool::add(std::string_view text) {
    text_ += text;
    return text_.size() > bytes_max_ ? spill() : base::Status();
}

base::Status Spool::spill() {
    if (file_ == nullptr) {
        file_.reset(std::tmpfile());
    }
    const bool is_written =
        file_ != nullptr && std::fwrite(text_.data(), 1, text_.size(), file_.get()) == text_.size();
    if (!is_written) {
        return std::unexpected(failed(errno));
    }
    text_.clear();
    return {};
}

base::Status Spool::print(Terminal& terminal) {
    if (file_ != nullptr) {
        if (std::fseek(file_.get(), 0, SEEK_SET) != 0) {
            return std::unexpected(failed(errno));
        }
        std::string chunk(chunk_bytes, '\0');
        for (std::size_t size = chunk.size(); size == chunk.size();) {
            size = std::fread(chunk.data(), 1, chunk.size(), file_.get());
            terminal.out(std::string_view(chunk).substr(0, size));
        }
        if (std::ferror(file_.get()) != 0) {
            return std::unexpected(failed(errno));
        }
    }
    terminal.out(text_);
    return {};
}

} // namespace exarch::cli
