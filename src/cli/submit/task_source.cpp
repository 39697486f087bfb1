#include "cli/submit/task_source.hpp"

#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

namespace exarch::cli {
namespace {

constexpr std::size_t input_bytes_max = std::size_t{256} * 1024 * 1024;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

base::Result<std::string> read_all(const std::string& name) {
    const auto refuse = [&](std::string_view what) {
        return std::unexpected(base::Error(base::ErrorKind::invalid,
                                           fmt::format("{}: {}", config::quote(name), what)));
    };
    const bool is_stdin = name == "-";
    const File file(is_stdin ? nullptr : std::fopen(name.c_str(), "rbe"),
                    [](std::FILE* open) { return open == nullptr ? 0 : std::fclose(open); });
    std::FILE* source = is_stdin ? stdin : file.get();
    if (source == nullptr) {
        return refuse(fmt::format("cannot be read: {}", std::strerror(errno)));
    }
    std::string text;
    std::string chunk(std::size_t{64} * 1024, '\0');
    for (std::size_t got = 1; got > 0 && text.size() <= input_bytes_max;) {
        got = std::fread(chunk.data(), 1, chunk.size(), source);
        text.append(chunk, 0, got);
    }
    if (std::ferror(source) != 0) {
        return refuse(fmt::format("cannot be read: {}", std::strerror(errno)));
    }
    if (text.size() > input_bytes_max) {
        return refuse("more than 256 MiB; split it");
    }
    return text;
}

} // namespace

base::Result<std::vector<RawTask>> collect_tasks(const TaskSource& source) {
    if (source.files.empty()) {
        return raw_tasks({source.account, source.distribution, source.paths});
    }
    std::vector<RawTask> all;
    for (const std::string& file : source.files) {
        EXARCH_TRY(const std::string text, read_all(file));
        EXARCH_TRY(std::vector<RawTask> tasks, split_tasks(text, file == "-" ? "stdin" : file));
        std::ranges::move(tasks, std::back_inserter(all));
    }
    return all;
}

} // namespace exarch::cli
