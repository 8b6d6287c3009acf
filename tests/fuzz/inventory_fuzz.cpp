// Any bytes as an inventory: a whole inventory, or problems that point into the text. Never a
// crash.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "exporter/codec/inventory_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using wgaudit::Problem;

bool says(const std::vector<Problem>& problems, std::string_view what) {
  return std::ranges::any_of(problems, [&](const Problem& problem) {
    return problem.reason.find(what) != std::string::npos;
  });
}

void check_pointers(std::string_view text, const std::vector<Problem>& problems) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    if (!wgaudit::has_errors(problems)) std::abort();
    return;
  }
  // Of a name that is there twice the library keeps one value, and a problem may be in the other.
  if (says(problems, "there twice")) return;
  for (const Problem& problem : problems) {
    if (!json.contains(nlohmann::json::json_pointer(problem.pointer))) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = wgaudit::parse_inventory(text, "fuzz");
  if (loaded.inventory.has_value() == wgaudit::has_errors(loaded.problems)) std::abort();
  check_pointers(text, loaded.problems);
  if (!loaded.inventory) return 0;
  for (const auto& record : loaded.inventory->records) {
    if (loaded.inventory->find(record.public_key) != &record) std::abort();
    if (loaded.inventory->resolve(&record).min_prefix_length_ipv4 > 32) std::abort();
  }
  return 0;
}
