#include <ostream>

#include "exporter/codec/inventory_diff_text.hpp"
#include "exporter/codec/inventory_json.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/commands/problem_line.hpp"
#include "exporter/daemon/exit_code.hpp"

namespace wgaudit {

int run_inventory_diff(System& system, const DiffArguments& arguments) {
  if (arguments.format != "text" && arguments.format != "json") {
    return fail(system, {kExitUsage, "--format: not one of text, json"});
  }
  const LoadedInventory before = load_inventory(arguments.before);
  const LoadedInventory after = load_inventory(arguments.after);
  for (const LoadedInventory* loaded : {&before, &after}) {
    for (const Problem& problem : loaded->problems) {
      const bool error = problem.severity == Problem::Severity::error;
      fail(system,
           {kExitUsage, (error ? "inventory rejected: " : "inventory: ") + problem_line(problem)});
    }
  }
  if (!before.inventory || !after.inventory) return kExitUsage;
  const InventoryDiff diff = diff_inventories(*before.inventory, *after.inventory);
  system.out << (arguments.format == "json"
                     ? inventory_diff_json(diff, *before.inventory, *after.inventory)
                     : inventory_diff_text(diff));
  return diff.empty() ? kExitFine : kExitFindings;
}

}  // namespace wgaudit
