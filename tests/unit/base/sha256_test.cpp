#include "base/sha256.hpp"

#include <gtest/gtest.h>

namespace exarch::base {
namespace {

std::string repeat(char byte, std::size_t count) {
    return std::string(count, byte);
}

// FIPS 180-4 examples, as NIST publishes them.
TEST(sha256, agrees_with_nist) {
    EXPECT_EQ(format_hex(sha256("")),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(format_hex(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(format_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(format_hex(sha256(repeat('a', 1'000'000))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 4231, test cases 1, 2, 3, 6 and 7.
TEST(hmac_sha256, agrees_with_rfc_4231) {
    EXPECT_EQ(format_hex(hmac_sha256(repeat(0x0b, 20), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(format_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(format_hex(hmac_sha256(repeat('\xaa', 20), repeat('\xdd', 50))),
              "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    EXPECT_EQ(format_hex(hmac_sha256(repeat('\xaa', 131),
                                     "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    EXPECT_EQ(format_hex(hmac_sha256(
                  repeat('\xaa', 131),
                  "This is a test using a larger than block-size key and a larger than "
                  "block-size data. The key needs to be hashed before being used by the HMAC "
                  "algorithm.")),
              "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(sha256, a_finished_digest_leaves_no_trace_in_the_next) {
    const Sha256 first = sha256("abc");
    (void)hmac_sha256("key", "something else");
    EXPECT_EQ(sha256("abc"), first);
}

TEST(hexadecimal, keeps_every_bit_of_every_byte) {
    EXPECT_EQ(format_hex(""), "");
    EXPECT_EQ(format_hex(std::string_view("\x00\x0f\xf0\xff\x80", 5)), "000ff0ff80");
}

} // namespace
} // namespace exarch::base
