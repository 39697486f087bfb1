#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox::sqs {

/// MD5 in hexadecimal. SQS answers with it so that clients see that nothing was lost on the way.
[[nodiscard]] std::string md5_hex(std::string_view bytes);

[[nodiscard]] std::string encode_base64(std::string_view bytes);
/// None where the text is not Base64 with its padding.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

} // namespace exarch::sandbox::sqs
