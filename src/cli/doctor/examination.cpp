#include "cli/doctor/examination.hpp"

#include "aws/cloudfront.hpp"
#include "aws/credentials/static_provider.hpp"
#include "cli/doctor/credential_checks.hpp"
#include "cli/doctor/function_checks.hpp"
#include "cli/doctor/local_checks.hpp"
#include "cli/doctor/mapping_checks.hpp"
#include "cli/doctor/queue_checks.hpp"
#include "cli/doctor/role_checks.hpp"
#include "cli/doctor/table_checks.hpp"
#include "queue/dead_letters.hpp"
#include "table/items/keys.hpp"
#include "table/numbered_query.hpp"
#include "table/table_check.hpp"
#include "worker/cloud.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace exarch::cli {
namespace {

namespace asio = boost::asio;

/// No id that CloudFront has ever given to anything.
constexpr std::string_view nothing = "EXARCHDOCTOR";

template <class T>
Attempt attempt_of(const aws::Outcome<T>& outcome) {
    return outcome.has_value() ? Attempt() : Attempt(outcome.error());
}

/// Where a service is asked; empty where that is AWS's own address.
std::string url_where_special(const aws::Endpoint& asked, std::string_view service,
                              const base::Region& region) {
    return asked.origin == aws::public_endpoint(service, region).origin
               ? ""
               : fmt::format("{}://{}{}", asked.origin.tls ? "https" : "http",
                             asked.origin.authority(), asked.path_prefix);
}

bool is_throttled(const Attempt& attempt) {
    return attempt && attempt->remedy == aws::Remedy::slow_down;
}

class Examination {
public:
    Examination(const ExaminationScope& scope, const base::Environment& environment,
                const base::Clock& clock)
        : scope_(scope), environment_(environment), clock_(clock), io_(1) {}

    base::Result<Findings> run() {
        EXARCH_TRY(cloud_, worker::Cloud::open(io_.get_executor(), clock_, environment_,
                                               scope_.config.queues.front()));
        EXARCH_TRY(sts_, cloud_->sts());
        EXARCH_TRY(cloudfront_, cloud_->endpoint("cloudfront", cloud_->region()));
        for (const std::string& url : scope_.config.queues) {
            EXARCH_TRY(queues_.emplace_back(), cloud_->sqs(url));
        }
        if (!scope_.config.ledger_table.empty()) {
            EXARCH_CHECK(open_table());
        }
        if (!scope_.function.empty()) {
            EXARCH_CHECK(open_lambda());
        }
        asio::co_spawn(io_, everything(), [this](const std::exception_ptr& failure) {
            if (failure != nullptr) {
                std::rethrow_exception(failure);
            }
            io_.stop();
        });
        io_.run();
        return std::move(findings_);
    }

private:
    base::Status open_table() {
        EXARCH_TRY(table_endpoint_, cloud_->endpoint("dynamodb", cloud_->region()));
        EXARCH_TRY(dynamodb_, cloud_->dynamodb(scope_.config.ledger_table));
        return {};
    }

    /// A function is where its queue is.
    base::Status open_lambda() {
        const base::Region region =
            aws::region_of(aws::QueueUrl(scope_.config.queues.front())).value_or(cloud_->region());
        EXARCH_TRY(aws::Endpoint endpoint, cloud_->endpoint("lambda", region));
        EXARCH_CHECK(cloud_->check_way(endpoint));
        lambda_ = std::make_unique<aws::Lambda>(cloud_->caller(), cloud_->credentials(),
                                                std::move(endpoint));
        return {};
    }

    void add(Findings findings) { std::ranges::move(findings, std::back_inserter(findings_)); }

    asio::awaitable<void> everything() {
        const auto identity = co_await sts_->get_caller_identity(cloud_->credentials());
        add(check_identity({identity, sts_->endpoint(), environment_, scope_.exarch}));
        if (!identity.has_value()) {
            // Everything else would say the same, once for each queue and account.
            co_return;
        }
        mends_ = {.exarch = scope_.exarch,
                  .region = cloud_->region(),
                  .principal = Principal(identity->arn)};
        add(check_clock(cloud_->caller().clock_correction(sts_host())));
        for (std::size_t i = 0; i < queues_.size(); ++i) {
            co_await examine_queue(aws::QueueUrl(scope_.config.queues[i]), *queues_[i]);
        }
        if (dynamodb_ != nullptr) {
            co_await examine_table();
        }
        if (lambda_ != nullptr) {
            co_await examine_function();
        } else if (dynamodb_ != nullptr) {
            add(check_unnamed_function(scope_.config.ledger_table, mends_));
        }
        std::size_t looked_at = 0;
        for (const auto& [account, distribution] : scope_.accounts) {
            co_await examine_role(account, distribution);
            scope_.on_progress(++looked_at);
        }
    }

