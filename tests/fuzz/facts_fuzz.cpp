// Any bytes as the facts of an event in the outbox: what decodes is written the same again, and is
// a line that holds what every line promises.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/codec/event_json.hpp"
#include "exporter/store/fact_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto facts = wgaudit::decode_facts(bytes);
  if (!facts) return 0;
  if (wgaudit::decode_facts(wgaudit::encode_facts(*facts)) != facts) std::abort();
  wgaudit::Event event = wgaudit::make_event(wgaudit::Action::peer_changed, {});
  event.sequence = 7;
  event.interface = "wg0";
  event.facts = *std::move(facts);
  for (const auto format : {wgaudit::EventFormat::ecs, wgaudit::EventFormat::ocsf}) {
    const auto line = wgaudit::encode(event, format, {"gw1", "host", "", "1"}, "installation");
    if (line.size() > wgaudit::kMaxLineBytes || line.find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
