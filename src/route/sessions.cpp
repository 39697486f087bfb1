#include "route/sessions.hpp"

#include "aws/error.hpp"
#include "core/task/task.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace exarch::route {
namespace {

namespace asio = boost::asio;
using base::Instant;
using std::chrono::minutes;

/// As many resources as a session is narrowed to at first; fewer where STS finds the policy too
/// large once packed.
constexpr std::size_t resources_most = 24;

std::chrono::microseconds until(const base::Clock& clock, Instant at) {
    return std::max<std::chrono::microseconds>(at - clock.now().steady, {});
}

} // namespace

/// Credentials that were assumed once and are never renewed: a new session takes their place.
class Sessions::AssumedSession final : public aws::CredentialsProvider {
public:
    AssumedSession(sigv4::Credentials credentials, std::vector<std::string> resources,
                   Instant ends_at)
        : credentials_(std::move(credentials)), resources_(std::move(resources)),
          ends_at_(ends_at) {}

    asio::awaitable<base::Result<sigv4::Credentials>> get() override { co_return credentials_; }
    void invalidate() override { is_dead_ = true; }

    [[nodiscard]] bool serves(const std::string& resource, Instant now) const {
        return !has_ended(now) &&
               (resources_.empty() || std::ranges::find(resources_, resource) != resources_.end());
    }
    void note_use(Instant now) { used_at_ = now; }
    [[nodiscard]] Instant used_at() const { return used_at_; }
    [[nodiscard]] bool has_ended(Instant now) const { return is_dead_ || now >= ends_at_; }

private:
    sigv4::Credentials credentials_;
    /// Empty: not narrowed.
    std::vector<std::string> resources_;
    /// By the asking and its duration: the wall clock that AWS's Expiration would be compared with
    /// may be an hour off.
    Instant ends_at_;
    Instant used_at_ = Instant::min();
    bool is_dead_ = false;
};

struct Sessions::Waiter {
    explicit Waiter(const asio::any_io_executor& executor)
        : turn(executor, asio::steady_timer::time_point::max()) {}

    /// Cancelled when it has come.
    asio::steady_timer turn;
    bool has_token = false;
};

struct Sessions::Account {
    [[nodiscard]] Standing standing() const {
        return refusal ? Standing::refused : has_let_in ? Standing::entered : Standing::unknown;
    }

    std::list<std::shared_ptr<AssumedSession>> sessions;
    /// Set while an AssumeRole is under way; cancelled when it ends, which wakes who waits.
    std::shared_ptr<asio::steady_timer> under_way;
    std::optional<SessionRefusal> refusal;
    Instant refused_at;
    bool has_let_in = false;
    /// Fewer after a policy that was too large.
    std::size_t resources_max = resources_most;
};

Sessions::Sessions(asio::any_io_executor executor, const aws::Sts& sts,
                   aws::CredentialsProvider& credentials, const base::Clock& clock,
                   SessionsParams params)
    : executor_(std::move(executor)), sts_(sts), credentials_(credentials), clock_(clock),
      params_(std::move(params)), pace_(params_.quota), next_token_(executor_) {}

Sessions::~Sessions() = default;

std::shared_ptr<Sessions::Account> Sessions::account_of(const SessionRequest& request) {
    const std::pair key(request.account, std::string(request.action->name()));
    if (const auto found = accounts_.find(key); found != accounts_.end()) {
        return found->second;
    }
    if (accounts_.size() >= params_.sessions_max) {
        forget_idle_accounts();
    }
    return accounts_.emplace(key, std::make_shared<Account>()).first->second;
}

void Sessions::forget_idle_accounts() {
    const Instant now = clock_.now().steady;
    std::erase_if(accounts_, [&](const auto& item) {
        const Account& account = *item.second;
        const bool is_refused =
            account.refusal && now - account.refused_at < params_.refusal_remembered;
        // Whoever waits for its session holds it too.
        return account.sessions.empty() && !is_refused && item.second.use_count() == 1;
    });
}