    asio::awaitable<void> examine_queue(aws::QueueUrl url, const aws::Sqs& sqs) {
        const std::string no_message = "exarch-doctor";
        QueueProbe probe{.url = url,
                         .region = aws::region_of(url).value_or(cloud_->region()),
                         .endpoint_url = {},
                         .attributes = {},
                         .deletion = {},
                         .change = {}};
        probe.endpoint_url = url_where_special(sqs.endpoint(), "sqs", probe.region);
        probe.attributes = co_await sqs.get_queue_attributes(url);
        if (probe.attributes.has_value()) {
            std::vector<std::string> handles{no_message};
            probe.deletion = co_await sqs.delete_batch(url, std::move(handles));
            std::vector<aws::VisibilityChange> changes{{.receipt_handle = no_message}};
            probe.change = co_await sqs.change_visibility_batch(url, std::move(changes));
            const auto dead_letters = queue::dead_letter_queue_of(url, *probe.attributes);
            if (dead_letters.has_value() && dead_letters->has_value()) {
                aws::QueueUrl theirs = (*dead_letters)->url;
                probe.dead_letters = co_await sqs.get_queue_attributes(std::move(theirs));
            }
        }
        add(check_queue(probe, mends_));
        seen_.push_back(std::move(probe));
    }

    asio::awaitable<void> examine_table() {
        TableProbe probe{.name = scope_.config.ledger_table,
                         .region = cloud_->region(),
                         .endpoint_url =
                             url_where_special(table_endpoint_, "dynamodb", cloud_->region()),
                         .description = {}};
        probe.description = co_await dynamodb_->describe();
        if (probe.description.has_value() &&
            table::check_table(*probe.description, probe.name).has_value()) {
            probe.rights = co_await try_table();
            probe.insertion = co_await try_insertion();
            probe.time_to_live = co_await dynamodb_->describe_time_to_live();
        }
        add(check_table(probe, mends_));
    }

    /// There is no such account, and there will be no such items.
    asio::awaitable<std::vector<TableProbe::Right>> try_table() {
        std::vector<TableProbe::Right> rights;
        const base::AccountId nobody("exarch-doctor");
        const aws::Item key = table::lease_key(nobody);
        const auto got = co_await dynamodb_->get(key);
        rights.push_back({.action = "dynamodb:GetItem", .attempt = attempt_of(got)});
        aws::Query query = table::numbered_query(nobody, table::Numbered::batch, 1);
        const auto found = co_await dynamodb_->query(std::move(query));
        rights.push_back({.action = "dynamodb:Query", .attempt = attempt_of(found)});
        aws::Query index = table::logs_query();
        index.limit = 1;
        const auto listed = co_await dynamodb_->query(std::move(index));
        rights.push_back(
            {.action = "dynamodb:Query", .is_of_index = true, .attempt = attempt_of(listed)});
        aws::PutItem put{.item = key, .condition = table::if_absent()};
        put.condition.text = "attribute_exists(#pk)";
        const auto written = co_await dynamodb_->put(std::move(put));
        rights.push_back({.action = "dynamodb:PutItem", .attempt = attempt_of(written)});
        aws::UpdateItem update{.key = key,
                               .update = {.text = "SET #due = :due",
                                          .names = {{"#due", "due"}, {"#pk", "pk"}},
                                          .values = {{":due", aws::AttributeValue("")}}},
                               .condition = "attribute_exists(#pk)"};
        const auto updated = co_await dynamodb_->update(std::move(update));
        rights.push_back({.action = "dynamodb:UpdateItem", .attempt = attempt_of(updated)});
        co_return rights;
    }

    /// Of an item without a partition key, which no table takes.
    asio::awaitable<Attempt> try_insertion() {
        aws::Item item = table::lease_key(base::AccountId("exarch-doctor"));
        item.erase(std::string(table::partition_attribute));
        std::vector<aws::Item> items{std::move(item)};
        constexpr base::Duration longest = std::chrono::seconds(10);
        const auto inserted = co_await dynamodb_->insert(std::move(items), longest);
        co_return attempt_of(inserted);
    }

    asio::awaitable<void> examine_function() {
        const base::Region& region = lambda_->endpoint().signing_region;
        FunctionProbe probe{.name = scope_.function,
                            .region = region,
                            .endpoint_url =
                                url_where_special(lambda_->endpoint(), "lambda", region),
                            .has_table = !scope_.config.ledger_table.empty(),
                            .loop = {},
                            .configuration = {}};
        probe.loop = co_await lambda_->get_recursion_config(scope_.function);
        probe.configuration = co_await lambda_->get_configuration(scope_.function);
        add(check_function(probe, mends_));
        if (probe.configuration.has_value()) {
            if (!mends_.principal.acts_as(probe.configuration->role)) {
                mends_.function_role = probe.configuration->role;
            }
            const QueueReader reader{.name = probe.name, .timeout = probe.configuration->timeout};
            for (const QueueProbe& queue : seen_) {
                add(check_visibility(queue, reader, mends_));
            }
            probe.mappings = co_await list_mappings();
            probe.queue_arns = queue_arns();
            add(check_mappings(probe, mends_));
        }
    }

