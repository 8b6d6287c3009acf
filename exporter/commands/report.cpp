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
  const std::string why = is_rule_name(text) ? "this release does not judge it" : "no such rule";
  return {kExitUsage, flag + ": " + text + ": " + why};
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
};

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
  if (arguments.format != "text" && arguments.format != "json") {
    return refuse("--format: not one of text, json");
  }
  parsed.options.principal = arguments.principal;
  for (const std::string& name : arguments.rules) {
    const RuleInfo* rule = rule_of(name);
    if (rule == nullptr) return std::unexpected(no_such_rule("--rules", name));
    parsed.options.rules.push_back(rule->id);
  }
  return parsed;
}

bool reaches(const View& view, const Parsed& parsed) {
  if (!parsed.fail_on) return false;
  const auto findings = reported_findings(view, parsed.options, false);
  return std::ranges::any_of(findings, [&](const Finding* finding) {
    return !finding->accepted && finding->severity >= *parsed.fail_on;
  });
}

// A name that nobody has would make a report without findings.
bool is_known(const View& view, const std::string& principal) {
  const auto has_peer = [&](const JudgedDevice& judged) {
    return std::ranges::any_of(judged.device->peers, [&](const Peer& peer) {
      return principal_of(peer.public_key, nullptr) == principal;
    });
  };
  return std::ranges::find(view.inventory->records, principal, &Record::principal) !=
             view.inventory->records.end() ||
         std::ranges::any_of(view.devices, has_peer);
}

}  // namespace

int run_report(System& system, const Settings& settings, const ReportArguments& arguments) {
  if (!arguments.explain.empty()) return explain_rules(system, arguments.explain);
  const auto parsed = parse(arguments);
  if (!parsed) return fail(system, parsed.error());
  const auto audit = audit_once(system, settings, arguments.dumps, parsed->at);
  if (!audit) return fail(system, audit.error());
  const std::string& principal = parsed->options.principal;
  if (!principal.empty() && !is_known(audit->view, principal)) {
    return fail(system, {kExitUsage, "--principal: neither in the inventory nor on an interface"});
  }
  std::vector<std::string> problems = audit->unread;
  problems.insert(problems.end(), audit->warnings.begin(), audit->warnings.end());
  system.out << (arguments.format == "json" ? report_json(audit->view, parsed->options, problems)
                                            : report_text(audit->view, parsed->options, problems));
  for (const std::string& line : audit->unread) fail(system, {kExitCannotRun, line});
  // A finding is certain whatever could not be read; without one, what was not read is not fine.
  if (reaches(audit->view, *parsed)) return kExitFindings;
  return audit->unread.empty() ? kExitFine : kExitCannotRun;
}

}  // namespace wgaudit
