#include "tidy/layers.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

namespace exarch::tidy {
namespace {

constexpr std::array<std::string_view, 3> pure_modules{"sigv4", "core", "actions"};

constexpr std::array<std::string_view, 12> impure_headers{
    "boost/asio", "boost/beast", "openssl/ssl", "sqlite3.h", "random",   "thread",
    "mutex",      "future",      "iostream",    "fstream",   "unistd.h", "spdlog/"};

bool is_pure(const std::string& module) {
    return std::ranges::find(pure_modules, module) != pure_modules.end();
}

bool is_impure(const Include& include) {
    return std::ranges::any_of(impure_headers, [&](std::string_view header) {
        return header.find('/') != std::string_view::npos ? include.target.starts_with(header)
                                                          : include.target == header;
    });
}

/// Path → its includes, of everything in src/.
using IncludeGraph = std::map<std::string, std::vector<Include>>;

/// How an include leads to an impure header: `<thread>`, or `<thread>, by way of base/log.hpp`;
/// empty where it does not.
std::string impure_way(const IncludeGraph& graph, const Include& first) {
    struct Step {
        Include include;
        std::string from;
    };
    std::set<std::string> seen;
    std::vector<Step> waiting{{first, ""}};
    while (!waiting.empty()) {
        const auto [include, from] = waiting.back();
        waiting.pop_back();
        if (!include.is_own && is_impure(include)) {
            return "<" + include.target + ">" + (from.empty() ? "" : ", by way of " + from);
        }
        const auto includes = graph.find("src/" + include.target);
        if (!include.is_own || includes == graph.end() || !seen.insert(include.target).second) {
            continue;
        }
        for (const Include& next : includes->second) {
            waiting.push_back({next, include.target});
        }
    }
    return {};
}

std::string join(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : " ") + name;
    }
    return text.empty() ? "nothing" : text;
}

/// Everything that arrows lead to from `module`, in any number of steps.
std::set<std::string> reachable(const Arrows& arrows, const std::string& module) {
    std::set<std::string> seen;
    std::vector<std::string> waiting{module};
    while (!waiting.empty()) {
        const auto targets = arrows.find(waiting.back());
        waiting.pop_back();
        for (const std::string& target :
             targets == arrows.end() ? std::set<std::string>{} : targets->second) {
            if (seen.insert(target).second) {
                waiting.push_back(target);
            }
        }
    }
    return seen;
}

} // namespace

const Arrows& allowed_arrows() {
    static const Arrows arrows{
        {"base", {}},
        {"http", {"base"}},
        {"sigv4", {"base"}},
        {"aws", {"base", "http", "sigv4"}},
        {"ledger", {"base"}},
        {"config", {"base"}},
        {"actions", {"aws", "base", "ledger"}},
        {"core", {"actions", "base", "ledger"}},
        {"queue", {"aws", "base"}},
        {"route", {"actions", "aws", "base", "core", "http"}},
        {"table", {"aws", "base", "ledger"}},
        {"sandbox", {"base", "http", "sigv4"}},
        {"worker", {"aws", "base", "config", "core", "http", "ledger", "queue", "route", "table"}},
        {"source", {"aws", "base", "config", "worker"}},
        {"lambda",
         {"aws", "base", "config", "core", "http", "ledger", "route", "source", "table", "worker"}},
        {"simulate", {"actions", "base", "core", "ledger"}},
        {"cli",
         {"actions", "aws", "base", "config", "core", "lambda", "queue", "ledger", "sandbox",
          "simulate", "source", "table", "worker"}},
    };
    return arrows;
}

std::vector<Include> find_includes(const std::string& text) {
    std::vector<Include> includes;
    int number = 0;
    for (const std::string& line : split_lines(text)) {
        ++number;
        std::istringstream in(line);
        std::string directive;
        std::string target;
        if (!(in >> directive >> target) || directive != "#include" || target.size() < 3) {
            continue;
        }
        includes.push_back({target.substr(1, target.size() - 2), target.front() == '"', number});
    }
    return includes;
}

std::string module_of(const std::string& path) {
    if (!path.starts_with("src/") || path.find('/', 4) == std::string::npos) {
        return {};
    }
    return path.substr(4, path.find('/', 4) - 4);
}

