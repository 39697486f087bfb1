#include "aws/caller.hpp"
#include "unit/aws/loopback.hpp"
#include "unit/aws/printing.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace exarch::aws {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

http::Response ok(const http::Request& /*request*/) {
    return response(200, "fine", {{"x-amzn-RequestId", "r-1"}});
}

std::string value(const http::Request& request, std::string_view name) {
    return std::string(request.headers.get(name).value_or("none"));
}

/// What a verifier would write into Authorization.
std::string expected_authorization(const http::Request& request, base::Timestamp now) {
    const std::string host = value(request, "Host");
    const std::string type = value(request, "Content-Type");
    const std::vector<sigv4::HeaderView> headers = {{"Host", host}, {"Content-Type", type}};
    sigv4::Signer signer;
    return signer
        .sign({request.method, request.target, headers, request.body}, ScriptedProvider::keys(),
              {"us-east-1", "cloudfront"}, now)
        .authorization;
}

TEST(CallerTest, request_arrives_signed_and_its_reply_comes_back) {
    Loopback loopback(ok);
    ScriptedProvider provider;
    bool departed = false;
    const Outcome<Reply> reply = loopback.run(loopback.caller.call(
        loopback.request(), provider, [&departed] { return departed = true; }));
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, "fine");
    EXPECT_EQ(reply->request_id.value(), "r-1");
    EXPECT_EQ(reply->sent_at, loopback.clock.moment.steady);
    EXPECT_TRUE(departed);
    ASSERT_EQ(loopback.requests.size(), 1U);
    const http::Request& seen = loopback.requests[0];
    EXPECT_EQ(seen.method, "POST");
    EXPECT_EQ(seen.target, "/path?b=2&a=1");
    EXPECT_EQ(seen.body, "<x/>");
    EXPECT_EQ(value(seen, "Authorization"),
              expected_authorization(seen, loopback.clock.moment.wall));
    EXPECT_EQ(value(seen, "X-Amz-Date"), "20261124T120000Z");
    EXPECT_EQ(value(seen, "X-Amz-Security-Token"), "token");
    EXPECT_EQ(value(seen, "Host"), loopback.origin().authority());
    EXPECT_TRUE(value(seen, "User-Agent").starts_with("exarch/")) << value(seen, "User-Agent");
}

TEST(CallerTest, unsigned_call_carries_no_signature) {
    Loopback loopback(ok);
    EXPECT_TRUE(loopback.run(loopback.caller.call_unsigned(loopback.request())).has_value());
    EXPECT_EQ(value(loopback.requests.at(0), "Authorization"), "none");
    EXPECT_EQ(value(loopback.requests.at(0), "X-Amz-Date"), "none");
}

TEST(CallerTest, refusal_says_what_to_do_and_when_it_was_sent) {
    struct Case {
        int status;
        std::string body;
        bool mutating;
        Remedy remedy;
    };
    const std::vector<Case> cases = {
        {400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>", true,
         Remedy::slow_down},
        {503, "<ErrorResponse><Error><Code>ServiceUnavailable</Code></Error></ErrorResponse>", true,
         Remedy::outcome_unknown},
        {503, "", false, Remedy::retry},
        {502, "<html>", true, Remedy::outcome_unknown},
        {403,
         "<ErrorResponse><Errors><Error><Code>AccessDenied</Code></Error></Errors>"
         "</ErrorResponse>",
         true, Remedy::denied},
        {301, "", true, Remedy::outcome_unknown},
        {301, "", false, Remedy::denied},
        {404, "{\"__type\"", true, Remedy::outcome_unknown},
        {404, "<ErrorResponse><Error><Code>NoSuchDistribution</Code></Error></ErrorResponse>", true,
         Remedy::not_found},
    };
    for (const Case& each : cases) {
        Loopback loopback(
            [&each](const http::Request&) { return response(each.status, each.body); });
        ScriptedProvider provider;
        ServiceRequest request = loopback.request();
        request.mutating = each.mutating;
        const Outcome<Reply> reply =
            loopback.run(loopback.caller.call(std::move(request), provider));
        ASSERT_FALSE(reply.has_value());
        EXPECT_EQ(reply.error().remedy, each.remedy) << each.status << each.body;
        EXPECT_EQ(reply.error().http_status, each.status);
        EXPECT_EQ(reply.error().sent_at, loopback.clock.moment.steady);
        EXPECT_EQ(provider.invalidated, 0);
    }
}

/// What becomes of a refusal with this body where this code answers the request.
Outcome<Reply> refuse(const std::string& body, const std::string& answering_code) {
    Loopback loopback([&](const http::Request&) { return response(400, body); });
    ScriptedProvider provider;
    ServiceRequest request = loopback.request();
    request.answering_code = answering_code;
    return loopback.run(loopback.caller.call(std::move(request), provider));
}

