// The web configuration file: any text gives values or problems that point at a place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "exporter/config/web_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wgaudit;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const LoadedWebFile loaded = parse_web_file(text, "/etc/web.yml");
  for (const ConfigProblem& problem : loaded.problems) {
    if (!problem.where.starts_with("/etc/web.yml:") || problem.why.empty()) std::abort();
  }
  if (has_errors(loaded.problems)) return 0;
  for (const auto& [name, hash] : loaded.file.users) {
    if (hash.size() != 60 || name.find(':') != std::string::npos) std::abort();
  }
  for (const auto& [name, value] : loaded.file.headers) {
    if (value.find_first_of("\r\n") != std::string::npos) std::abort();
  }
  for (const std::string* path : {&loaded.file.tls.cert_file, &loaded.file.tls.key_file}) {
    if (!path->empty() && !path->starts_with('/')) std::abort();
  }
  return 0;
}
