#include "tests/support/event_recorder.hpp"

#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "exporter/codec/event_json.hpp"

namespace wgaudit::test {

void record_events(std::span<const Event> events, std::string_view test_name) {
  const char* directory = std::getenv("WGAUDIT_TEST_EVENTS");
  if (directory == nullptr || *directory == '\0' || events.empty()) return;
  static const EventOrigin origin{"gw1", "gw1.example.net", "5b1a7b6c0d6c4c2e9f0f9b4e9a4a2c11",
                                  "1.0.0"};
  std::string name = std::to_string(getpid()) + '-';
  for (const char c : test_name) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  std::ofstream file(std::filesystem::path(directory) / (name + ".jsonl"),
                     std::ios::binary | std::ios::app);
  for (const Event& event : events) {
    file << to_ecs(event, origin, "0f8b1c9e-5f0e-4f5c-9a55-2b7d2f5f6c11") << '\n';
  }
  file.flush();
  // A test whose events are lost would count as validated.
  if (!file) std::abort();
}

}  // namespace wgaudit::test
