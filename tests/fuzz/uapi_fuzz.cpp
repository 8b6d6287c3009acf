// Any text as the answer to `get=1`: no crash, and a device that keeps the promises of the model.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collectors/child/device_check.hpp"
#include "collectors/uapi/decoder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  wgaudit::UapiDecoder decoder(wgaudit::from_timespec(1'795'365'538, 0));
  for (;;) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return 0;
    const auto fed = decoder.feed(text.substr(0, end));
    if (!fed) return 0;
    if (*fed == wgaudit::UapiDecoder::Progress::done) break;
    text.remove_prefix(end + 1);
  }
  const auto device = decoder.take();
  if (device && wgaudit::broken_promise(*device)) std::abort();
  return 0;
}
