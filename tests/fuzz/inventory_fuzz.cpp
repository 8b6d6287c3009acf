// Any bytes as an inventory: problems or a whole inventory, never a crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/codec/inventory_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = wgaudit::parse_inventory(text, "fuzz");
  if (loaded.inventory.has_value() == wgaudit::has_errors(loaded.problems)) std::abort();
  if (!loaded.inventory) return 0;
  for (const auto& record : loaded.inventory->records) {
    if (loaded.inventory->find(record.public_key) != &record) std::abort();
    if (loaded.inventory->resolve(&record).min_prefix_length_ipv4 > 32) std::abort();
  }
  return 0;
}
