#include <ostream>

#include "exporter/codec/inventory_json.hpp"
#include "exporter/codec/posture_json.hpp"
#include "exporter/commands/audit_once.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"

namespace wgaudit {

int run_inventory_init(System& system, const Settings& settings,
                       const std::vector<std::string>& dumps) {
  const auto source = source_of_one(settings, dumps);
  if (!source) return fail(system, source.error());
  const auto observation = system.observe(source->targets);
  if (!observation) return fail(system, observation.error());
  const auto problems = unread(*observation);
  if (anything_read(*observation)) {
    system.out << inventory_from_devices(observation->devices, source->gateways.front());
  }
  for (const std::string& line : problems) fail(system, {kExitCannotRun, line});
  return problems.empty() ? kExitFine : kExitCannotRun;
}

int run_inventory_schema(System& system, bool of_posture) {
  system.out << (of_posture ? posture_schema() : inventory_schema());
  return kExitFine;
}

}  // namespace wgaudit
