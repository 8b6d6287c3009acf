#include "exporter/commands/audit_once.hpp"

#include <algorithm>
#include <ostream>

#include "audit/evaluate.hpp"
#include "audit/judge.hpp"
#include "collectors/model/text.hpp"
#include "exporter/commands/problem_line.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/daemon/inventory_source.hpp"
#include "exporter/daemon/posture_source.hpp"
#include "exporter/store/reader.hpp"

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

std::vector<std::string> warnings(const std::string& what, const std::vector<Problem>& problems) {
  std::vector<std::string> lines;
  for (const Problem& problem : problems) lines.push_back(what + ": " + problem_line(problem));
  return lines;
}

// What the daemon found failing before, and since when: its database has no other word of that.
void remember_failures(Memory& memory, const Now& now) {
  for (const Finding& finding : memory.findings) {
    const FindingIdentity& identity = finding.identity;
    if (identity.rule != RuleId::collector_failing || identity.subject == kChildSubject) continue;
    const Duration age = std::max(Duration{0}, now.wall - finding.since);
    memory.failures.emplace(FailureId{identity.subject, identity.netns, identity.interface},
                            FailureMemory{now.boot - age, finding.detail});
  }
}

// Judged by one poll alone: what it shows is what is.
void judge_by_one_poll(JudgeContext& context) {
  context.settle = Duration{0};
  context.poll_interval = Duration{0};
}

// One gateway after the other, by one inventory.
class Auditor {
 public:
  Auditor(const Source& source, const InventorySource& inventory, const Settings& settings,
          std::shared_ptr<const PostureTable> posture, const Now& now, Memory memory)
      : contexts_(source.gateways, inventory.inventory(), inventory.health(),
                  std::make_shared<const RuleSettings>(settings.rules)),
        posture_(std::move(posture)),
        now_(now),
        memory_(std::move(memory)),
        from_dumps_(!source.targets.dumps.empty()) {
    // Told of already: nobody listens to what changed in it.
    memory_.inventory = inventory.inventory();
    memory_.program.inventory_sha256 = memory_.inventory->sha256;
  }

  Audit audit(const std::string& gateway, Observation observation) {
    Audit result;
    result.unread = unread(observation);
    result.read = anything_read(observation);
    if (from_dumps_ && observation.devices.empty() && result.unread.empty()) {
      // What `wg` leaves behind when it fails: not to be taken for a gateway without fault.
      result.unread.emplace_back("read incompletely: dump: there is no interface in it");
      result.read = false;
    }
    JudgeContext& context = contexts_.of(gateway);
    judge_by_one_poll(context);
    context.posture = posture_;
    Memory memory = memory_;
    Step step = judge(memory, std::move(observation), context, now_);
    memory.apply(std::move(step.delta));
    show_committed(step.view, memory);
    result.view = std::move(step.view);
    return result;
  }

 private:
  GatewayContexts contexts_;
  std::shared_ptr<const PostureTable> posture_;
  const Now& now_;
  Memory memory_;
  bool from_dumps_;
};

std::expected<Memory, Failure> memory_of(const AuditRequest& request, const Now& now) {
  if (request.state_directory.empty()) return Memory{};
  Now as_of = now;
  // What was learned by the boot clock of today says nothing about another time: by the wall clock.
  if (request.at) as_of.boot_id.clear();
  auto memory = read_memory(request.state_directory, as_of);
  if (!memory) return std::unexpected(Failure{kExitCannotRun, memory.error().message()});
  if (request.at) memory->program.boot_id = now.boot_id;
  remember_failures(*memory, now);
  return *std::move(memory);
}

