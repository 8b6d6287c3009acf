// Any text as a dump: no crash, and devices that keep the promises of the model.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collectors/child/device_check.hpp"
#include "collectors/dump/decoder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  wgaudit::DumpDecoder decoder("wg0");
  for (;;) {
    const auto end = text.find('\n');
    if (!decoder.feed(text.substr(0, end))) return 0;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  for (const wgaudit::Device& device : decoder.take()) {
    if (wgaudit::broken_promise(device)) std::abort();
  }
  return 0;
}