TEST(CallerTest, a_refusal_that_answers_the_question_is_a_reply) {
    const std::string body = R"({"__type": "x#ConditionalCheckFailedException", "Item": {}})";
    const Outcome<Reply> answer = refuse(body, "ConditionalCheckFailedException");
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->status, 400);
    EXPECT_EQ(answer->body, body);
    const Outcome<Reply> refusal = refuse(body, "TransactionCanceledException");
    ASSERT_FALSE(refusal.has_value());
    EXPECT_EQ(refusal.error().code, "ConditionalCheckFailedException");
}

/// DynamoDB's carries the item for which the condition did not hold, of 400 KB at most.
TEST(CallerTest, a_refusal_that_answers_the_question_may_be_large) {
    std::string nested = R"({"S": "x"})";
    for (int level = 0; level < 31; ++level) {
        nested.insert(0, R"({"M": {"a": )").append("}}");
    }
    const std::string body = R"({"__type": "x#ConditionalCheckFailedException", "Item": {"a": )" +
                             nested + R"(, "b": {"S": ")" + std::string(400'000, 'b') + R"("}}})";
    const Outcome<Reply> answer = refuse(body, "ConditionalCheckFailedException");
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->body, body);
}

TEST(CallerTest, refused_credentials_are_reported_to_their_provider) {
    Loopback loopback([](const http::Request&) {
        return response(403, "<ErrorResponse><Error><Code>ExpiredToken</Code></Error>"
                             "</ErrorResponse>");
    });
    ScriptedProvider provider;
    const Outcome<Reply> reply = loopback.run(loopback.caller.call(loopback.request(), provider));
    EXPECT_EQ(reply.error().remedy, Remedy::renew_credentials);
    EXPECT_EQ(provider.invalidated, 1);
}

TEST(CallerTest, without_credentials_nothing_is_sent) {
    struct Case {
        base::ErrorKind kind;
        Remedy remedy;
    };
    for (const Case& each : {Case{base::ErrorKind::not_found, Remedy::denied},
                             Case{base::ErrorKind::denied, Remedy::denied},
                             Case{base::ErrorKind::throttled, Remedy::slow_down},
                             Case{base::ErrorKind::unreachable, Remedy::retry},
                             Case{base::ErrorKind::outcome_unknown, Remedy::retry}}) {
        Loopback loopback(ok);
        ScriptedProvider provider;
        provider.answer = std::unexpected(base::Error(each.kind, "why"));
        const Outcome<Reply> reply =
            loopback.run(loopback.caller.call(loopback.request(), provider));
        ASSERT_FALSE(reply.has_value());
        EXPECT_EQ(reply.error().remedy, each.remedy);
        EXPECT_EQ(reply.error().code, "NoCredentials");
        EXPECT_TRUE(reply.error().message.contains("why"));
        EXPECT_EQ(reply.error().sent_at, std::nullopt);
        EXPECT_TRUE(loopback.requests.empty());
    }
}

TEST(CallerTest, nobody_listening_means_nothing_was_sent) {
    Loopback loopback(ok);
    ServiceRequest request = loopback.request();
    loopback.server.reset();
    ScriptedProvider provider;
    bool departed = false;
    const Outcome<Reply> reply = loopback.run(loopback.caller.call(
        std::move(request), provider, [&departed] { return departed = true; }));
    ASSERT_FALSE(reply.has_value());
    EXPECT_EQ(reply.error().remedy, Remedy::retry);
    EXPECT_EQ(reply.error().code, "Unreachable");
    EXPECT_EQ(reply.error().sent_at, std::nullopt);
    EXPECT_FALSE(departed);
}

TEST(CallerTest, what_goes_wrong_before_anything_is_sent_leaves_no_question) {
    Loopback loopback(ok, {{"AWS_CA_BUNDLE", "/nonexistent/roots.pem"}});
    ScriptedProvider provider;
    ServiceRequest request = loopback.request();
    request.origin.tls = true;
    ASSERT_TRUE(request.mutating);
    const Outcome<Reply> reply = loopback.run(loopback.caller.call(std::move(request), provider));
    ASSERT_FALSE(reply.has_value());
    EXPECT_EQ(reply.error().remedy, Remedy::retry);
    EXPECT_EQ(reply.error().code, "Unreachable");
    EXPECT_EQ(reply.error().sent_at, std::nullopt);
    EXPECT_TRUE(reply.error().message.contains("AWS_CA_BUNDLE")) << reply.error().message;
}

