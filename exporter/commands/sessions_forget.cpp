#include <ostream>
#include <utility>

#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/store/forget.hpp"

namespace wgaudit {
namespace {

std::string counted(std::uint64_t number, std::string_view one) {
  return std::to_string(number) + ' ' + std::string(one) + (number == 1 ? "" : "s");
}

std::string rows_text(const ForgottenRows& rows) {
  return counted(rows.sessions, "session") + ", " + counted(rows.endpoints, "endpoint") + ", " +
         counted(rows.findings, "finding") + ", " + counted(rows.keys, "key");
}

// What an order to forget does not reach is said each time: whoever gave it has to know.
void print(System& system, const Forgotten& forgotten, bool dry_run) {
  system.out << (dry_run ? "would forget: " : "forgotten: ") << rows_text(forgotten.removed) << ", "
             << counted(forgotten.removed.dead_events, "dead event") << '\n';
  if (forgotten.kept.all() != 0) {
    system.out << "kept, for they go on: " << rows_text(forgotten.kept)
               << " (again when they have ended)\n";
  }
  system.out << "not touched: " << counted(forgotten.events, "event")
             << " about its keys that the state database still holds to deliver or for a week; "
                "events that were delivered; what is known of peers that are configured; the "
                "inventory\n";
  for (const std::string& name : forgotten.aside) {
    system.out << "not touched: " << name << ", which was moved aside\n";
  }
}

// By its principal alone: a filter that stands before the subcommand would be lost silently.
std::string_view refused(const SessionsArguments& arguments) {
  if (arguments.principal.empty()) return "--principal: is required";
  const std::pair<std::string_view, bool> kOthers[] = {
      {"--key: a principal is forgotten as a whole", !arguments.key.empty()},
      {"--address: a principal is forgotten as a whole", !arguments.address.empty()},
      {"--since: a principal is forgotten as a whole", !arguments.since.empty()},
      {"--until: a principal is forgotten as a whole", !arguments.until.empty()},
      {"--limit: a principal is forgotten as a whole", arguments.limit != 0},
      {"--format: forget has one", arguments.format != SessionsArguments{}.format}};
  for (const auto& [why, given] : kOthers) {
    if (given) return why;
  }
  return "";
}

}  // namespace

int run_sessions_forget(System& system, const Settings& settings,
                        const SessionsArguments& arguments, bool dry_run) {
  if (const auto why = refused(arguments); !why.empty()) {
    return fail(system, {kExitUsage, "usage: " + std::string(why)});
  }
  const auto forgotten =
      forget_principal(settings.state_directory, arguments.principal, dry_run, system.clock().wall);
  if (!forgotten) return fail(system, {kExitCannotRun, forgotten.error().message()});
  print(system, *forgotten, dry_run);
  if (!forgotten->remains.empty()) {
    return fail(system,
                {kExitCannotRun,
                 "the rows are gone, their bytes may still be in the files, run it again: " +
                     forgotten->remains});
  }
  return dry_run || forgotten->kept.all() == 0 ? kExitFine : kExitCannotRun;
}

}  // namespace wgaudit
