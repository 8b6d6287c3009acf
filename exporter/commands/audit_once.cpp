#include "exporter/commands/audit_once.hpp"

#include <algorithm>
#include <ostream>

#include "audit/judge.hpp"
#include "collectors/model/text.hpp"
#include "exporter/commands/problem_line.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/daemon/inventory_source.hpp"
#include "exporter/daemon/posture_source.hpp"

namespace wgaudit {
namespace {

std::string in_netns(const std::string& netns) {
  return netns.empty() ? "" : " of namespace " + netns;
}

// Each error a line; the last one is the failure, so that the caller says it.
Failure rejected(System& system, const std::string& what, const std::vector<Problem>& problems) {
  std::vector<std::string> lines;
  for (const Problem& problem : problems) {
    if (problem.severity == Problem::Severity::error) {
      lines.push_back(what + " rejected: " + problem_line(problem));
    }
  }
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) fail(system, {kExitUsage, lines[i]});
  return {kExitUsage, lines.back()};
}

std::vector<std::string> warnings_of(const JudgeContext& context) {
  std::vector<std::string> lines;
  if (!context.inventory_health.configured) return lines;
  for (const Problem& problem : context.inventory_health.problems) {
    lines.push_back("inventory: " + problem_line(problem));
  }
  if (!context.inventory_health.gateway_known) {
    lines.push_back("inventory: no entry for the gateway " + context.gateway +
                    ": missing_peer is off");
  }
  return lines;
}

}  // namespace

DumpArgument parse_dump_argument(const std::string& text) {
  const auto equals = text.find('=');
  // A gateway's name holds no '/': "./a=b" is a file.
  if (equals == std::string::npos || equals == 0 || text.find('/') < equals) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::expected<Source, Failure> source_of(const Settings& settings,
                                         const std::vector<std::string>& dumps) {
  Source source{targets_of(settings), settings.gateway_name};
  if (dumps.empty()) return source;
  source.targets = {.netlink = false,
                    .uapi = false,
                    .all_netns = false,
                    .netns = {},
                    .uapi_directories = {},
                    .dumps = {}};
  std::string named;
  for (const std::string& text : dumps) {
    DumpArgument dump = parse_dump_argument(text);
    if (dump.file.empty()) return std::unexpected(Failure{kExitUsage, "--from-dump: no file"});
    if (!dump.gateway.empty() && !named.empty() && dump.gateway != named) {
      return std::unexpected(Failure{
          kExitUsage,
          "--from-dump: one report is of one gateway, not of " + named + " and " + dump.gateway});
    }
    if (!dump.gateway.empty()) named = source.gateway = dump.gateway;
    source.targets.dumps.push_back(std::move(dump.file));
  }
  return source;
}

std::vector<std::string> unread(const Observation& observation) {
  std::vector<std::string> lines;
  for (const SourceResult& source : observation.sources) {
    if (source.status == SourceStatus::complete) continue;
    const std::string verb =
        source.status == SourceStatus::incomplete ? "read incompletely: " : "cannot read ";
    // Of a dump `why` begins with its file.
    lines.push_back(verb + std::string(to_string(source.collector)) + in_netns(source.netns) +
                    ": " + source.why);
  }
  for (const DeviceFailure& device : observation.failures) {
    lines.push_back("cannot read interface: " + device.name + in_netns(device.netns) + ": " +
                    device.why);
  }
  for (const Device& device : observation.devices) {
    if (device.completeness == Completeness::complete) continue;
    lines.push_back("read incompletely: interface " + device.name + in_netns(device.netns) +
                    ": its dump stayed interrupted");
  }
  if (observation.child_restarted) lines.emplace_back("the collector process died");
  return lines;
}

bool anything_read(const Observation& observation) {
  return !observation.devices.empty() ||
         std::ranges::any_of(observation.sources, [](const SourceResult& source) {
           return source.status == SourceStatus::complete;
         });
}

std::expected<Audit, Failure> audit_once(System& system, const Settings& settings,
                                         const std::vector<std::string>& dumps,
                                         std::optional<WallTime> at) {
  const auto source = source_of(settings, dumps);
  if (!source) return std::unexpected(source.error());
  InventorySource inventory(settings.inventory_file);
  if (inventory.load(Cause::start, system.clock().wall) != LoadOutcome::accepted) {
    return std::unexpected(rejected(system, "inventory", inventory.health().problems));
  }
  PostureSource posture(settings.posture_file);
  if (posture.load(Cause::start) != LoadOutcome::accepted) {
    return std::unexpected(rejected(system, "posture", posture.problems()));
  }
  auto observation = system.observe(source->targets);
  if (!observation) return std::unexpected(observation.error());
  Audit audit;
  audit.unread = unread(*observation);
  if (!dumps.empty() && observation->devices.empty() && audit.unread.empty()) {
    // What `wg` leaves behind when it fails: not to be taken for a gateway without fault.
    audit.unread.emplace_back("read incompletely: dump: there is no interface in it");
  }
  if (!anything_read(*observation)) {
    return std::unexpected(Failure{
        kExitCannotRun, audit.unread.empty() ? "nothing to read: every collector is switched off"
                                             : audit.unread.front()});
  }
  JudgeContext context = make_context(source->gateway, inventory.inventory(), inventory.health(),
                                      std::make_shared<const RuleSettings>(settings.rules));
  context.posture = posture.table();
  context.settle = Duration{0};  // one poll: what it shows is what is
  context.poll_interval = Duration{0};
  Now now = system.clock();
  now.wall = at.value_or(now.wall);
  audit.warnings = warnings_of(context);
  for (const Problem& problem : posture.problems()) {
    audit.warnings.push_back("posture: " + problem_line(problem));
  }
  Memory memory;
  Step step = judge(memory, *std::move(observation), context, now);
  memory.apply(std::move(step.delta));
  show_committed(step.view, memory);
  audit.view = std::move(step.view);
  return audit;
}

}  // namespace wgaudit