Sessions::Session Sessions::find(const Account& account, const SessionRequest& request) const {
    const Instant horizon = clock_.now().steady + params_.expiry_margin;
    for (const auto& session : account.sessions) {
        if (session->serves(request.resource, horizon)) {
            session->note_use(clock_.now().steady);
            return session;
        }
    }
    return nullptr;
}

asio::awaitable<std::expected<Sessions::Session, SessionRefusal>>
Sessions::session(SessionRequest request) {
    if (params_.may_enter && !params_.may_enter(request.account)) {
        co_return std::unexpected(
            SessionRefusal{.is_denied = true, .reason = core::describe_unlisted(request.account)});
    }
    // Held to the end, so that it is not forgotten meanwhile.
    const std::shared_ptr<Account> held = account_of(request);
    Account& account = *held;
    for (;;) {
        if (Session found = find(account, request)) {
            co_return found;
        }
        const Instant now = clock_.now().steady;
        if (account.refusal && now - account.refused_at < params_.refusal_remembered) {
            co_return std::unexpected(*account.refusal);
        }
        if (!account.under_way) {
            co_return co_await assume(account, std::move(request));
        }
        const auto under_way = account.under_way;
        boost::system::error_code ended;
        co_await under_way->async_wait(asio::redirect_error(asio::use_awaitable, ended));
        const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            co_return std::unexpected(SessionRefusal{.is_denied = false, .reason = "cancelled"});
        }
    }
}

asio::awaitable<std::expected<void, SessionRefusal>> Sessions::wait_for_token(Standing standing) {
    const Instant now = clock_.now().steady;
    pace_.recover(now);
    const auto before =
        std::chrono::duration<double>(static_cast<double>(waiting_.size()) / pace_.rate());
    const Instant at = std::max(pace_.ready_at(), now) + std::chrono::ceil<base::Duration>(before);
    if (at > last_start_) {
        co_return std::unexpected(
            SessionRefusal{.is_denied = false, .reason = "no time is left for AssumeRole"});
    }
    const auto waiter = std::make_shared<Waiter>(executor_);
    waiting_.push(standing, waiter);
    serve_waiting();
    // There may have been a token at once.
    if (!waiter->has_token) {
        boost::system::error_code ended;
        co_await waiter->turn.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    }
    if (!waiter->has_token) {
        waiting_.remove(standing, waiter);
        co_return std::unexpected(SessionRefusal{.is_denied = false, .reason = "cancelled"});
    }
    co_return std::expected<void, SessionRefusal>();
}

void Sessions::serve_waiting() {
    while (waiting_.size() > 0 && !awaits_token_) {
        const Instant now = clock_.now().steady;
        pace_.recover(now);
        const Instant at = pace_.ready_at();
        if (at <= now) {
            let_in(now);
            continue;
        }
        awaits_token_ = true;
        next_token_.expires_after(until(clock_, at));
        const std::weak_ptr<bool> is_there = is_there_;
        next_token_.async_wait([this, is_there, at](const boost::system::error_code& error) {
            if (error || is_there.expired()) {
                return;
            }
            awaits_token_ = false;
            // A call that left late, or was throttled, may have moved it meanwhile.
            if (waiting_.size() > 0 && pace_.ready_at() <= at) {
                let_in(at);
            }
            serve_waiting();
        });
    }
}

void Sessions::let_in(Instant at) {
    pace_.take(at);
    const std::shared_ptr<Waiter> waiter = waiting_.pop();
    waiter->has_token = true;
    waiter->turn.cancel();
}

void Sessions::drop_ended() {
    const Instant now = clock_.now().steady;
    for (auto& [key, account] : accounts_) {
        kept_ -= std::erase_if(account->sessions,
                               [&](const auto& session) { return session->has_ended(now); });
    }
}

void Sessions::drop_longest_unused() {
    Account* owner = nullptr;
    Instant oldest = Instant::max();
    for (auto& [key, account] : accounts_) {
        for (const auto& session : account->sessions) {
            if (session->used_at() < oldest) {
                oldest = session->used_at();
                owner = account.get();
            }
        }
    }
    if (owner != nullptr) {
        const auto is_it = [&](const auto& session) { return session->used_at() == oldest; };
        owner->sessions.erase(std::ranges::find_if(owner->sessions, is_it));
        --kept_;
    }
}

