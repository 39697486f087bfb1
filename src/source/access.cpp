#include "source/access.hpp"

#include "base/assert.hpp"
#include "worker/cloud.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <exception>
#include <string>
#include <utility>

namespace exarch::source {
namespace {

namespace asio = boost::asio;
using aws::Outcome;
using base::Error;
using base::ErrorKind;

bool is_without_effect(aws::Remedy remedy) {
    return remedy == aws::Remedy::retry || remedy == aws::Remedy::slow_down ||
           remedy == aws::Remedy::renew_credentials || remedy == aws::Remedy::correct_clock;
}

base::Result<std::unique_ptr<Store>> open_store(const Place& place, worker::Cloud& cloud) {
    const bool is_parameter = place.kind == Place::Kind::parameter;
    EXARCH_TRY(aws::Endpoint endpoint, cloud.endpoint(is_parameter ? "ssm" : "dynamodb",
                                                      region_of(place).value_or(cloud.region())));
    EXARCH_CHECK(cloud.check_way(endpoint));
    std::unique_ptr<Store> store;
    if (is_parameter) {
        store = std::make_unique<ParameterStore>(
            aws::Ssm(cloud.caller(), cloud.credentials(), std::move(endpoint)), place.name);
    } else {
        store = std::make_unique<TableStore>(aws::DynamoDb(cloud.caller(), cloud.credentials(),
                                                           std::move(endpoint),
                                                           aws::TableName(place.name)),
                                             place.item);
    }
    return store;
}

class CloudAccess final : public Access {
public:
    CloudAccess(Place place, base::Duration patience)
        : place_(std::move(place)), patience_(patience) {}

    base::Status open(Surroundings surroundings) {
        EXARCH_TRY(cloud_, worker::Cloud::open(io_.get_executor(), surroundings.clock,
                                               surroundings.environment, {}));
        // An attempt that hangs leaves time for another.
        cloud_->caller().limit({.longest = patience_ / 2});
        EXARCH_TRY(store_, open_store(place_, *cloud_));
        return {};
    }

    base::Result<std::optional<Kept>> read() override {
        Outcome<std::optional<Kept>> kept = run(read_patiently());
        if (!kept.has_value()) {
            return std::unexpected(explain(kept.error(), store_->read_action()));
        }
        return *std::move(kept);
    }

    base::Status check(const Push& push) const override {
        EXARCH_ASSERT(!place_.version.has_value());
        if (push.text.size() > store_->bytes_max()) {
            return std::unexpected(
                Error(ErrorKind::invalid,
                      fmt::format("{}: {} bytes are too many: it holds {}{}", format(place_),
                                  push.text.size(), store_->bytes_max(),
                                  place_.kind == Place::Kind::parameter
                                      ? ", and a table 399 KB, like dynamodb:exarch#config"
                                      : "")));
        }
        if (push.before && !push.before->is_writable) {
            return std::unexpected(
                Error(ErrorKind::invalid,
                      fmt::format("{}: only a parameter of the type String can be pushed to, or it "
                                  "would not keep its type and key; a configuration has no secrets",
                                  format(place_))));
        }
        return {};
    }

    base::Result<Pushed> write(const Push& push) override {
        EXARCH_CHECK(check(push));
        const Outcome<Pushed> pushed = run(write_patiently(push));
        if (!pushed.has_value()) {
            return std::unexpected(explain(pushed.error(), store_->write_action()));
        }
        return *pushed;
    }

private:
    asio::awaitable<Outcome<std::optional<Kept>>> read_patiently() {
        co_await asio::this_coro::throw_if_cancelled(false);
        Outcome<std::optional<Kept>> kept = co_await store_->read(place_.version);
        for (int tries = 1; !kept.has_value() && co_await may_try_again(kept.error(), tries);
             ++tries) {
            kept = co_await store_->read(place_.version);
        }
        co_return kept;
    }

    asio::awaitable<Outcome<Pushed>> write_patiently(Push push) {
        co_await asio::this_coro::throw_if_cancelled(false);
        Outcome<Pushed> pushed = co_await store_->write(push);
        for (int tries = 1; !pushed.has_value() && co_await may_try_again(pushed.error(), tries);
             ++tries) {
            pushed = co_await store_->write(push);
        }
        co_return pushed;
    }

    /// Waits for the next try's time, where there is to be one.
    asio::awaitable<bool> may_try_again(aws::Failure failure, int tries) {
        constexpr int tries_max = 3;
        constexpr std::chrono::milliseconds pause(200);
        if (!is_without_effect(failure.remedy) || tries >= tries_max) {
            co_return false;
        }
        asio::steady_timer timer(io_, pause * tries);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        co_return !is_late_;
    }

    template <class T>
    Outcome<T> run(asio::awaitable<Outcome<T>> work) {
        std::optional<Outcome<T>> result;
        is_late_ = false;
        asio::steady_timer deadline(io_, patience_);
        deadline.async_wait([this](const boost::system::error_code& error) {
            if (!error) {
                is_late_ = true;
                stop_.emit(asio::cancellation_type::terminal);
            }
        });
        const auto finish = [&](const std::exception_ptr& failure, Outcome<T> outcome) {
            if (failure != nullptr) {
                std::rethrow_exception(failure);
            }
            result = std::move(outcome);
            // What is left on the executor then is connections that idle.
            io_.stop();
        };
        asio::co_spawn(io_, std::move(work), asio::bind_cancellation_slot(stop_.slot(), finish));
        io_.restart();
        io_.run();
        return *std::move(result);
    }

    [[nodiscard]] Error explain(const aws::Failure& failure, const std::string& action) const {
        const std::string resource =
            arn_of(place_, {.partition = std::string(cloud_->partition().name),
                            .region = cloud_->region()});
        const std::string what = fmt::format("{}: {} on {}", format(place_), action, resource);
        if (is_late_) {
            return Error(ErrorKind::unreachable, fmt::format("{}: no answer within {}", what,
                                                             base::format_for_people(patience_)));
        }
        const Error error = aws::to_error(failure, what);
        return Error(error.kind(), error.message() + mend(failure, action));
    }

    [[nodiscard]] std::string mend(const aws::Failure& failure, const std::string& action) const {
        const bool is_refused = failure.remedy == aws::Remedy::denied && failure.http_status != 0;
        if (is_refused && action == store_->read_action()) {
            return fmt::format("; `exarch policy function --source {}` prints what allows it",
                               format(place_));
        }
        return failure.remedy == aws::Remedy::outcome_unknown
                   ? "; it may be there all the same: the same push again tells"
                   : "";
    }

    Place place_;
    base::Duration patience_;
    asio::io_context io_{1};
    asio::cancellation_signal stop_;
    std::unique_ptr<worker::Cloud> cloud_;
    std::unique_ptr<Store> store_;
    bool is_late_ = false;
};

} // namespace

base::Result<std::unique_ptr<Access>> Access::open(const Place& place, Surroundings surroundings) {
    EXARCH_ASSERT(place.kind != Place::Kind::file);
    auto access = std::make_unique<CloudAccess>(place, surroundings.patience);
    if (const base::Status opened = access->open(surroundings); !opened.has_value()) {
        return std::unexpected(opened.error().within(format(place)));
    }
    return access;
}

} // namespace exarch::source
