#include "aws/credentials/chain_provider.hpp"
#include "unit/aws/loopback.hpp"

namespace exarch::aws {
namespace {

using Answer = base::Result<sigv4::Credentials>;

Answer failure(base::ErrorKind kind, std::string text) {
    return std::unexpected(base::Error(kind, std::move(text)));
}

class ChainProviderTest : public testing::Test {
protected:
    ChainProviderTest() {
        std::vector<ChainLink> links;
        for (const std::string name : {"first", "second"}) {
            auto provider = std::make_unique<ScriptedProvider>();
            provider->answer = failure(base::ErrorKind::not_found, name + " is not set");
            sources_.push_back(provider.get());
            links.push_back({name, std::move(provider)});
        }
        chain_ = std::make_unique<ChainProvider>(std::move(links));
    }

    Answer get() {
        std::optional<Answer> result;
        boost::asio::co_spawn(io_, chain_->get(), [&result](std::exception_ptr, Answer answer) {
            result = std::move(answer);
        });
        io_.restart();
        io_.run();
        return std::move(result).value();
    }

    boost::asio::io_context io_;
    std::vector<ScriptedProvider*> sources_;
    std::unique_ptr<ChainProvider> chain_;
};

TEST_F(ChainProviderTest, first_that_gives_something_decides_for_good) {
    sources_[1]->answer = ScriptedProvider::keys("second");
    EXPECT_EQ(get()->access_key_id.value(), "second");
    sources_[0]->answer = ScriptedProvider::keys("first");
    EXPECT_EQ(get()->access_key_id.value(), "second");
    EXPECT_EQ(sources_[0]->asked, 1);
    sources_[1]->answer = failure(base::ErrorKind::not_found, "gone");
    EXPECT_EQ(get().error().message(), "AWS credentials from second: gone");
    chain_->invalidate();
    EXPECT_EQ(sources_[0]->invalidated, 0);
    EXPECT_EQ(sources_[1]->invalidated, 1);
}

TEST_F(ChainProviderTest, configured_source_that_fails_ends_the_search) {
    sources_[0]->answer = failure(base::ErrorKind::denied, "no");
    sources_[1]->answer = ScriptedProvider::keys();
    const Answer answer = get();
    EXPECT_EQ(answer.error().kind(), base::ErrorKind::denied);
    EXPECT_EQ(answer.error().message(), "AWS credentials from first: no");
    EXPECT_EQ(sources_[1]->asked, 0);
}

TEST_F(ChainProviderTest, finding_nothing_tells_all_that_was_looked_for) {
    const Answer answer = get();
    EXPECT_EQ(answer.error().kind(), base::ErrorKind::not_found);
    EXPECT_EQ(answer.error().message(), "no AWS credentials found; looked for, in this order: "
                                        "first (first is not set); second (second is not set)");
    chain_->invalidate();
}

} // namespace
} // namespace exarch::aws
