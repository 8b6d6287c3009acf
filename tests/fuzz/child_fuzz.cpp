// Any bytes as what the collector child sends: no crash, and an Observation that survives the way
// back and forth. The input is a row of messages, each behind its length in two bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "collectors/child/wire.hpp"

namespace {

constexpr std::uint64_t kRequest = 7;

std::expected<wgaudit::Observation, std::string> decode(
    const std::vector<wgaudit::Message>& messages) {
  wgaudit::ObservationDecoder decoder(kRequest);
  for (const auto& message : messages) {
    const auto fed = decoder.feed(message);
    if (!fed) return std::unexpected(fed.error());
    if (*fed == wgaudit::ObservationDecoder::Progress::done) return decoder.take();
  }
  return std::unexpected("no end");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<wgaudit::Message> messages;
  auto rest = std::as_bytes(std::span(data, size));
  while (rest.size() >= 2) {
    const auto length =
        std::to_integer<std::size_t>(rest[0]) | std::to_integer<std::size_t>(rest[1]) << 8U;
    const auto message = rest.subspan(2, std::min(length, rest.size() - 2));
    messages.emplace_back(message.begin(), message.end());
    rest = rest.subspan(2 + message.size());
  }
  if (!messages.empty()) {
    (void)wgaudit::decode_hello(messages.front());
    (void)wgaudit::decode_request(messages.front());
  }
  const auto observation = decode(messages);
  if (!observation) return 0;
  const auto again = decode(wgaudit::encode_observation(*observation, kRequest));
  if (!again || *again != *observation) std::abort();
  return 0;
}