void Sessions::keep(Account& account, std::shared_ptr<AssumedSession> session) {
    const Instant now = clock_.now().steady;
    kept_ -= std::erase_if(account.sessions, [&](const auto& one) { return one->has_ended(now); });
    if (kept_ >= params_.sessions_max) {
        drop_ended();
    }
    if (kept_ >= params_.sessions_max) {
        drop_longest_unused();
    }
    session->note_use(now);
    account.sessions.push_front(std::move(session));
    ++kept_;
}

SessionPolicy Sessions::policy_for(const SessionRequest& request, TargetRole::Scope scope,
                                   std::span<const std::string> neighbours,
                                   std::size_t resources_max) const {
    if (scope == TargetRole::Scope::none) {
        return {};
    }
    const PolicySubject subject{*request.action, params_.partition, request.account};
    return session_policy(subject, request.resource, neighbours,
                          scope == TargetRole::Scope::lane ? 1 : resources_max);
}

asio::awaitable<std::expected<Sessions::Session, SessionRefusal>>
Sessions::assume(Account& account, SessionRequest request) {
    account.under_way = std::make_shared<asio::steady_timer>(executor_);
    account.under_way->expires_at(asio::steady_timer::time_point::max());
    const auto under_way = account.under_way;
    // Before the wait, after which some of them may be on their way and no longer be named.
    const std::vector<std::string> neighbours =
        request.neighbours ? request.neighbours() : std::vector<std::string>();
    auto token = co_await wait_for_token(account.standing());
    if (!token.has_value()) {
        account.under_way.reset();
        under_way->cancel();
        co_return std::unexpected(std::move(token).error());
    }

    const TargetRole target = params_.role_of(request.account);
    SessionPolicy policy = policy_for(request, target.scope, neighbours, account.resources_max);
    aws::AssumeRoleParams params;
    params.role = target.role;
    params.session_name = target.session_name;
    params.external_id = target.external_id;
    params.policy = policy.document;
    const Instant ends_at = clock_.now().steady + params.duration;
    std::optional<Instant> departed;
    const auto depart = [this, &departed] {
        pace_.departed(departed.emplace(clock_.now().steady));
        return true;
    };
    auto assumed = co_await sts_.assume_role(credentials_, std::move(params), depart);
    if (departed && (assumed.has_value() || assumed.error().http_status != 0)) {
        const Instant now = clock_.now().steady;
        pace_.answered(now - *departed, now);
    }

    account.under_way.reset();
    under_way->cancel();
    if (assumed.has_value()) {
        account.refusal.reset();
        account.has_let_in = true;
        auto session = std::make_shared<AssumedSession>(std::move(assumed->credentials),
                                                        std::move(policy.resources), ends_at);
        keep(account, session);
        co_return session;
    }
    const aws::Failure& failure = assumed.error();
    if (failure.remedy == aws::Remedy::slow_down) {
        pace_.throttled(clock_.now().steady);
    }
    // The policy of a single resource does not become smaller.
    const bool may_shrink = failure.code == "PackedPolicyTooLarge" && policy.resources.size() > 1;
    if (may_shrink) {
        account.resources_max = policy.resources.size() / 2;
    }
    const bool is_denied = failure.remedy == aws::Remedy::denied ||
                           failure.remedy == aws::Remedy::not_found ||
                           (failure.remedy == aws::Remedy::give_up && !may_shrink);
    SessionRefusal refusal{
        is_denied && failure.code != "NoCredentials",
        aws::to_error(failure, fmt::format("AssumeRole {}", target.role.value())).message()};
    if (refusal.is_denied) {
        account.refusal = refusal;
        account.refused_at = clock_.now().steady;
    }
    co_return std::unexpected(std::move(refusal));
}

} // namespace exarch::route
