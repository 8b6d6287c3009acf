#include <optional>
#include <ostream>

#include "exporter/commands/audit_once.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/commands/replace_file.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/daemon/metrics_settings.hpp"
#include "exporter/metrics/page.hpp"

namespace wgaudit {

int run_metrics(System& system, const Settings& settings, const MetricsArguments& arguments) {
  if (const auto one = source_of_one(settings, arguments.dumps); !one) {
    return fail(system, one.error());
  }
  const auto audits = audit(system, settings, {arguments.dumps, std::nullopt, ""});
  if (!audits) return fail(system, audits.error());
  const Audit& one = audits->gateways.front();
  MetricsOptions options = metrics_options(settings);
  // This process ends with its page, and node_exporter fails where a file has its own names.
  options.exporter_metrics = false;
  const std::string page = MetricsPage(options).render(one.view, one.view.taken.boot);
  for (const std::string& line : audits->warnings) fail(system, {kExitFine, line});
  for (const std::string& line : one.unread) fail(system, {kExitCannotRun, line});
  if (arguments.output.empty()) {
    system.out << page;
  } else if (const auto error = replace_file(arguments.output, page)) {
    return fail(system, {kExitCannotRun, error->message()});
  }
  return one.unread.empty() ? kExitFine : kExitCannotRun;
}

}  // namespace wgaudit
