#include "route/assume_role.hpp"

#include "actions/registry.hpp"
#include "aws/clock_skew.hpp"
#include "base/assert.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace exarch::route {
namespace {

namespace asio = boost::asio;
using actions::Verdict;
using core::CallAnswered;
using core::CallProved;
using core::ProgressRead;

const actions::Action& action_of(const ledger::LaneKey& lane) {
    const actions::Action* action = actions::find(lane.action);
    EXARCH_ASSERT(action != nullptr);
    return *action;
}

CallAnswered not_sent(ledger::CallId call, Verdict verdict, std::string reason) {
    CallAnswered answer;
    answer.call = call;
    answer.verdict = verdict;
    answer.reason = std::move(reason);
    return answer;
}

ProgressRead::Progress to_event(actions::Progress progress) {
    switch (progress) {
    case actions::Progress::in_progress:
        return ProgressRead::Progress::in_progress;
    case actions::Progress::complete:
        return ProgressRead::Progress::complete;
    case actions::Progress::unreadable:
        return ProgressRead::Progress::unreadable;
    case actions::Progress::absent:
        return ProgressRead::Progress::absent;
    case actions::Progress::throttled:
        return ProgressRead::Progress::throttled;
    case actions::Progress::failed:
        return ProgressRead::Progress::failed;
    }
    return ProgressRead::Progress::failed;
}

/// What AWS dates before this is older than the call. The call was bound by our clock, which may be
/// ahead of AWS's: then AWS dates what came after as if it had come before.
base::Timestamp oldest_of(const core::ProveCall& question, const aws::Reply& reply,
                          base::Timestamp now) {
    const auto date = reply.headers.get("Date");
    const auto server = date ? aws::parse_http_date(*date) : std::nullopt;
    const base::Timestamp::duration ahead =
        server ? std::max<base::Timestamp::duration>(now - *server, {})
               : base::Timestamp::duration();
    // The clock may have been another then, by minutes.
    return question.bound_at - ahead - std::chrono::minutes(15);
}

/// Where this many in a row come to nothing, it is given up. One alone would have it begin from
/// the start, and of many reads one nearly always fails where a part of all does.
constexpr int failures_in_a_row_max = 10;

bool may_pass(const aws::Failure& failure) {
    return failure.remedy == aws::Remedy::slow_down || failure.remedy == aws::Remedy::retry ||
           failure.remedy == aws::Remedy::renew_credentials ||
           failure.remedy == aws::Remedy::correct_clock;
}

} // namespace

AssumeRoleRoute::AssumeRoleRoute(asio::any_io_executor executor, aws::Caller& caller,
                                 Sessions& sessions, const base::Clock& clock,
                                 EndpointOf endpoint_of)
    : executor_(std::move(executor)), caller_(caller), sessions_(sessions), clock_(clock),
      endpoint_of_(std::move(endpoint_of)) {}

asio::awaitable<CallAnswered> AssumeRoleRoute::send(CallOrder order,
                                                    http::OnDeparture on_departure) {
    const core::SendCall& call = order.call;
    const actions::Action& action = action_of(call.lane);
    const actions::CallCodec& codec = action.codec();
    const auto endpoint = endpoint_of_(codec.service(), call.lane.account);
    if (!endpoint.has_value()) {
        co_return not_sent(call.call, Verdict::not_sent, endpoint.error().message());
    }
    SessionRequest session_request{call.lane.account, &action, call.lane.resource,
                                   std::move(order.neighbours)};
    auto session = co_await sessions_.session(std::move(session_request));
    if (!session.has_value()) {
        const Verdict verdict =
            session.error().is_denied ? Verdict::account_denied : Verdict::not_sent;
        co_return not_sent(call.call, verdict, session.error().reason);
    }
    auto request = codec.request(*endpoint, call.lane.resource, call.items, call.reference);
    const auto reply =
        co_await caller_.call(std::move(request), **session, std::move(on_departure));
    const base::Instant now = clock_.now().steady;
    actions::Answer answer = codec.read(reply);
    CallAnswered event;
    event.call = call.call;
    event.verdict = answer.verdict;
    event.result_id = std::move(answer.result_id);
    event.request_id = std::move(answer.request_id);
    event.reason = std::move(answer.reason);
    event.sent_at = reply.has_value() ? reply->sent_at : reply.error().sent_at;
    if (event.sent_at && answer.verdict != Verdict::unknown) {
        event.round_trip = now - *event.sent_at;
    }
    co_return event;
}

