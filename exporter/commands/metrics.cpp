#include <ostream>

#include "exporter/commands/audit_once.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/metrics/page.hpp"

namespace wgaudit {

int run_metrics(System& system, const Settings& settings, const std::vector<std::string>& dumps) {
  if (const auto one = source_of_one(settings, dumps); !one) return fail(system, one.error());
  const auto audits = audit(system, settings, {dumps, std::nullopt, ""});
  if (!audits) return fail(system, audits.error());
  const Audit& one = audits->gateways.front();
  MetricsPage page({settings.metrics_peer_details, !settings.web_disable_exporter_metrics,
                    settings.metrics_peer_limit, settings.privacy});
  system.out << page.render(one.view, one.view.taken.boot);
  for (const std::string& line : audits->warnings) fail(system, {kExitFine, line});
  for (const std::string& line : one.unread) fail(system, {kExitCannotRun, line});
  return one.unread.empty() ? kExitFine : kExitCannotRun;
}

}  // namespace wgaudit
