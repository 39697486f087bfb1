#pragma once

#include "actions/action.hpp"
#include "aws/credentials/provider.hpp"
#include "aws/sts.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "core/quota/pace.hpp"
#include "route/entry_turns.hpp"
#include "route/session_policy.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <expected>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace exarch::route {

/// What a session of an account is made with; equal for all calls to it.
struct TargetRole {
    base::RoleArn role;
    std::string external_id;
    std::string session_name;
    /// What the session policy lists.
    enum class Scope : std::uint8_t { account, lane, none };
    Scope scope = Scope::account;
};

struct SessionsParams {
    std::string partition = "aws";
    std::function<TargetRole(const base::AccountId&)> role_of;
    /// Accounts of which it is false are refused without a word to AWS: what was accepted for them
    /// under another configuration waits. Where none is set, any may be entered.
    std::function<bool(const base::AccountId&)> may_enter = {};
    /// sts.AssumeRole, for the account we call from.
    core::Quota quota{50, 50};
    /// A refusal is not asked about again before this.
    base::Duration refusal_remembered = std::chrono::minutes(1);
    /// Sessions are not used in their last minutes, so that none ends under a call.
    base::Duration expiry_margin = std::chrono::minutes(5);
    /// Sessions kept; the longest unused go first. Of no more accounts anything is remembered,
    /// but for those that are refused just now.
    std::size_t sessions_max = 20'000;
};

/// Who wants into which account, for what.
struct SessionRequest {
    base::AccountId account;
    const actions::Action* action = nullptr;
    std::string resource;
    /// As in CallOrder; may be empty.
    std::function<std::vector<std::string>()> neighbours;
};

/// Why there is no session.
struct SessionRefusal {
    /// True where the account itself refused us, as opposed to a passing failure.
    bool is_denied = false;
    std::string reason;
};

/// Sessions in target accounts, by AssumeRole: one serves an account for up to an hour, narrowed
/// to the resources that waited when it was made. One AssumeRole of a kind is under way at a time,
/// all are paced, and a refusal is remembered instead of asked for again. Accounts that refuse us
/// leave most of the pace to others (EntryTurns).
/// `sts`, `credentials` and `clock` must outlive it. One executor's thread.
class Sessions {
public:
    Sessions(boost::asio::any_io_executor executor, const aws::Sts& sts,
             aws::CredentialsProvider& credentials, const base::Clock& clock,
             SessionsParams params);
    ~Sessions();

    /// A provider of the session's credentials; its invalidate() drops the session.
    using Session = std::shared_ptr<aws::CredentialsProvider>;

    [[nodiscard]] boost::asio::awaitable<std::expected<Session, SessionRefusal>>
    session(SessionRequest request);

    /// From now on no AssumeRole is begun after that: who would have to wait for it longer gets
    /// none.
    void begin_none_after(base::Instant last) { last_start_ = last; }

    /// AssumeRole calls a second, as STS has taught it.
    [[nodiscard]] double rate() const { return pace_.rate(); }
    /// Accounts, each for an action, of which anything is remembered.
    [[nodiscard]] std::size_t accounts() const { return accounts_.size(); }

private:
    class AssumedSession;
    struct Account;
    struct Waiter;

    [[nodiscard]] std::shared_ptr<Account> account_of(const SessionRequest& request);
    [[nodiscard]] Session find(const Account& account, const SessionRequest& request) const;
    [[nodiscard]] boost::asio::awaitable<std::expected<Session, SessionRefusal>>
    assume(Account& account, SessionRequest request);
    [[nodiscard]] SessionPolicy policy_for(const SessionRequest& request, TargetRole::Scope scope,
                                           std::span<const std::string> neighbours,
                                           std::size_t resources_max) const;
    /// Why there is none, where one would come too late; then nothing is taken.
    [[nodiscard]] boost::asio::awaitable<std::expected<void, SessionRefusal>>
    wait_for_token(Standing standing);
    /// Lets in whose turn it is, as soon as there is a token.
    void serve_waiting();
    void let_in(base::Instant at);
    void keep(Account& account, std::shared_ptr<AssumedSession> session);
    void drop_ended();
    void drop_longest_unused();
    void forget_idle_accounts();

    boost::asio::any_io_executor executor_;
    const aws::Sts& sts_;
    aws::CredentialsProvider& credentials_;
    const base::Clock& clock_;
    SessionsParams params_;
    core::Pace pace_;
    EntryTurns<std::shared_ptr<Waiter>> waiting_;
    /// Set while somebody waits.
    boost::asio::steady_timer next_token_;
    bool awaits_token_ = false;
    std::shared_ptr<bool> is_there_ = std::make_shared<bool>(true);
    base::Instant last_start_ = base::Instant::max();
    std::map<std::pair<base::AccountId, std::string>, std::shared_ptr<Account>> accounts_;
    std::size_t kept_ = 0;
};

} // namespace exarch::route
