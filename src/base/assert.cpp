#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace exarch::base {

void assertion_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr,
                 "exarch: broken invariant `%s` at %s:%d; stopping before it does harm. "
                 "Please report this line.\n",
                 condition, file, line);
    std::abort();
}

} // namespace exarch::base
