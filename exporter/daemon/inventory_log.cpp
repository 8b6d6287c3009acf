#include "exporter/daemon/inventory_log.hpp"

#include "exporter/daemon/log.hpp"

namespace wgaudit {

void log_inventory(const InventorySource& source, const JudgeContext& context) {
  const InventoryHealth& health = source.health();
  if (!health.configured) {
    log(LogLevel::warn, "no inventory is configured: the rules that need one are off");
    return;
  }
  for (const Problem& problem : health.problems) {
    const bool error = problem.severity == Problem::Severity::error;
    log(error ? LogLevel::error : LogLevel::warn, "inventory problem",
        {{"file", problem.file}, {"pointer", problem.pointer}, {"reason", problem.reason}});
  }
  if (!health.last_reload_successful) {
    log(LogLevel::error, "inventory rejected, the last good one stays in force",
        {{"file", source.inventory()->path}});
    return;
  }
  log(LogLevel::info, "inventory loaded",
      {{"file", source.inventory()->path},
       {"sha256", source.inventory()->sha256},
       {"records", std::to_string(source.inventory()->records.size())}});
  if (!context.inventory_health.gateway_known) {
    log(LogLevel::warn,
        "the inventory has no entry for this gateway: missing_peer, interface_down and "
        "gateway_key_mismatch are off",
        {{"gateway", context.gateway}});
  }
}

void log_replaced(const Store::Opened& opened) {
  if (!opened.replaced) return;
  log(LogLevel::error, "the state database was moved aside; a new baseline begins",
      {{"reason", opened.replaced->message()}});
}

}  // namespace wgaudit
