#include "sandbox/lambda/route.hpp"

#include <gtest/gtest.h>

namespace exarch::sandbox::lambda {
namespace {

Route route(std::string method, std::string target) {
    http::Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    return parse_route(request);
}

TEST(LambdaRoute, names_the_operation_and_what_it_is_done_to) {
    EXPECT_EQ(route("POST", "/2015-03-31/functions"), Route{"CreateFunction"});
    EXPECT_EQ(route("GET", "/2015-03-31/functions/?MaxItems=50"),
              (Route{"ListFunctions", "", "MaxItems=50"}));
    EXPECT_EQ(route("POST", "/2015-03-31/functions/purge/invocations"), (Route{"Invoke", "purge"}));
    EXPECT_EQ(route("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ax%3A1%3Afunction%3Ap"),
              (Route{"GetFunction", "arn:aws:lambda:x:1:function:p"}));
    EXPECT_EQ(route("PUT", "/2024-08-31/functions/purge/recursion-config"),
              (Route{"PutFunctionRecursionConfig", "purge"}));
    EXPECT_EQ(route("DELETE", "/2015-03-31/event-source-mappings/u-1"),
              (Route{"DeleteEventSourceMapping", "u-1"}));
}

TEST(LambdaRoute, is_none_for_anything_else) {
    for (const char* const target :
         {"/", "/2015-03-31/functions/a/b/invocations", "/2015-03-31/functions//invocations",
          "/2015-03-31/functions/%zz/invocations", "/2015-03-31/functions/a/aliases"}) {
        EXPECT_EQ(route("POST", target), Route()) << target;
    }
    EXPECT_EQ(route("PATCH", "/2015-03-31/functions"), Route());
}

} // namespace
} // namespace exarch::sandbox::lambda
