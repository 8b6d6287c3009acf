#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "collectors/secret/secret_file.hpp"
#include "exporter/config/sink_type.hpp"

namespace wgaudit {
namespace {

// "" = nothing is wrong.
std::string why_not_secret(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    return "cannot be read: " + std::generic_category().message(errno);
  }
  if (!S_ISREG(status.st_mode)) return "cannot be read: not a regular file";
  if (readers_of(status.st_mode, path) != Readers::owner) {
    return "can be read by group or others; chmod 0600";
  }
  return "";
}

}  // namespace

std::vector<ConfigProblem> check_secret_files(const std::vector<SinkSettings>& sinks) {
  std::vector<ConfigProblem> problems;
  for (const SinkSettings& sink : sinks) {
    const SinkType& type = *sink_types()[sink.kind.index()];
    if (type.secrets == nullptr) continue;
    for (const auto& [key, path] : type.secrets(sink)) {
      const std::string why = why_not_secret(path);
      if (why.empty()) continue;
      problems.push_back({ConfigProblem::Severity::warning,
                          "sinks." + sink.name + '.' + std::string(key), path + ": " + why});
    }
  }
  return problems;
}

}  // namespace wgaudit
