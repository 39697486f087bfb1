#include "cli/run.hpp"

#include "cli/command_line.hpp"
#include "cli/verbs.hpp"

#include <variant>

namespace exarch::cli {
namespace {

class VerbRunner {
public:
    VerbRunner(const CommonOptions& common, Surroundings surroundings)
        : common_(common), surroundings_(surroundings) {}

    ExitCode operator()(const WorkerOptions& options) const {
        return run_worker(common_, options, surroundings_);
    }
    ExitCode operator()(const StatusOptions& options) const {
        return run_status(common_, options, surroundings_);
    }
    ExitCode operator()(const SubmitOptions& options) const {
        return run_submit(common_, options, surroundings_);
    }
    ExitCode operator()(const RedriveOptions& options) const {
        return run_redrive(common_, options, surroundings_);
    }
    ExitCode operator()(const AuditOptions& options) const {
        return run_audit(common_, options, surroundings_);
    }
    ExitCode operator()(const PlanOptions& options) const {
        return run_plan(common_, options, surroundings_);
    }
    ExitCode operator()(const DoctorOptions& options) const {
        return run_doctor(common_, options, surroundings_);
    }
    ExitCode operator()(const PolicyOptions& options) const {
        return run_policy(common_, options, surroundings_);
    }
    ExitCode operator()(const ConfigOptions& options) const {
        return run_config(common_, options, surroundings_);
    }
    ExitCode operator()(const SandboxOptions& options) const {
        return run_sandbox(common_, options, surroundings_);
    }
    ExitCode operator()(const SimulateOptions& options) const {
        return run_simulate(common_, options, surroundings_);
    }
    ExitCode operator()(const LambdaOptions& options) const {
        return run_lambda(common_, options, surroundings_);
    }
    ExitCode operator()(const CompletionOptions& options) const {
        surroundings_.terminal.out(completion_script(options.shell.value()));
        return ExitCode::done;
    }

private:
    const CommonOptions& common_;
    Surroundings surroundings_;
};

} // namespace

ExitCode run(std::span<const std::string> arguments, Surroundings surroundings) {
    const auto parsed = parse_command_line(arguments);
    if (!parsed.has_value()) {
        const EarlyEnd& end = parsed.error();
        if (end.exit_code == ExitCode::done) {
            surroundings.terminal.out(end.text);
        } else {
            surroundings.terminal.error(end.text);
        }
        return end.exit_code;
    }
    return std::visit(VerbRunner(parsed->common, surroundings), parsed->verb);
}

} // namespace exarch::cli
