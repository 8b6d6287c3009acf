#include "exporter/codec/report.hpp"

#include <algorithm>
#include <ostream>

#include "exporter/commands/audit_once.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"

namespace wgaudit {
namespace {

// By name or code.
const RuleInfo* rule_of(const std::string& text) {
  if (const RuleInfo* rule = find_rule(text)) return rule;
  const auto all = rules();
  const auto found =
      std::ranges::find_if(all, [&](const RuleInfo& rule) { return rule_code(rule.id) == text; });
  return found == all.end() ? nullptr : &*found;
}

Failure no_such_rule(const std::string& flag, const std::string& text) {
  return {kExitUsage, flag + ": " + text + ": no such rule"};
}

int explain_rules(System& system, const std::string& which) {
  if (which == "all") {
    for (const RuleInfo& rule : rules()) {
      system.out << (rule.id == rules().front().id ? "" : "\n") << explain(rule);
    }
    return kExitFine;
  }
  const RuleInfo* rule = rule_of(which);
  if (rule == nullptr) return fail(system, no_such_rule("--explain", which));
  system.out << explain(*rule);
  return kExitFine;
}

struct Parsed {
  ReportOptions options;
  std::optional<Severity> fail_on;
  std::optional<WallTime> at;
  const ReportFormat* format = nullptr;
};

std::string format_names() {
  std::string names;
  for (const ReportFormat& format : report_formats()) {
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  }
  return names;
}

std::expected<Parsed, Failure> parse(const ReportArguments& arguments) {
  Parsed parsed;
  const auto refuse = [](std::string why) {
    return std::unexpected(Failure{kExitUsage, std::move(why)});
  };
  if (!arguments.fail_on.empty()) {
    parsed.fail_on = parse_severity(arguments.fail_on);
    if (!parsed.fail_on) return refuse("--fail-on: not one of info, low, medium, high, critical");
  }
  if (!arguments.at.empty()) {
    parsed.at = parse_rfc3339(arguments.at);
    if (!parsed.at) return refuse("--at: not a time such as 2026-08-01T00:00:00Z");
  }
  const auto formats = report_formats();
  const auto format = std::ranges::find(formats, arguments.format, &ReportFormat::name);
  if (format == formats.end()) return refuse("--format: not one of " + format_names());
  parsed.format = &*format;
  parsed.options.principal = arguments.principal;
  for (const std::string& name : arguments.rules) {
    const RuleInfo* rule = rule_of(name);
    if (rule == nullptr) return std::unexpected(no_such_rule("--rules", name));
    parsed.options.rules.push_back(rule->id);
  }
  return parsed;
}

// Those across gateways count as well.
bool reaches(const ReportModel& model, std::optional<Severity> fail_on) {
  return fail_on && std::ranges::any_of(model.open, [&](const ReportFinding* found) {
           return found->finding->severity >= *fail_on;
         });
}

// A name that nobody has would make a report without findings.
bool is_known(const Audits& audits, const std::string& principal) {
  const auto has_peer = [&](const JudgedDevice& judged) {
    return std::ranges::any_of(judged.device->peers, [&](const Peer& peer) {
      return principal_of(peer.public_key, nullptr) == principal;
    });
  };
  const Inventory& inventory = *audits.gateways.front().view.inventory;
  return std::ranges::find(inventory.records, principal, &Record::principal) !=
             inventory.records.end() ||
         std::ranges::any_of(audits.gateways, [&](const Audit& one) {
           return std::ranges::any_of(one.view.devices, has_peer);
         });
}

ReportInput input_of(const Audits& audits, const std::string& state_directory) {
  ReportInput input{{}, audits.across, audits.warnings, std::nullopt};
  for (const Audit& one : audits.gateways) {
    input.gateways.push_back({&one.view, one.read, one.unread});
  }
  if (!state_directory.empty()) input.memory = {state_directory, audits.memory_written};
  return input;
}

}  // namespace

int run_report(System& system, const Settings& settings, const ReportArguments& arguments) {
  if (!arguments.explain.empty()) return explain_rules(system, arguments.explain);
  const auto parsed = parse(arguments);
  if (!parsed) return fail(system, parsed.error());
  const auto audits =
      audit(system, settings, {arguments.dumps, parsed->at, arguments.state_directory});
  if (!audits) return fail(system, audits.error());
  const std::string& principal = parsed->options.principal;
  if (!principal.empty() && !is_known(*audits, principal)) {
    return fail(system, {kExitUsage, "--principal: neither in the inventory nor on an interface"});
  }
  const ReportInput input = input_of(*audits, arguments.state_directory);
  const ReportModel model = make_report(input, parsed->options);
  system.out << parsed->format->render(model);
  for (const Audit& one : audits->gateways) {
    const std::string prefix = model.of_many() ? one.view.gateway + ": " : "";
    for (const std::string& line : one.unread) fail(system, {kExitCannotRun, prefix + line});
  }
  // A finding is certain whatever could not be read; without one, what was not read is not fine.
  if (reaches(model, parsed->fail_on)) return kExitFindings;
  return audits->complete() ? kExitFine : kExitCannotRun;
}

}  // namespace wgaudit
