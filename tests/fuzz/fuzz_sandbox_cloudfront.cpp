#include "base/assert.hpp"
#include "kind_of_input.hpp"
#include "sandbox/cloudfront/codec.hpp"
#include "sandbox/cloudfront/distribution_config.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace exarch;

namespace {

void check_target(std::string_view target) {
    for (const char* const method : {"GET", "POST"}) {
        const http::Request request{
            .method = method, .origin = {}, .target = "/2020-05-31/" + std::string(target)};
        const auto parsed = sandbox::parse_target(request);
        EXARCH_ASSERT(parsed.action != "GetInvalidation" || method == std::string_view("GET"));
    }
}

void check_body(std::string_view body) {
    if (const auto batch = sandbox::parse_batch(body); !batch.has_value()) {
        EXARCH_ASSERT(!batch.error().code.empty());
    }
    static_cast<void>(sandbox::parse_tags(body));
    static_cast<void>(sandbox::parse_tag_keys(body));
    for (const bool has_tags : {false, true}) {
        const auto wish = sandbox::parse_distribution_config(body, has_tags);
        if (wish.has_value()) {
            // Complete is complete.
            const std::string config = sandbox::complete_config(wish->config);
            EXARCH_ASSERT(sandbox::complete_config(config) == config);
            EXARCH_ASSERT(sandbox::summary_of_config(config) ==
                          sandbox::summary_of_config(wish->config));
        }
    }
}

} // namespace

// The first line tells what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [kind, rest] = KindOfInput(data, size);
    if (kind == "target") {
        check_target(rest);
    } else if (kind == "body") {
        check_body(rest);
    }
    return 0;
}