// One line for all of them: they may be hundreds.
std::optional<std::string> unknown_gateways(const Audits& audits) {
  std::vector<std::string_view> unknown;
  for (const Audit& one : audits.gateways) {
    const InventoryHealth& health = one.view.inventory_health;
    if (health.configured && !health.gateway_known) unknown.push_back(one.view.gateway);
  }
  if (unknown.empty()) return std::nullopt;
  std::string text = "inventory: no entry for the gateway " + std::string(unknown.front());
  if (unknown.size() > 1) text += " and " + std::to_string(unknown.size() - 1) + " more";
  return text + ": missing_peer, interface_down and gateway_key_mismatch are off";
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
  Source source{targets_of(settings), {}};
  if (!dumps.empty()) {
    source.targets = {.netlink = false,
                      .uapi = false,
                      .all_netns = false,
                      .netns = {},
                      .uapi_directories = {},
                      .dumps = {}};
  }
  std::string unnamed;
  for (const std::string& text : dumps) {
    DumpArgument dump = parse_dump_argument(text);
    if (dump.file.empty()) return std::unexpected(Failure{kExitUsage, "--from-dump: no file"});
    if (dump.gateway.empty()) unnamed = dump.file;
    if (!dump.gateway.empty()) source.gateways.push_back(dump.gateway);
    source.targets.dumps.push_back({std::move(dump.file), std::move(dump.gateway)});
  }
  std::ranges::sort(source.gateways);
  const auto doubles = std::ranges::unique(source.gateways);
  source.gateways.erase(doubles.begin(), doubles.end());
  if (source.gateways.empty()) source.gateways = {settings.gateway_name};
  if (source.gateways.size() == 1) {
    for (DumpFile& dump : source.targets.dumps) dump.netns.clear();
  } else if (!unnamed.empty()) {
    return std::unexpected(Failure{
        kExitUsage, "--from-dump: " + unnamed + ": of which gateway? Write GW=FILE for each"});
  }
  return source;
}

std::expected<Source, Failure> source_of_one(const Settings& settings,
                                             const std::vector<std::string>& dumps) {
  auto source = source_of(settings, dumps);
  if (!source || source->gateways.size() == 1) return source;
  return std::unexpected(Failure{kExitUsage, "--from-dump: this is of one gateway, not of " +
                                                 source->gateways[0] + " and " +
                                                 source->gateways[1]});
}

std::vector<Observation> split(Observation observation, const Source& source) {
  std::vector<Observation> parts;
  if (source.gateways.size() == 1) {
    parts.push_back(std::move(observation));
    return parts;
  }
  std::map<std::string, Observation> by_gateway;
  const auto part_of = [&](std::string& netns) -> Observation& {
    Observation& part = by_gateway[netns];
    netns.clear();
    return part;
  };
  for (SourceResult& result : observation.sources) {
    Observation& part = part_of(result.netns);
    part.sources.push_back(std::move(result));
  }
  for (Device& device : observation.devices) {
    Observation& part = part_of(device.netns);
    part.devices.push_back(std::move(device));
  }
  for (DeviceFailure& failure : observation.failures) {
    Observation& part = part_of(failure.netns);
    part.failures.push_back(std::move(failure));
  }
  for (const std::string& gateway : source.gateways) {
    Observation part = std::move(by_gateway[gateway]);
    part.begun = observation.begun;
    part.ended = observation.ended;
    part.child_restarted = observation.child_restarted;
    part.memory_locked = observation.memory_locked;
    parts.push_back(std::move(part));
  }
  return parts;
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

bool Audits::complete() const {
  return std::ranges::all_of(gateways, [](const Audit& audit) { return audit.unread.empty(); });
}

std::expected<Audits, Failure> audit(System& system, const Settings& settings,
                                     const AuditRequest& request) {
  const auto source = source_of(settings, request.dumps);
  if (!source) return std::unexpected(source.error());
  if (!request.state_directory.empty() && source->gateways.size() > 1) {
    return std::unexpected(
        Failure{kExitUsage, "--state.directory: it is of one gateway, the report is of " +
                                std::to_string(source->gateways.size())});
  }
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
  Now now = system.clock();
  now.wall = request.at.value_or(now.wall);
  auto memory = memory_of(request, now);
  if (!memory) return std::unexpected(memory.error());
  Audits audits;
  audits.memory_written = memory->alive_before;
  audits.warnings = warnings("inventory", inventory.health().problems);
  std::ranges::move(warnings("posture", posture.problems()), std::back_inserter(audits.warnings));
  Auditor auditor(*source, inventory, settings, posture.table(), now, *std::move(memory));
  std::vector<Observation> parts = split(*std::move(observation), *source);
  const bool any = std::ranges::any_of(parts, anything_read);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    audits.gateways.push_back(auditor.audit(source->gateways[i], std::move(parts[i])));
  }
  if (!any) {
    const auto& why = audits.gateways.front().unread;
    return std::unexpected(Failure{
        kExitCannotRun, why.empty() ? "nothing to read: every collector is switched off" : why[0]});
  }
  if (auto unknown = unknown_gateways(audits)) audits.warnings.push_back(*std::move(unknown));
  std::vector<const View*> views;
  for (const Audit& one : audits.gateways) views.push_back(&one.view);
  audits.across = evaluate_fleet(views);
  return audits;
}

}  // namespace wgaudit