asio::awaitable<actions::Reply> AssumeRoleRoute::ask(ledger::LaneKey lane, Neighbours neighbours,
                                                     aws::ServiceRequest request) {
    SessionRequest session_request{lane.account, &action_of(lane), lane.resource,
                                   std::move(neighbours)};
    auto session = co_await sessions_.session(std::move(session_request));
    if (!session.has_value()) {
        aws::Failure failure;
        failure.remedy = aws::Remedy::retry;
        failure.message = session.error().reason;
        co_return std::unexpected(std::move(failure));
    }
    co_return co_await caller_.call(std::move(request), **session);
}

asio::awaitable<ProgressRead> AssumeRoleRoute::read_progress(core::ReadProgress question,
                                                             Neighbours neighbours) {
    // As prove() does.
    co_await asio::this_coro::throw_if_cancelled(false);
    ProgressRead event{.call = question.call};
    const actions::CallCodec& codec = action_of(question.lane).codec();
    const auto endpoint = endpoint_of_(codec.service(), question.lane.account);
    if (!endpoint.has_value()) {
        co_return event;
    }
    auto request = codec.progress_request(*endpoint, question.lane.resource, question.result_id);
    const auto reply = co_await ask(question.lane, std::move(neighbours), std::move(request));
    event.progress = to_event(codec.read_progress(reply));
    event.sent_at = reply.has_value() ? reply->sent_at : reply.error().sent_at;
    co_return event;
}

struct AssumeRoleRoute::Search {
    const core::ProveCall& question;
    Neighbours neighbours;
    bool has_begun = false;
    /// Reads in a row that came to nothing.
    int failures = 0;
};

asio::awaitable<bool> AssumeRoleRoute::is_cancelled() {
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

asio::awaitable<void> AssumeRoleRoute::pause(base::Duration duration) {
    asio::steady_timer timer(executor_);
    timer.expires_after(duration);
    boost::system::error_code ended;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
}

asio::awaitable<actions::Reply> AssumeRoleRoute::ask_next(Search& search,
                                                          aws::ServiceRequest request) {
    for (;;) {
        // What is begun after a cancellation is not cancelled any more.
        if (std::exchange(search.has_begun, true) && !co_await is_cancelled()) {
            co_await pause(search.question.spacing);
        }
        if (co_await is_cancelled()) {
            aws::Failure failure;
            failure.remedy = aws::Remedy::retry;
            failure.code = "Cancelled";
            co_return std::unexpected(std::move(failure));
        }
        actions::Reply reply = co_await ask(search.question.lane, search.neighbours, request);
        const bool goes_on = !reply.has_value() && may_pass(reply.error());
        search.failures = goes_on ? search.failures + 1 : 0;
        if (!goes_on || search.failures == failures_in_a_row_max) {
            co_return reply;
        }
    }
}

asio::awaitable<CallProved> AssumeRoleRoute::prove(core::ProveCall question,
                                                   Neighbours neighbours) {
    // The run may end while it waits; that is an answer like others.
    co_await asio::this_coro::throw_if_cancelled(false);
    CallProved event{
        .call = question.call, .proof = CallProved::Proof::unavailable, .result_id = {}};
    const actions::CallCodec& codec = action_of(question.lane).codec();
    const std::string& resource = question.lane.resource;
    const auto endpoint = endpoint_of_(codec.service(), question.lane.account);
    if (!endpoint.has_value()) {
        co_return event;
    }
    Search search{.question = question, .neighbours = std::move(neighbours)};
    std::string marker;
    for (;;) {
        const actions::Reply list =
            co_await ask_next(search, codec.records_request(*endpoint, resource, marker));
        const auto page = codec.read_records(list);
        if (!page.has_value()) {
            // Of a resource that does not exist there are no records.
            if (page.error().remedy == aws::Remedy::not_found) {
                event.proof = CallProved::Proof::absent;
            }
            co_return event;
        }
        const base::Timestamp oldest = oldest_of(question, *list, clock_.now().wall);
        bool is_past = false;
        for (const auto& entry : page->entries) {
            if (entry.created_at && *entry.created_at < oldest) {
                is_past = true;
                continue;
            }
            const auto reference = codec.read_reference(co_await ask_next(
                search, codec.progress_request(*endpoint, resource, entry.result_id)));
            if (!reference.has_value()) {
                co_return event;
            }
            if (*reference == question.reference) {
                event.proof = CallProved::Proof::present;
                event.result_id = entry.result_id;
                co_return event;
            }
        }
        if (is_past || !page->next_marker) {
            event.proof = CallProved::Proof::absent;
            co_return event;
        }
        marker = *page->next_marker;
    }
}

} // namespace exarch::route