Findings check_own_includes(const TextFile& file, const Arrows& arrows) {
    Findings findings;
    const std::string module = module_of(file.path);
    if (module.empty() || !is_cpp(file.path)) {
        return findings;
    }
    const auto allowed = arrows.find(module);
    if (allowed == arrows.end()) {
        return {
            {file.path, 0, "module " + module + " is not in the table of tests/tidy/layers.cpp"}};
    }
    for (const Include& include : find_includes(file.text)) {
        const std::string target = include.target.substr(0, include.target.find('/'));
        if (include.is_own && target != module && !allowed->second.contains(target)) {
            findings.push_back(
                {file.path, include.line,
                 module + " may include " + join(allowed->second) + ", not " + include.target});
        }
    }
    return findings;
}

Findings check_beast(const TextFile& file) {
    Findings findings;
    const std::string module = module_of(file.path);
    if (module.empty() || (module == "http" && has_extension(file.path, ".cpp"))) {
        return findings;
    }
    for (const Include& include : find_includes(file.text)) {
        if (include.target.starts_with("boost/beast")) {
            findings.push_back(
                {file.path, include.line, "Beast is included in src/http/*.cpp only"});
        }
    }
    return findings;
}

Findings check_purity(const std::vector<TextFile>& tree) {
    IncludeGraph graph;
    for (const TextFile& file : tree) {
        if (!module_of(file.path).empty() && is_cpp(file.path)) {
            graph[file.path] = find_includes(file.text);
        }
    }
    Findings findings;
    for (const auto& [path, includes] : graph) {
        if (!is_pure(module_of(path))) {
            continue;
        }
        for (const Include& include : includes) {
            const std::string way = impure_way(graph, include);
            if (!way.empty()) {
                findings.push_back(
                    {path, include.line, module_of(path) + " is pure, but this includes " + way});
            }
        }
    }
    return findings;
}

Findings check_own_header_first(const std::vector<TextFile>& tree) {
    std::set<std::string> paths;
    for (const TextFile& file : tree) {
        paths.insert(file.path);
    }
    Findings findings;
    for (const TextFile& file : tree) {
        if (module_of(file.path).empty() || !has_extension(file.path, ".cpp")) {
            continue;
        }
        const std::string header = file.path.substr(0, file.path.size() - 4) + ".hpp";
        const std::vector<Include> includes = find_includes(file.text);
        const bool comes_first = !includes.empty() && "src/" + includes.front().target == header;
        if (paths.contains(header) && !comes_first) {
            findings.push_back({file.path, 1, "includes its own header first: " + header});
        }
    }
    return findings;
}

std::set<std::string> find_depends(const std::string& cmake) {
    std::string words = cmake.substr(std::min(cmake.find("exarch_library("), cmake.size()));
    words = words.substr(0, words.find(')'));
    std::istringstream in(words);
    std::set<std::string> depends;
    bool listening = false;
    for (std::string word; in >> word;) {
        if (std::ranges::none_of(word, [](char c) { return c >= 'a' && c <= 'z'; })) {
            listening = word == "DEPENDS";
        } else if (listening) {
            depends.insert(word);
        }
    }
    return depends;
}

Findings check_depends(const TextFile& cmake, const Arrows& arrows) {
    const std::string module = module_of(cmake.path);
    const auto allowed = arrows.find(module);
    if (allowed == arrows.end()) {
        return {
            {cmake.path, 0, "module " + module + " is not in the table of tests/tidy/layers.cpp"}};
    }
    const std::set<std::string> depends = find_depends(cmake.text);
    if (depends == allowed->second) {
        return {};
    }
    return {{cmake.path, 0,
             "DEPENDS names " + join(depends) + ", the table of tests/tidy/layers.cpp " +
                 join(allowed->second)}};
}

Findings check_unused_arrows(const std::vector<TextFile>& tree, const Arrows& arrows) {
    Arrows used;
    for (const TextFile& file : tree) {
        const std::string module = module_of(file.path);
        for (const Include& include :
             module.empty() ? std::vector<Include>{} : find_includes(file.text)) {
            used[module].insert(include.target.substr(0, include.target.find('/')));
        }
    }
    Findings findings;
    for (const auto& [module, targets] : used) {
        const auto allowed = arrows.find(module);
        for (const std::string& target :
             allowed == arrows.end() ? std::set<std::string>{} : allowed->second) {
            if (!targets.contains(target)) {
                findings.push_back({"src/" + module, 0,
                                    "includes nothing of " + target +
                                        ": take the arrow out of "
                                        "its DEPENDS and of tests/tidy/layers.cpp"});
            }
        }
    }
    return findings;
}

Findings check_acyclic(const Arrows& arrows) {
    Findings findings;
    for (const auto& [module, targets] : arrows) {
        if (reachable(arrows, module).contains(module)) {
            findings.push_back({"src/" + module, 0, "arrows lead from it back to itself"});
        }
    }
    return findings;
}

} // namespace exarch::tidy
