#include "sandbox/iam/key_set.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

namespace exarch::sandbox {
namespace {

// Key and signature of RFC 7515, appendix A.3.
const std::string point = R"({"kty":"EC","crv":"P-256",)"
                          R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                          R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr std::string_view text =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";
constexpr std::string_view signature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

base::Result<KeySet> parse(const std::string& keys) {
    return KeySet::parse(boost::json::parse(R"({"keys":[)" + keys + "]}"), "jwks");
}

JsonWebSignature signed_text() {
    return {.algorithm = "ES256",
            .key_id = "",
            .text = text,
            .signature = decode_base64url(signature).value()};
}

TEST(KeySetTest, signature_of_the_standard_s_own_example_is_good) {
    const KeySet keys = parse(point).value();
    EXPECT_EQ(keys.verify(signed_text()), SignatureVerdict::good);
    auto changed = signed_text();
    changed.text = text.substr(1);
    EXPECT_EQ(keys.verify(changed), SignatureVerdict::wrong);
    for (const std::size_t length : {0UL, 1UL, 63UL}) {
        auto cut = signed_text();
        cut.signature.resize(length);
        EXPECT_EQ(keys.verify(cut), SignatureVerdict::wrong) << length;
    }
    auto zero = signed_text();
    zero.signature.assign(64, '\0');
    EXPECT_EQ(keys.verify(zero), SignatureVerdict::wrong);
}

TEST(KeySetTest, key_is_found_by_its_id_and_serves_its_own_algorithm_only) {
    const KeySet keys = parse(point).value();
    auto named = signed_text();
    named.key_id = "two";
    EXPECT_EQ(keys.verify(named), SignatureVerdict::no_key);
    for (const std::string_view algorithm : {"RS256", "ES384", "HS256", "none", "", "es256"}) {
        auto other = signed_text();
        other.algorithm = algorithm;
        EXPECT_EQ(keys.verify(other), SignatureVerdict::no_key) << algorithm;
    }
}

TEST(KeySetTest, key_that_is_none_is_refused_with_its_place) {
    struct Case {
        std::string key;
        std::string_view problem;
    };
    const Case cases[] = {
        {"7", "jwks.keys[0]: must be an object"},
        {"{}", "jwks.keys[0].kty: must have kty RSA, or EC"},
        {R"({"kty":"EC","crv":"secp256k1"})", "jwks.keys[0].kty: "},
        {R"({"kty":"RSA","e":"AQAB"})", "jwks.keys[0].n: is missing"},
        {R"({"kty":"RSA","n":"a+b","e":"AQAB"})", "jwks.keys[0].n: must be in Base64"},
        {R"({"kty":"RSA","n":"AQAB","e":"AQAB"})", "jwks.keys[0].n: an RSA key has at least"},
        {R"({"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"})", "jwks.keys[0].x: is no point of"},
        {R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
         R"("y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"})",
         "jwks.keys[0].x: is no point of"}};
    for (const Case& each : cases) {
        const auto keys = parse(each.key);
        ASSERT_FALSE(keys.has_value()) << each.key;
        EXPECT_EQ(keys.error().message().find(each.problem), 0) << keys.error().message();
    }
    EXPECT_TRUE(parse("").has_value());
}

TEST(KeySetTest, base64_of_tokens_has_no_padding_and_its_own_digits) {
    EXPECT_EQ(decode_base64url("_-8"), "\xff\xef");
    EXPECT_EQ(decode_base64url(""), "");
    for (const std::string_view coded : {"_-8=", "/+8", "a", "a.b", "a b"}) {
        EXPECT_FALSE(decode_base64url(coded).has_value()) << coded;
    }
}

} // namespace
} // namespace exarch::sandbox
