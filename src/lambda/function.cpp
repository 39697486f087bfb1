#include "lambda/function.hpp"

#include "lambda/runtime_api.hpp"
#include "lambda/settings.hpp"
#include "lambda/stateless.hpp"
#include "lambda/table/table_control.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace exarch::lambda {
namespace {

namespace asio = boost::asio;
using base::Error;
using base::ErrorKind;

class Function {
public:
    Function(FunctionSurroundings surroundings, http::Origin address)
        : surroundings_(surroundings), signals_(io_),
          api_(io_.get_executor(), surroundings.clock, surroundings.environment,
               std::move(address)) {}

    base::Status run(const base::Result<config::Config>& configuration) {
        watch_signals();
        asio::co_spawn(io_, serve(configuration),
                       [this](const std::exception_ptr& failure, base::Status ended) {
                           ended_ = std::move(ended);
                           io_.stop();
                           if (failure) {
                               std::rethrow_exception(failure);
                           }
                       });
        io_.run();
        return ended_;
    }

    /// Where something has not ended, the process does not wait for it.
    [[nodiscard]] bool is_spent() const { return handler_ != nullptr && handler_->is_spent(); }

private:
    /// Comes only where the function has an extension. An invocation under way is answered first:
    /// Lambda sends it when there is none.
    void watch_signals() {
        signals_.add(SIGTERM);
        signals_.add(SIGINT);
        signals_.async_wait([this](const boost::system::error_code& error, int) {
            if (error) {
                return;
            }
            is_ending_ = true;
            if (!is_serving_) {
                io_.stop();
            }
        });
    }

    base::Status open(const base::Result<config::Config>& configuration) {
        EXARCH_TRY(const config::Config config, configuration);
        EXARCH_TRY(const FunctionSettings settings,
                   read_function_settings(surroundings_.environment, config));
        const ControlParts parts{io_.get_executor(), surroundings_.clock, surroundings_.environment,
                                 surroundings_.entropy, surroundings_.log};
        if (!config.ledger_table.empty()) {
            EXARCH_TRY(handler_, TableControl::open(parts, config, settings.ticks));
            return {};
        }
        EXARCH_TRY(handler_, StatelessControl::open(parts, share_of(config, settings.instances)));
        return {};
    }

    asio::awaitable<base::Status> serve(const base::Result<config::Config>& configuration) {
        const base::Status opened = open(configuration);
        if (!opened.has_value()) {
            // Lambda's own log shows no more than the error's type.
            surroundings_.log.error("{}", opened.error().message());
            FunctionError error = function_error(opened.error());
            const base::Status told = co_await api_.fail_init(std::move(error));
            if (!told.has_value()) {
                surroundings_.log.error("{}", told.error().message());
            }
            co_return opened;
        }
        while (!is_ending_ && !handler_->is_spent()) {
            EXARCH_CO_TRY(Invocation invocation, co_await api_.next());
            is_serving_ = true;
            EXARCH_CO_CHECK(co_await serve_one(std::move(invocation)));
            is_serving_ = false;
        }
        co_return base::Status();
    }

    asio::awaitable<base::Status> serve_one(Invocation invocation) {
        const base::RequestId id = invocation.request_id;
        surroundings_.log.set_context(context_of(invocation));
        base::set_in_process("_X_AMZN_TRACE_ID", invocation.trace_id);
        base::Result<std::string> answer = co_await handler_->handle(std::move(invocation));
        const bool has_answer = answer.has_value();
        base::Status told;
        if (has_answer) {
            told = co_await api_.respond(id, *std::move(answer));
        } else {
            surroundings_.log.error("{}", answer.error().message());
            FunctionError error = function_error(answer.error());
            told = co_await api_.fail(id, std::move(error));
        }
        if (!told.has_value() && told.error().kind() == ErrorKind::invalid && has_answer) {
            surroundings_.log.error("{}", told.error().message());
            FunctionError error{"Exarch.AnswerTooLarge", told.error().message()};
            told = co_await api_.fail(id, std::move(error));
        }
        if (!told.has_value() && told.error().kind() != ErrorKind::system) {
            // It came too late, or the API knows better: that is this invocation's end only.
            surroundings_.log.error("{}", told.error().message());
            told = base::Status();
        }
        surroundings_.log.set_context({});
        co_return told;
    }

    static base::Log::Context context_of(const Invocation& invocation) {
        base::Log::Context context{{"requestId", invocation.request_id.value()}};
        if (!invocation.trace_id.empty()) {
            context.emplace_back("traceId", invocation.trace_id);
        }
        return context;
    }

    FunctionSurroundings surroundings_;
    asio::io_context io_{1};
    asio::signal_set signals_;
    RuntimeApi api_;
    std::unique_ptr<Handler> handler_;
    bool is_serving_ = false;
    bool is_ending_ = false;
    base::Status ended_;
};

} // namespace

base::Status run(const base::Result<config::Config>& configuration,
                 FunctionSurroundings surroundings) {
    EXARCH_TRY(http::Origin address, RuntimeApi::find_address(surroundings.environment));
    auto function = std::make_unique<Function>(surroundings, std::move(address));
    base::Status ended = function->run(configuration);
    if (function->is_spent()) {
        [[maybe_unused]] const Function* const left_behind = function.release();
    }
    return ended;
}

} // namespace exarch::lambda
