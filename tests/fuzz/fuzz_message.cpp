#include "actions/path.hpp"
#include "base/assert.hpp"
#include "core/task/task.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace {

using namespace exarch;

void check(const ledger::AcceptTask& task, const core::TaskRules& rules) {
    EXARCH_ASSERT(!task.operations.empty() || !task.rejections.empty());
    std::set<ledger::LaneKey> lanes;
    for (const ledger::LaneKey& lane : task.lanes) {
        EXARCH_ASSERT(base::is_account_id(lane.account.value()));
        EXARCH_ASSERT(!lane.resource.empty());
        EXARCH_ASSERT(lane.resource.find_first_of("/?#%. ") == std::string::npos);
        EXARCH_ASSERT(!rules.accounts || rules.accounts->contains(lane.account));
        EXARCH_ASSERT(lanes.insert(lane).second);
    }
    EXARCH_ASSERT(task.operations.size() <= rules.operations_max);
    for (const ledger::NewOperation& operation : task.operations) {
        EXARCH_ASSERT(operation.lane < task.lanes.size());
        const auto again = actions::canonical_path(operation.item);
        EXARCH_ASSERT(again.has_value());
        EXARCH_ASSERT(*again == operation.item);
    }
    EXARCH_ASSERT(task.rejections.size() <= rules.rejections_max + 1);
    for (const ledger::Rejection& rejection : task.rejections) {
        EXARCH_ASSERT(!rejection.reason.empty());
        EXARCH_ASSERT(rejection.reason.size() < 8192);
        EXARCH_ASSERT(rejection.excerpt.size() <= 4096);
    }
}

} // namespace

// Whatever a queue delivers becomes a task in which every part is either an operation in canonical
// form or a rejection with a reason; the same message always becomes the same task. Each is held to
// rules that leave room, and to some that a short message can break.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const core::TaskRules wide{.accounts = {}, .operations_max = 64};
    const core::TaskRules narrow{
        .accounts = {{base::AccountId("111122223333")}}, .operations_max = 2, .rejections_max = 1};
    for (const core::TaskRules& rules : {wide, narrow}) {
        const ledger::AcceptTask task = core::parse_task(body, rules);
        check(task, rules);
        EXARCH_ASSERT(task == core::parse_task(body, rules));
    }
    return 0;
}
