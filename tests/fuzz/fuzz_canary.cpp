// Must fail: proves that the fuzzer finds its way through conditions and that the sanitizers see
// what happens there. script/test runs it and fails when it passes.

#include <cstddef>
#include <cstdint>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::uint8_t> bytes(data, data + size);
    if (size < 4 || bytes[0] != 'l' || bytes[1] != 'o' || bytes[2] != 's' || bytes[3] != 't') {
        return 0;
    }
    // One past the end, which AddressSanitizer has to report.
    const volatile std::uint8_t beyond = *(bytes.data() + size);
    static_cast<void>(beyond);
    return 0;
}
