#include "simulation/script.hpp"

#include <gmock/gmock.h>

namespace exarch::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

const std::string account = "111122223333";

std::string purge(const std::string& path) {
    return first_form({{account, "E1", path}});
}

TEST(merging, a_lone_operation_leaves_at_once_and_is_done) {
    Script()
        .send(purge("/a"))
        .receive()
        .expect_commit()
        .commit()
        .expect_deleted()
        .expect_send({"/a"})
        .reply()
        .commit()
        .expect_done(1)
        .fails_at_every_step();
}

TEST(merging, what_arrives_while_waiting_for_a_token_travels_together) {
    Script()
        .send(purge("/a"))
        .receive()
        .commit()
        .expect_deleted()
        .expect_send({"/a"})
        .reply()
        .send(purge("/b"))
        .send(purge("/c"))
        .send(purge("/b"))
        .receive()
        .commit()
        .expect_deleted()
        .advance(seconds(2))
        .commit()
        .expect_send({"/b", "/c"})
        .reply()
        .commit()
        .expect_done(4)
        .fails_at_every_step();
}

} // namespace
} // namespace exarch::simulation
