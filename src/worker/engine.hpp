#pragma once

#include "base/log.hpp"
#include "base/time.hpp"
#include "core/core.hpp"
#include "route/route.hpp"
#include "worker/call_troubles.hpp"
#include "worker/commits/commit_writer.hpp"
#include "worker/crash_point.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <vector>

namespace exarch::worker {

/// What the engine stands on. All of it must outlive the engine and the executor's work.
struct EngineParts {
    boost::asio::any_io_executor executor;
    const base::Clock& clock;
    base::Log& log;
    core::Core& core;
    CommitWriter& writer;
    route::Route& route;
    CrashPoints& crash_points;
};

/// The shell around the core: steps it with what happens, and carries out what it asks for.
/// One executor's thread.
class Engine {
public:
    struct Callbacks {
        std::function<void(std::vector<core::MessageHandle>)> delete_messages;
        /// The ledger can't be written any more: nothing is stepped from here on.
        std::function<void(base::Error)> failed;
        /// What the core asked for has been set going; may be empty. Must not destroy the engine.
        std::function<void()> stepped = {};
    };

    Engine(EngineParts parts, Callbacks callbacks);

    /// Begins with what the core has open.
    void start();
    /// Steps the core with it; now, or, where effects are being carried out, after all of these.
    void feed(core::Event event);
    /// Sends no more calls; what was bound to be sent waits for the next start. Questions under way
    /// are cancelled, since the next start asks them again; calls under way are not.
    void stop_sending();

    /// True where nothing is on its way: no call, no commit.
    [[nodiscard]] bool is_idle() const {
        return under_way_ == 0 && (has_failed_ || parts_.writer.is_idle());
    }

private:
    void perform(core::Effect effect);
    void perform_send(core::SendCall call);
    [[nodiscard]] route::Neighbours neighbours_of(const ledger::LaneKey& lane);
    void set_timer();
    void note_answer(const base::AccountId& account, const core::CallAnswered& answer);
    void tell(bool is_warning, const std::string& text);
    /// Feeds what it returns, after `note` has seen it.
    template <class Answer, class Note>
    void await(boost::asio::awaitable<Answer> answer, boost::asio::cancellation_slot slot,
               Note note);
    using Question = std::list<boost::asio::cancellation_signal>::iterator;
    /// The same of what a stop need not wait for.
    template <class Answer>
    void ask(boost::asio::awaitable<Answer> answer, Question question);
    [[nodiscard]] Question new_question();
    void end_proof(ledger::CallId call);

    EngineParts parts_;
    Callbacks callbacks_;
    boost::asio::steady_timer timer_;
    /// As long as the engine is.
    std::shared_ptr<bool> is_there_ = std::make_shared<bool>(true);
    /// A call may depart and be answered before perform() returns. What a step asks for is done to
    /// its end before the next step, or commits would overtake each other.
    std::deque<core::Event> events_;
    bool is_stepping_ = false;
    CallTroubles troubles_;
    /// One for each question under way.
    std::list<boost::asio::cancellation_signal> questions_;
    /// Those that are proofs.
    std::map<ledger::CallId, Question> proofs_;
    bool has_failed_ = false;
    std::size_t under_way_ = 0;
};

} // namespace exarch::worker
