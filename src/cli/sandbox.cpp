#include "sandbox/sandbox.hpp"

#include "base/environment.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/verbs.hpp"
#include "config/value.hpp"
#include "sandbox/control/example.hpp"
#include "sandbox/functions/process_host.hpp"
#include "sandbox/journal.hpp"
#include "sandbox/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

namespace exarch::cli {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

/// Another one at each start: who goes on with an old ledger would meet message ids again, and the
/// new messages would be taken for old ones.
std::uint64_t random_seed() {
    base::SystemEntropy entropy;
    return std::stoul(entropy.hex(4), nullptr, 16);
}

base::Result<sandbox::SandboxParams> params_of(const SandboxOptions& options) {
    sandbox::SandboxParams params;
    params.seed = options.seed ? *options.seed : random_seed();
    params.cloudfront.complete_after = options.complete_after;
    EXARCH_TRY(params.cloudfront.references, sandbox::parse_reference_mode(options.references));
    EXARCH_TRY(params.latency, sandbox::parse_latency(options.latency));
    for (const std::string& text : options.quotas) {
        EXARCH_TRY(auto quota, sandbox::parse_quota(text));
        params.quotas.insert_or_assign(std::move(quota.first), quota.second);
    }
    for (const std::string& text : options.faults) {
        EXARCH_CHECK(sandbox::add_fault(params, text));
    }
    return params;
}

json::object to_json(const sigv4::Credentials& keys) {
    return {{"access_key_id", keys.access_key_id.value()},
            {"secret_access_key", keys.secret_access_key.reveal()}};
}

/// What a client needs to know, in one line.
std::string render_json(const std::string& address,
                        const std::optional<sandbox::Example>& example) {
    json::object ready{{"address", address}};
    if (example) {
        json::array accounts;
        for (const sandbox::AccountPlan& plan : example->accounts) {
            if (plan.distributions.empty()) {
                continue;
            }
            json::array distributions;
            for (const std::string& id : plan.distributions) {
                distributions.emplace_back(id);
            }
            accounts.push_back(json::object{{"account", plan.account.value()},
                                            {"administrator", to_json(plan.users.front().key)},
                                            {"distributions", std::move(distributions)}});
        }
        ready["region"] = sandbox::example_region;
        ready["queue_url"] =
            fmt::format("{}/{}/{}", address, sandbox::example_controller, sandbox::example_queue);
        ready["administrator"] = to_json(example->accounts.front().users.back().key);
        ready["controller"] = to_json(example->controller);
        ready["producer"] = to_json(example->producer);
        ready["accounts"] = std::move(accounts);
    }
    return json::serialize(ready) + "\n";
}

/// The address, and with the example the lines to paste into a shell.
std::string render_text(const std::string& address,
                        const std::optional<sandbox::Example>& example) {
    std::string text = fmt::format("sandbox at {}\n", address);
    if (!example) {
        return text;
    }
    for (const sandbox::AccountPlan& plan : example->accounts) {
        if (!plan.distributions.empty()) {
            fmt::format_to(std::back_inserter(text), "  {} has {}\n", plan.account.value(),
                           fmt::join(plan.distributions, ", "));
        }
    }
    fmt::format_to(
        std::back_inserter(text),
        "\nPaste this into another shell:\n\n"
        "export AWS_ENDPOINT_URL={0}\n"
        "export AWS_REGION={1} AWS_DEFAULT_REGION={1}\n"
        "export AWS_ACCESS_KEY_ID={2}\n"
        "export AWS_SECRET_ACCESS_KEY={3}\n"
        "export EXARCH_QUEUE={0}/{4}/{5}\n\n"
        "An administrator of an account has the keys AKIA<account>ADMN and\n"
        "administrator/of/<account>/EXAMPLEKEY. `aws sqs` of the aws command's version 1\n"
        "asks AWS itself unless it is given --endpoint-url \"$AWS_ENDPOINT_URL\".\n",
        address, sandbox::example_region, example->controller.access_key_id.value(),
        example->controller.secret_access_key.reveal(), sandbox::example_controller,
        sandbox::example_queue);
    return text;
}

/// Functions are programs of whoever has keys, and keys of sandboxes are no secrets.
base::Status check_functions(const SandboxOptions& options, const config::ListenAddress& listen) {
    const auto wrong = [](std::string text) {
        return std::unexpected(base::Error(base::ErrorKind::invalid, std::move(text)));
    };
    if (options.functions && !options.data.empty()) {
        return wrong("--functions and --data exclude each other: what functions do can't be "
                     "repeated from a file; leave one of them out");
    }
    boost::system::error_code error;
    const auto address = asio::ip::make_address(listen.address, error);
    if (options.functions && (error || !address.is_loopback())) {
        return wrong(fmt::format("--listen {}: with --functions, whoever reaches the sandbox can "
                                 "run programs here; listen at 127.0.0.1 or ::1",
                                 options.listen));
    }
    return {};
}

/// A sandbox that goes on from its file, where it has one, and keeps that.
class Kept {
public:
    base::Status start(sandbox::SandboxParams params, const SandboxOptions& options,
                       base::Moment now) {
        base::Moment started = now;
        const auto& queues = params.sqs.faults;
        if (!options.data.empty()) {
            EXARCH_TRY(sandbox::Journal opened,
                       sandbox::Journal::open(options.data,
                                              {.seed = params.seed,
                                               .has_example = options.example,
                                               .references = options.references,
                                               .complete_after = options.complete_after,
                                               .duplicate = queues.duplicate_probability,
                                               .disorder = queues.disorder_probability,
                                               .started = now.wall},
                                              options.seed));
            journal_.emplace(std::move(opened));
            params.seed = journal_->head().seed;
            started.wall = std::min(journal_->head().started, now.wall);
            started.steady -= now.wall - started.wall;
        }
        sandbox_.emplace(std::move(params), started);
        return journal_ ? sandbox_->repeat(journal_->take_deeds(), now) : base::Status();
    }

