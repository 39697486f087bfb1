#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace exarch::base {

Secret::~Secret() {
    // All of the buffer: a short string that was moved from keeps its bytes beyond its length.
    value_.resize(value_.capacity());
    OPENSSL_cleanse(value_.data(), value_.size());
}

} // namespace exarch::base