TEST(CallerTest, header_that_cant_be_sent_is_no_word_of_aws_about_the_request) {
    Loopback loopback(ok);
    ScriptedProvider provider;
    ServiceRequest request = loopback.request();
    request.headers.add("X-Evil", "a\r\nb: c");
    const Outcome<Reply> reply = loopback.run(loopback.caller.call(std::move(request), provider));
    ASSERT_FALSE(reply.has_value());
    EXPECT_EQ(reply.error().remedy, Remedy::denied);
    EXPECT_EQ(reply.error().code, "NotSent");
    EXPECT_EQ(reply.error().sent_at, std::nullopt);
    EXPECT_TRUE(loopback.requests.empty());
}

/// Reads a request's headers and hangs up, which http::Server never does.
asio::awaitable<void> hang_up(tcp::acceptor& acceptor) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::streambuf buffer;
    co_await asio::async_read_until(socket, buffer, "\r\n\r\n",
                                    asio::as_tuple(asio::use_awaitable));
    socket.close();
}

Failure failure_of_hang_up(bool mutating) {
    Loopback loopback(ok);
    tcp::acceptor acceptor(loopback.io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    asio::co_spawn(loopback.io, hang_up(acceptor), [](const std::exception_ptr&) {});
    ServiceRequest request = loopback.request();
    request.origin.port = acceptor.local_endpoint().port();
    request.mutating = mutating;
    ScriptedProvider provider;
    return loopback.run(loopback.caller.call(std::move(request), provider)).error();
}

TEST(CallerTest, lost_reply_leaves_the_outcome_of_a_change_unknown) {
    const Failure change = failure_of_hang_up(true);
    EXPECT_EQ(change.remedy, Remedy::outcome_unknown);
    EXPECT_EQ(change.code, "NoAnswer");
    EXPECT_TRUE(change.sent_at.has_value());
    EXPECT_EQ(failure_of_hang_up(false).remedy, Remedy::retry);
}

TEST(CallerTest, giving_up_while_waiting_leaves_the_outcome_unknown) {
    // The answer comes only after the client has been told to stop.
    Loopback loopback(ok);
    tcp::acceptor acceptor(loopback.io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    ServiceRequest request = loopback.request();
    request.origin.port = acceptor.local_endpoint().port();
    ScriptedProvider provider;
    asio::cancellation_signal stop;
    bool departed = false;
    std::optional<Outcome<Reply>> outcome;
    asio::co_spawn(
        loopback.io,
        loopback.caller.call(std::move(request), provider, [&departed] { return departed = true; }),
        asio::bind_cancellation_slot(stop.slot(),
                                     [&outcome](std::exception_ptr thrown, Outcome<Reply> value) {
                                         EXPECT_EQ(thrown, nullptr);
                                         outcome = std::move(value);
                                     }));
    loopback.run_until([&departed] { return departed; });
    stop.emit(asio::cancellation_type::terminal);
    loopback.run_until([&outcome] { return outcome.has_value(); });
    ASSERT_FALSE(outcome->has_value());
    EXPECT_EQ(outcome->error().remedy, Remedy::outcome_unknown);
}

TEST(CallerTest, a_call_that_needs_its_time_is_not_sent_where_it_might_not_end_in_it) {
    Loopback loopback(ok);
    ScriptedProvider provider;
    ServiceRequest request = loopback.request();
    request.needs_its_time = true;
    const base::Instant now = loopback.clock.now().steady;
    loopback.caller.limit(
        {.longest = std::chrono::seconds(2), .ends_by = now + std::chrono::seconds(2)});
    EXPECT_TRUE(loopback.run(loopback.caller.call(request, provider)).has_value());
    loopback.clock.advance(std::chrono::milliseconds(1));
    bool departed = false;
    const Outcome<Reply> late = loopback.run(
        loopback.caller.call(request, provider, [&departed] { return departed = true; }));
    ASSERT_FALSE(late.has_value());
    EXPECT_EQ(late.error().code, "NoTimeLeft");
    EXPECT_EQ(late.error().remedy, Remedy::retry);
    EXPECT_EQ(late.error().sent_at, std::nullopt);
    EXPECT_FALSE(departed);
    EXPECT_EQ(loopback.requests.size(), 1U);
    loopback.caller.limit({});
    EXPECT_TRUE(loopback.run(loopback.caller.call(request, provider)).has_value());
}

/// What has been done has to be recorded and given up in the time that is left for it.
TEST(CallerTest, any_other_call_gets_what_time_is_left) {
    Loopback loopback(ok);
    ScriptedProvider provider;
    const auto call = [&] {
        return loopback.run(loopback.caller.call(loopback.request(), provider));
    };
    const base::Instant now = loopback.clock.now().steady;
    loopback.caller.limit(
        {.longest = std::chrono::seconds(2), .ends_by = now + std::chrono::seconds(2)});
    loopback.clock.advance(std::chrono::milliseconds(1'800));
    EXPECT_TRUE(call().has_value());
    loopback.clock.advance(std::chrono::milliseconds(150));
    const Outcome<Reply> late = call();
    ASSERT_FALSE(late.has_value());
    EXPECT_EQ(late.error().code, "NoTimeLeft");
    EXPECT_EQ(loopback.requests.size(), 1U);
}

constexpr std::string_view skewed_body =
    "<ErrorResponse><Error><Code>RequestTimeTooSkewed</Code></Error></ErrorResponse>";
constexpr std::string_view mismatch_body =
    "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we "
    "calculated does not match</Message></Error></ErrorResponse>";

/// A server whose clock says `date`, and which takes requests of that very minute alone.
Loopback::Answer strict(std::string date, std::string minute, std::string_view refusal) {
    return [=](const http::Request& request) {
        const bool good = value(request, "X-Amz-Date").starts_with(minute);
        return good ? response(200, "", {{"Date", date}})
                    : response(403, std::string(refusal), {{"Date", date}});
    };
}

TEST(CallerTest, clock_that_is_off_is_corrected_by_the_refusal) {
    for (const std::string_view refusal : {skewed_body, mismatch_body}) {
        Loopback loopback(strict("Tue, 24 Nov 2026 12:10:05 GMT", "20261124T1210", refusal));
        ScriptedProvider provider;
        const Outcome<Reply> first =
            loopback.run(loopback.caller.call(loopback.request(), provider));
        ASSERT_FALSE(first.has_value());
        EXPECT_EQ(first.error().remedy, Remedy::correct_clock);
        EXPECT_TRUE(loopback.run(loopback.caller.call(loopback.request(), provider)).has_value());
        EXPECT_EQ(value(loopback.requests.at(1), "X-Amz-Date"), "20261124T121005Z");
        EXPECT_EQ(provider.invalidated, 0);
    }
}

TEST(CallerTest, clock_that_is_off_is_corrected_by_a_success_too) {
    Loopback loopback([](const http::Request&) {
        return response(200, "", {{"Date", "Tue, 24 Nov 2026 11:50:00 GMT"}});
    });
    ScriptedProvider provider;
    (void)loopback.run(loopback.caller.call(loopback.request(), provider));
    (void)loopback.run(loopback.caller.call(loopback.request(), provider));
    EXPECT_EQ(value(loopback.requests.at(0), "X-Amz-Date"), "20261124T120000Z");
    EXPECT_EQ(value(loopback.requests.at(1), "X-Amz-Date"), "20261124T115000Z");
}

TEST(CallerTest, date_of_somebody_on_the_way_corrects_nothing) {
    bool is_first = true;
    Loopback loopback([&is_first](const http::Request&) {
        return std::exchange(is_first, false)
                   ? response(503, "<html>no</html>", {{"Date", "Tue, 24 Nov 2026 11:00:00 GMT"}})
                   : response(200, "");
    });
    ScriptedProvider provider;
    (void)loopback.run(loopback.caller.call(loopback.request(), provider));
    (void)loopback.run(loopback.caller.call(loopback.request(), provider));
    EXPECT_EQ(value(loopback.requests.at(1), "X-Amz-Date"), "20261124T120000Z");
}

TEST(CallerTest, refusal_that_the_clock_does_not_explain_corrects_nothing) {
    struct Case {
        std::string_view body;
        std::string date;
        Remedy remedy;
    };
    const std::vector<Case> cases = {
        {mismatch_body, "Tue, 24 Nov 2026 12:00:00 GMT", Remedy::denied},
        {mismatch_body, "Tue, 24 Nov 2026 12:03:00 GMT", Remedy::denied},
        {mismatch_body, "yesterday", Remedy::denied},
        {skewed_body, "Tue, 24 Nov 2026 12:00:00 GMT", Remedy::retry},
        {skewed_body, "", Remedy::retry},
        {skewed_body, "Tue, 24 Nov 2026 12:02:00 GMT", Remedy::correct_clock},
    };
    for (const Case& each : cases) {
        Loopback loopback([&each](const http::Request&) {
            return response(403, std::string(each.body), {{"Date", each.date}});
        });
        ScriptedProvider provider;
        const Outcome<Reply> reply =
            loopback.run(loopback.caller.call(loopback.request(), provider));
        EXPECT_EQ(reply.error().remedy, each.remedy) << each.body << each.date;
    }
}

} // namespace
} // namespace exarch::aws
