#include "tidy/tree.hpp"

#include "tidy/cpp_shape.hpp"
#include "tidy/layers.hpp"
#include "tidy/limits.hpp"
#include "tidy/words.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

namespace exarch::tidy {
namespace {

namespace fs = std::filesystem;

bool is_foreign(const fs::path& folder) {
    static constexpr std::array<std::string_view, 6> names{".git",  ".cache",      ".venv",
                                                           "build", "__pycache__", ".pytest_cache"};
    return std::ranges::find(names, folder.filename().string()) != names.end();
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Findings check_file(const TextFile& file, const Limits& limits) {
    Findings findings;
    append(findings, check_line_lengths(file, limits));
    append(findings, check_file_length(file, limits));
    append(findings, check_functions(file, limits));
    append(findings, check_binary(file, limits));
    append(findings, check_leftovers(file));
    append(findings, check_header_guard(file));
    append(findings, check_banned_words(file, banned_words()));
    append(findings, check_own_includes(file, allowed_arrows()));
    append(findings, check_beast(file));
    if (is_cpp(file.path)) {
        append(findings, check_awaits(file.path, read_shape(file.text)));
    }
    return findings;
}

} // namespace

std::vector<TextFile> read_tree(const fs::path& root) {
    std::vector<TextFile> files;
    for (auto entry = fs::recursive_directory_iterator(root);
         entry != fs::recursive_directory_iterator(); ++entry) {
        if (entry->is_directory() && is_foreign(entry->path())) {
            entry.disable_recursion_pending();
        } else if (entry->is_regular_file()) {
            files.push_back({entry->path().lexically_relative(root).generic_string(),
                             read_file(entry->path())});
        }
    }
    std::ranges::sort(files, {}, &TextFile::path);
    return files;
}

Findings check_modules(const std::vector<TextFile>& tree) {
    std::map<std::string, std::string> lists;
    std::set<std::string> paths;
    for (const TextFile& file : tree) {
        paths.insert(file.path);
        if (file.path.starts_with("src/") && has_extension(file.path, "/CMakeLists.txt")) {
            lists[module_of(file.path)] += file.text;
        }
    }
    Findings findings;
    for (const auto& [module, list] : lists) {
        if (!paths.contains("src/" + module + "/README.md")) {
            findings.push_back({"src/" + module, 0, "README.md is missing: say what belongs here"});
        }
    }
    for (const std::string& path : paths) {
        const std::string name = path.substr(path.rfind('/') + 1);
        const bool is_source = path.starts_with("src/") && has_extension(path, ".cpp");
        if (is_source && lists[module_of(path)].find(name) == std::string::npos) {
            findings.push_back({path, 0, "is in no CMakeLists.txt: build it or remove it"});
        }
    }
    return findings;
}

Findings check_leftovers(const std::vector<TextFile>& tree) {
    Findings findings;
    for (const TextFile& file : tree) {
        for (const std::string_view end : {".orig", ".rej", "~"}) {
            if (has_extension(file.path, end)) {
                findings.push_back(
                    {file.path, 0, "left behind by a merge or an editor: remove it"});
            }
        }
    }
    return findings;
}

Findings check_tree(const std::vector<TextFile>& tree) {
    const Limits limits;
    Findings findings;
    std::vector<std::string> paths;
    for (const TextFile& file : tree) {
        paths.push_back(file.path);
        append(findings, check_file(file, limits));
        const std::string module = module_of(file.path);
        if (!module.empty() && file.path == "src/" + module + "/CMakeLists.txt") {
            append(findings, check_depends(file, allowed_arrows()));
        }
    }
    append(findings, check_folder_sizes(paths, limits));
    append(findings, check_modules(tree));
    append(findings, check_leftovers(tree));
    append(findings, check_purity(tree));
    append(findings, check_own_header_first(tree));
    append(findings, check_unused_arrows(tree, allowed_arrows()));
    append(findings, check_acyclic(allowed_arrows()));
    return findings;
}

} // namespace exarch::tidy