    /// From now on; `on_failure` is called where the file can't be written.
    void keep(std::function<void(const base::Error&)> on_failure) {
        if (!journal_) {
            return;
        }
        sandbox_->set_witness([this,
                               on_failure = std::move(on_failure)](const sandbox::Deed& deed) {
            const bool is_reset = deed.request.target == "/_sandbox/reset";
            const base::Status kept = is_reset ? journal_->restart(deed.done) : journal_->add(deed);
            if (!kept.has_value()) {
                on_failure(kept.error());
            }
        });
    }

    sandbox::Sandbox& sandbox() { return *sandbox_; }

private:
    std::optional<sandbox::Journal> journal_;
    std::optional<sandbox::Sandbox> sandbox_;
};

} // namespace

ExitCode run_sandbox(const CommonOptions& common, const SandboxOptions& options,
                     Surroundings surroundings) {
    Terminal& terminal = surroundings.terminal;
    terminal.outlive_readers();
    auto params = params_of(options);
    const auto listen = config::parse_listen_address(options.listen);
    if (!params.has_value() || !listen.has_value()) {
        return complain(terminal, params.has_value() ? listen.error() : params.error());
    }
    if (const auto allowed = check_functions(options, *listen); !allowed.has_value()) {
        return complain(terminal, allowed.error());
    }
    std::optional<sandbox::Example> example;
    if (options.example) {
        example = sandbox::make_example();
        params->accounts = example->accounts;
    }
    asio::io_context io(1);
    std::optional<sandbox::functions::ProcessHost> host;
    if (options.functions) {
        params->functions = &host.emplace(io.get_executor(), surroundings.clock);
    }
    Kept kept;
    if (const auto started = kept.start(std::move(*params), options, surroundings.clock.now());
        !started.has_value()) {
        return complain(terminal, started.error());
    }
    ExitCode code = ExitCode::done;
    kept.keep([&](const base::Error& error) {
        code = complain(terminal, error);
        io.stop();
    });
    using sandbox::SandboxServer;
    const auto server = SandboxServer::listen(
        io.get_executor(),
        {.address = listen->address,
         .port = listen->port,
         .body_bytes_max =
             options.functions ? SandboxServer::code_bytes_max : SandboxServer::message_bytes_max},
        kept.sandbox(), surroundings.clock);
    if (!server.has_value()) {
        return complain(terminal, server.error());
    }
    const std::string address = "http://" + config::format({listen->address, (*server)->port()});
    if (host) {
        host->attach({.fleet = [&] { return kept.sandbox().fleet(); },
                      .on_change = [&] { (*server)->advance(); },
                      .endpoint_url = address});
    }
    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
    terminal.out(common.output == OutputFormat::json ? render_json(address, example)
                                                     : render_text(address, example));
    io.run();
    return code;
}

} // namespace exarch::cli
