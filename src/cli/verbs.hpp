#pragma once

#include "cli/command_line.hpp"
#include "cli/exit_code.hpp"
#include "cli/surroundings.hpp"

namespace exarch::cli {

// Each verb reads the configuration it needs, prints its results and, where it fails, one line
// that says what is wrong, where, and what would mend it.

[[nodiscard]] ExitCode run_worker(const CommonOptions& common, const WorkerOptions& options,
                                  Surroundings surroundings);
[[nodiscard]] ExitCode run_status(const CommonOptions& common, const StatusOptions& options,
                                  Surroundings surroundings);
[[nodiscard]] ExitCode run_submit(const CommonOptions& common, const SubmitOptions& options,
                                  Surroundings surroundings);
[[nodiscard]] ExitCode run_redrive(const CommonOptions& common, const RedriveOptions& options,
                                   Surroundings surroundings);
[[nodiscard]] ExitCode run_audit(const CommonOptions& common, const AuditOptions& options,
                                 Surroundings surroundings);
[[nodiscard]] ExitCode run_plan(const CommonOptions& common, const PlanOptions& options,
                                Surroundings surroundings);
[[nodiscard]] ExitCode run_doctor(const CommonOptions& common, const DoctorOptions& options,
                                  Surroundings surroundings);
[[nodiscard]] ExitCode run_policy(const CommonOptions& common, const PolicyOptions& options,
                                  Surroundings surroundings);
[[nodiscard]] ExitCode run_config(const CommonOptions& common, const ConfigOptions& options,
                                  Surroundings surroundings);
[[nodiscard]] ExitCode run_sandbox(const CommonOptions& common, const SandboxOptions& options,
                                   Surroundings surroundings);
[[nodiscard]] ExitCode run_simulate(const CommonOptions& common, const SimulateOptions& options,
                                    Surroundings surroundings);
[[nodiscard]] ExitCode run_lambda(const CommonOptions& common, const LambdaOptions& options,
                                  Surroundings surroundings);

} // namespace exarch::cli