    [[nodiscard]] std::vector<std::string> queue_arns() const {
        std::vector<std::string> arns;
        for (const QueueProbe& queue : seen_) {
            if (queue.attributes.has_value() && queue.attributes->contains("QueueArn")) {
                arns.push_back(queue.attributes->at("QueueArn"));
            }
        }
        return arns;
    }

    asio::awaitable<aws::Outcome<std::vector<aws::EventSourceMapping>>> list_mappings() {
        constexpr int pages_max = 100;
        std::vector<aws::EventSourceMapping> mappings;
        std::string marker;
        for (int pages = 0; pages < pages_max; ++pages) {
            auto page = co_await lambda_->list_event_source_mappings(scope_.function, marker);
            if (!page.has_value()) {
                co_return std::unexpected(page.error());
            }
            std::ranges::move(page->mappings, std::back_inserter(mappings));
            marker = std::move(page->next_marker);
            if (marker.empty()) {
                break;
            }
        }
        co_return mappings;
    }

    asio::awaitable<void> examine_role(base::AccountId account, std::string known) {
        RoleProbe probe{.account = account,
                        .role = scope_.config.role_for(account, cloud_->partition().name),
                        .assume = {},
                        .assume_without_external_id = {},
                        .rights = {}};
        aws::AssumeRoleParams params;
        params.role = probe.role;
        params.session_name = scope_.config.targets.session_name;
        params.external_id = scope_.config.external_id_for(account).value_or("");
        const auto assumed = co_await sts_->assume_role(cloud_->credentials(), params);
        probe.assume = attempt_of(assumed);
        if (assumed.has_value()) {
            aws::StaticProvider session(assumed->credentials);
            probe.rights = co_await try_rights(std::move(known), session);
        }
        if (assumed.has_value() && !params.external_id.empty()) {
            params.external_id.clear();
            probe.assume_without_external_id =
                attempt_of(co_await sts_->assume_role(cloud_->credentials(), params));
        }
        add(check_role(probe, mends_));
    }

    asio::awaitable<RoleProbe::Rights> try_rights(std::string known,
                                                  aws::CredentialsProvider& session) {
        const aws::DistributionId distribution(known.empty() ? std::string(nothing) : known);
        RoleProbe::Rights rights;
        // Without a path there is nothing that could be invalidated, whoever answers.
        auto create = aws::create_invalidation_request(cloudfront_, distribution, {}, nothing);
        auto get = aws::get_invalidation_request(cloudfront_, distribution,
                                                 aws::InvalidationId(std::string(nothing)));
        auto list = aws::list_invalidations_request(cloudfront_, distribution, "");
        auto list_all = aws::list_distributions_request(cloudfront_);
        rights.create = co_await try_call(std::move(create), session);
        rights.get = co_await try_call(std::move(get), session);
        rights.list = co_await try_call(std::move(list), session);
        rights.list_distributions = co_await try_call(std::move(list_all), session);
        co_return rights;
    }

    /// Others, or a doctor just before, may have used up what AWS allows in a second.
    asio::awaitable<Attempt> try_call(aws::ServiceRequest request,
                                      aws::CredentialsProvider& session) {
        constexpr int tries_max = 4;
        constexpr std::chrono::milliseconds pause(1'100);
        Attempt attempt = attempt_of(co_await cloud_->caller().call(request, session));
        asio::steady_timer timer(io_);
        for (int tries = 1; tries < tries_max && is_throttled(attempt); ++tries) {
            timer.expires_after(pause);
            co_await timer.async_wait(asio::as_tuple(asio::deferred));
            attempt = attempt_of(co_await cloud_->caller().call(request, session));
        }
        co_return attempt;
    }

    [[nodiscard]] std::string sts_host() const { return sts_->endpoint().origin.host; }

    const ExaminationScope& scope_;
    const base::Environment& environment_;
    const base::Clock& clock_;
    asio::io_context io_;
    std::unique_ptr<worker::Cloud> cloud_;
    std::unique_ptr<aws::Sts> sts_;
    aws::Endpoint cloudfront_;
    aws::Endpoint table_endpoint_;
    /// Where the ledger is in a table.
    std::unique_ptr<aws::DynamoDb> dynamodb_;
    /// Where a function was named.
    std::unique_ptr<aws::Lambda> lambda_;
    std::vector<std::unique_ptr<aws::Sqs>> queues_;
    std::vector<QueueProbe> seen_;
    MendContext mends_;
    Findings findings_;
};

} // namespace

base::Result<Findings> examine(const ExaminationScope& scope, const base::Environment& environment,
                               const base::Clock& clock) {
    return Examination(scope, environment, clock).run();
}

} // namespace exarch::cli
