#include <algorithm>
#include <iterator>
#include <ostream>

#include "collectors/model/text.hpp"
#include "exporter/codec/inventory_json.hpp"
#include "exporter/codec/scrape_targets.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/commands/problem_line.hpp"
#include "exporter/config/load.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/daemon/sink_factory.hpp"
#include "exporter/pages/site.hpp"
#include "exporter/web/web_security.hpp"

namespace wgaudit {
namespace {

template <typename P, typename Line>
int print_problems(System& system, const std::vector<P>& problems, Line line) {
  for (const P& problem : problems) {
    system.out << (problem.severity == P::Severity::error ? "error: " : "warning: ")
               << to_printable(line(problem)) << '\n';
  }
  if (has_errors(problems)) return kExitUsage;
  return problems.empty() ? kExitFine : kExitFindings;
}

}  // namespace

int run_check_config(System& system, const std::string& file) {
  LoadedSettings loaded = load_config_file(file);
  const auto sinks = configured_sinks(loaded.settings);
  if (!has_errors(loaded.problems)) {
    std::ranges::move(check_secrets(loaded.settings), std::back_inserter(loaded.problems));
    std::ranges::move(check_certificate_files(sinks), std::back_inserter(loaded.problems));
    if (is_page(loaded.settings.web_telemetry_path)) {
      loaded.problems.push_back({ConfigProblem::Severity::error, "web.telemetry-path",
                                 "a page of the server, or its API, is there"});
    }
  }
  const int code = print_problems(system, loaded.problems,
                                  [](const ConfigProblem& problem) { return to_string(problem); });
  if (code == kExitUsage) return code;
  for (const SinkSettings& sink : sinks) {
    system.out << "sink " << sink.name << " (" << type_of(sink) << "): " << promise_of(sink)
               << '\n';
  }
  const bool has_file = std::ranges::any_of(sinks, [](const SinkSettings& sink) {
    return std::holds_alternative<FileSinkSettings>(sink.kind);
  });
  if (!sinks.empty() && !has_file) {
    system.out << "no file sink: a state directory that is restored from a backup goes unnoticed\n";
  }
  if (code == kExitFine) system.out << to_printable(file) << ": fine\n";
  return code;
}

// With the certificates that it names: what the daemon would start with.
int run_check_web_config(System& system, const std::string& file) {
  const LoadedWebSecurity loaded = load_web_security(file);
  const int code = print_problems(system, loaded.problems,
                                  [](const ConfigProblem& problem) { return to_string(problem); });
  if (code == kExitFine) system.out << to_printable(file) << ": fine\n";
  return code;
}

int run_check_inventory(System& system, const std::string& path) {
  LoadedInventory loaded = load_inventory(path);
  if (loaded.inventory) {
    for (const std::string& why : scrape_targets(*loaded.inventory).problems) {
      loaded.problems.push_back(
          {Problem::Severity::warning, path, "/gateways", "inventory sd refuses it: " + why});
    }
  }
  const int code = print_problems(system, loaded.problems, problem_line);
  if (code == kExitFine && loaded.inventory) {
    const std::size_t records = loaded.inventory->records.size();
    system.out << to_printable(path) << ": fine, " << records
               << (records == 1 ? " record" : " records") << ", sha256 " << loaded.inventory->sha256
               << '\n';
  }
  return code;
}

}  // namespace wgaudit
