#include <ostream>

#include "exporter/commands/audit_once.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/metrics/page.hpp"

namespace wgaudit {

int run_metrics(System& system, const Settings& settings, const std::vector<std::string>& dumps) {
  const auto audit = audit_once(system, settings, dumps, std::nullopt);
  if (!audit) return fail(system, audit.error());
  MetricsPage page({settings.metrics_peer_details, !settings.web_disable_exporter_metrics,
                    settings.metrics_peer_limit});
  system.out << page.render(audit->view, audit->view.taken.boot);
  for (const std::string& line : audit->warnings) fail(system, {kExitFine, line});
  for (const std::string& line : audit->unread) fail(system, {kExitCannotRun, line});
  return audit->unread.empty() ? kExitFine : kExitCannotRun;
}

}  // namespace wgaudit
