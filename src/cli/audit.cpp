#include "cli/audit/audit_list.hpp"
#include "cli/audit/ending_query.hpp"
#include "cli/ledger/ledger_reader.hpp"
#include "cli/status/status_json.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/terminal/spool.hpp"
#include "cli/verbs.hpp"
#include "source/load.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <utility>
#include <variant>
#include <vector>

namespace exarch::cli {
namespace {

// Rows that share the widths of their columns.
constexpr std::size_t page_rows = 1000;

// Takes endings as they come, and prints them when all are there.
class EndingPrinter {
public:
    EndingPrinter(OutputFormat output, std::int64_t limit, Terminal& terminal)
        : output_(output), limit_(limit), terminal_(terminal) {}

    // False where there is one more than are wanted, or no place for it.
    bool take(const ledger::EndedOperation& ended) {
        if (limit_ > 0 && count_ == limit_) {
            is_cut_ = true;
            return false;
        }
        ++count_;
        page_.push_back(ended);
        if (page_.size() == page_rows) {
            end_page();
        }
        return kept_.has_value();
    }

    // Also where not all could be read.
    base::Status print() {
        end_page();
        EXARCH_CHECK(kept_);
        return spool_.print(terminal_);
    }

    void tell_of_the_rest() {
        if (is_cut_) {
            terminal_.error(fmt::format("exarch: these are the latest {}; --limit 0 lists all, "
                                        "--since, --task and the like choose\n",
                                        with_commas(count_)));
        } else if (count_ == 0) {
            terminal_.error("exarch: nothing of that has ended\n");
        }
    }

private:
    void end_page() {
        std::string text;
        if (output_ == OutputFormat::json) {
            for (const ledger::EndedOperation& ended : page_) {
                text += boost::json::serialize(to_json(ended)) + "\n";
            }
        } else {
            text = render_endings(page_, {terminal_.out_has_colour(), 0});
        }
        page_.clear();
        if (kept_.has_value()) {
            kept_ = spool_.add(text);
        }
    }

    OutputFormat output_;
    std::int64_t limit_;
    Terminal& terminal_;
    std::int64_t count_ = 0;
    bool is_cut_ = false;
    std::vector<ledger::EndedOperation> page_;
    Spool spool_;
    base::Status kept_;
};

std::optional<base::Timestamp> since_of(const AuditOptions& options, base::Timestamp now) {
    if (const auto* moment = std::get_if<base::Timestamp>(&options.since)) {
        return *moment;
    }
    if (const auto* ago = std::get_if<base::Duration>(&options.since)) {
        return now - std::chrono::floor<std::chrono::milliseconds>(*ago);
    }
    return std::nullopt;
}

base::Status list(const AuditOptions& options, OutputFormat output, ledger::Reporter& reporter,
                  Surroundings surroundings) {
    EXARCH_TRY(ledger::EndingQuery query, query_of(reporter, options.selection));
    query.states = options.states;
    query.since = since_of(options, surroundings.clock.now().wall);
    EndingPrinter printer(output, options.limit, surroundings.terminal);
    const base::Status read = reporter.endings(
        query, [&](const ledger::EndedOperation& ended) { return printer.take(ended); });
    EXARCH_CHECK(printer.print());
    EXARCH_CHECK(read);
    printer.tell_of_the_rest();
    return {};
}

} // namespace

ExitCode run_audit(const CommonOptions& common, const AuditOptions& options,
                   Surroundings surroundings) {
    config::LoadRequest request{.file = common.config_file, .queue_required = false};
    if (!options.ledger.empty()) {
        request.flags.push_back(config::Flag{"--ledger", {"ledger"}, options.ledger});
    }
    const auto config = source::load(request, {surroundings.environment, surroundings.clock});
    if (!config.has_value()) {
        return complain_of_configuration(surroundings.terminal, config.error());
    }
    const auto reader = LedgerReader::open(*config, surroundings);
    if (!reader.has_value()) {
        return complain(surroundings.terminal, reader.error());
    }
    const base::Status listed = list(options, common.output, (*reader)->reporter(), surroundings);
    return listed.has_value() ? ExitCode::done : complain(surroundings.terminal, listed.error());
}

} // namespace exarch::cli
