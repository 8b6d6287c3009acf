#include <ostream>

#include "collectors/model/text.hpp"
#include "exporter/codec/inventory_json.hpp"
#include "exporter/codec/scrape_targets.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/commands/problem_line.hpp"
#include "exporter/commands/replace_file.hpp"
#include "exporter/daemon/exit_code.hpp"

namespace wgaudit {

int run_inventory_targets(System& system, const Settings& settings, const std::string& output) {
  if (settings.inventory_file.empty()) {
    return fail(system, {kExitUsage, "no inventory: name one with --inventory.file"});
  }
  const LoadedInventory loaded = load_inventory(settings.inventory_file);
  for (const Problem& problem : loaded.problems) {
    const bool error = problem.severity == Problem::Severity::error;
    fail(system,
         {kExitUsage, (error ? "inventory rejected: " : "inventory: ") + problem_line(problem)});
  }
  if (!loaded.inventory) return kExitUsage;
  const ScrapeTargets targets = scrape_targets(*loaded.inventory);
  for (const std::string& problem : targets.problems) {
    fail(system, {kExitUsage, "inventory: gateway " + problem});
  }
  if (!targets.problems.empty()) return kExitUsage;
  if (output.empty()) {
    system.out << targets.json;
    return kExitFine;
  }
  const auto error = replace_file(output, targets.json);
  return error ? fail(system, {kExitCannotRun, error->message()}) : kExitFine;
}

}  // namespace wgaudit
