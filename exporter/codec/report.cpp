#include "exporter/codec/report.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "audit/forwarding.hpp"
#include "collectors/model/text.hpp"
#include "exporter/codec/report_words.hpp"

namespace wgaudit {
namespace {

constexpr std::array<ReportFormat, 4> kFormats{{{"text", report_text},
                                                {"json", report_json},
                                                {"markdown", report_markdown},
                                                {"html", report_html}}};

bool selected(const ReportOptions& options, RuleId rule) {
  return options.rules.empty() || std::ranges::find(options.rules, rule) != options.rules.end();
}

bool selected(const ReportOptions& options, const Finding& finding) {
  return selected(options, finding.identity.rule) &&
         (options.principal.empty() || finding.principal == options.principal);
}

// How many active records of each gateway it expects on an interface by name.
std::map<std::string_view, std::size_t> expected_records(const Inventory& inventory,
                                                         const ReportOptions& options,
                                                         WallTime now) {
  std::map<std::string_view, std::size_t> counts;
  std::set<std::string_view> seen;
  for (const Record& record : inventory.records) {
    if (record.status != Status::active || !record.at) continue;
    if (record.expires_at && *record.expires_at <= now) continue;
    if (!options.principal.empty() && record.principal != options.principal) continue;
    seen.clear();
    for (const Place& place : *record.at) {
      if (place.interface != "*" && seen.insert(place.gateway).second) ++counts[place.gateway];
    }
  }
  return counts;
}

bool of_dumps(const View& view) {
  return !view.devices.empty() && std::ranges::all_of(view.devices, [](const JudgedDevice& judged) {
    return judged.device->collector == CollectorKind::dump;
  });
}

bool listed_all(const View& view) {
  return std::ranges::all_of(view.sources, [](const SourceHealth& source) {
    return source.last.status == SourceStatus::complete && source.last.lists_all;
  });
}

class ReportBuilder {
 public:
  ReportBuilder(const ReportInput& input, const ReportOptions& options)
      : input_(input), view_(*input.gateways.front().view) {
    model_.options = options;
    model_.generated_at = view_.taken.wall;
    model_.memory = input.memory ? &*input.memory : nullptr;
    model_.problems = &input.problems;
    if (view_.inventory_health.configured) {
      model_.inventory = view_.inventory.get();
      expected_ = expected_records(*view_.inventory, options, model_.generated_at);
    }
  }

  ReportModel build() {
    for (const GatewayInput& gateway : input_.gateways) add_gateway(gateway);
    for (const FleetFinding& found : input_.across) {
      if (!selected(model_.options, found.finding)) continue;
      ReportFinding finding = finding_of(found.finding, "");
      for (const Place& place : found.places) finding.where.push_back(to_string(place));
      model_.across.push_back(std::move(finding));
    }
    sort_by_identity(model_.across);
    list_findings();
    merge_in_order();
    merge_not_checked();
    merge_problems();
    return std::move(model_);
  }

 private:
  void add_gateway(const GatewayInput& input);
  void judge_rules(ReportGateway& gateway);
  static bool add_unjudged(ReportGateway& gateway);
  ReportFinding finding_of(const Finding& finding, std::string_view gateway) const;
  std::string why_not_checked(const ReportGateway& gateway, const RuleInfo& rule) const;
  std::size_t looked_at(const ReportGateway& gateway, RuleScope scope) const;
  static void sort_by_identity(std::vector<ReportFinding>& findings);
  void list_findings();
  void merge_in_order();
  void merge_not_checked();
  void merge_problems();

  const ReportInput& input_;
  const View& view_;  // any of them: they share inventory, rules and time
  std::map<std::string_view, std::size_t> expected_;
  ReportModel model_;
};

void ReportBuilder::sort_by_identity(std::vector<ReportFinding>& findings) {
  std::ranges::sort(findings, [](const ReportFinding& a, const ReportFinding& b) {
    return a.finding->identity < b.finding->identity;
  });
}

ReportFinding ReportBuilder::finding_of(const Finding& finding, std::string_view gateway) const {
  ReportFinding found{&finding, &rule_info(finding.identity.rule), gateway, nullptr, nullptr, {}};
  const auto& key = finding.identity.public_key;
  if (key) found.record = view_.inventory->find(*key);
  if (found.record != nullptr && finding.accepted) {
    found.exception = find_exception(*found.record, found.rule->name, model_.generated_at);
  }
  return found;
}

void ReportBuilder::add_gateway(const GatewayInput& input) {
  ReportGateway gateway{input.view, input.read, 0, {}, {}, {}, &input.problems};
  for (const JudgedDevice& judged : input.view->devices) {
    for (std::size_t i = 0; i < judged.peers.size(); ++i) {
      const bool reported = is_reported(model_.options, judged.device->peers[i], judged.peers[i]);
      gateway.peers += reported ? 1 : 0;
    }
  }
  for (const Finding& finding : input.view->findings) {
    if (!selected(model_.options, finding)) continue;
    ReportFinding found = finding_of(finding, input.view->gateway);
    found.where = {
        place_text(input.view->gateway, finding.identity.netns, finding.identity.interface)};
    gateway.findings.push_back(std::move(found));
  }
  sort_by_identity(gateway.findings);
  judge_rules(gateway);
  model_.gateways.push_back(std::move(gateway));
}

// "" = checked.
std::string ReportBuilder::why_not_checked(const ReportGateway& gateway,
                                           const RuleInfo& rule) const {
  const View& view = *gateway.view;
  const RuleScope scope = rule.scope;
  const RuleSetting& setting = (*view.rule_settings)[rule.id];
  if (!view.rule_settings->enabled_for_anybody(rule.id)) {
    return setting.enabled ? "switched off in the configuration"
                           : "off by default: rules." + std::string(rule.name) +
                                 ".enabled in the configuration switches it on";
  }
  if (scope == RuleScope::listeners) return "is about a running daemon: see wgaudit serve";
  if (rule.needs_inventory && !view.inventory_health.configured) {
    return "needs an inventory, none is configured";
  }
  if (!gateway.read && scope != RuleScope::inventory) {
    return "nothing of this gateway could be read";
  }
  if (rule.needs_gateway && !view.inventory_health.gateway_known) {
    return "the inventory has no entry for this gateway";
  }
  if (scope == RuleScope::host && of_dumps(view)) return "a dump does not say";
  if (rule.id == RuleId::interface_down && !listed_all(view)) {
    return "it is not known which interfaces there are";
  }
  if (rule.needs_memory && model_.memory == nullptr) {
    return "needs more than one poll: run wgaudit serve";
  }
  const bool of_principals = scope == RuleScope::peers || scope == RuleScope::records;
  if (!model_.options.principal.empty() && !of_principals) return "is about no principal";
  return "";
}

std::size_t ReportBuilder::looked_at(const ReportGateway& gateway, RuleScope scope) const {
  switch (scope) {
    case RuleScope::peers:
      return gateway.peers;
    case RuleScope::records: {
      const auto found = expected_.find(gateway.view->gateway);
      return found == expected_.end() ? 0 : found->second;
    }
    case RuleScope::interfaces:
    case RuleScope::host:
      return gateway.view->devices.size();
    case RuleScope::sources:
      return gateway.view->sources.size();
    case RuleScope::inventory:
    case RuleScope::listeners:
      break;
  }
  return 1;
}

// Interfaces whose forwarding cannot be judged, each with why. False: there is none.
bool ReportBuilder::add_unjudged(ReportGateway& gateway) {
  const auto unjudged = unjudged_forwarding(*gateway.view);
  for (const UnjudgedForwarding& of : unjudged) {
    const std::string place = of.netns.empty() ? of.interface : of.netns + '/' + of.interface;
    gateway.not_checked.emplace_back(
        &rule_info(RuleId::forwarding_open),
        to_printable(place) + ", " + of.subject + ": " + std::string(of.why));
  }
  return !unjudged.empty();
}

void ReportBuilder::judge_rules(ReportGateway& gateway) {
  std::set<RuleId> found;
  for (const ReportFinding& finding : gateway.findings) found.insert(finding.rule->id);
  for (const RuleInfo& rule : rules()) {
    if (!selected(model_.options, rule.id)) continue;
    const RuleScope scope = rule.scope;
    std::string why = why_not_checked(gateway, rule);
    if (!why.empty()) {
      gateway.not_checked.emplace_back(&rule, std::move(why));
    } else if (rule.id == RuleId::forwarding_open && add_unjudged(gateway)) {
      continue;
    } else if (!found.contains(rule.id)) {
      gateway.in_order.push_back({&rule, scope, looked_at(gateway, scope)});
    }
  }
}

void ReportBuilder::list_findings() {
  const auto add = [&](const std::vector<ReportFinding>& findings) {
    for (const ReportFinding& finding : findings) {
      (finding.finding->accepted ? model_.accepted : model_.open).push_back(&finding);
    }
  };
  add(model_.across);
  for (const ReportGateway& gateway : model_.gateways) add(gateway.findings);
  for (auto* list : {&model_.open, &model_.accepted}) {
    // Of one rule those across gateways come first, then gateway after gateway.
    std::ranges::stable_sort(*list, [](const ReportFinding* a, const ReportFinding* b) {
      return std::tuple(b->finding->severity, a->rule->id) <
             std::tuple(a->finding->severity, b->rule->id);
    });
  }
  for (const ReportFinding* finding : model_.open) {
    ++model_.open_count[static_cast<std::size_t>(finding->finding->severity)];
  }
}

// A rule is in order where some gateway was judged by it and none has a finding; where it was not
// checked, that is said beside it.
void ReportBuilder::merge_in_order() {
  std::map<RuleId, InOrder> in_order;
  std::set<RuleId> found;
  for (const ReportFinding& finding : model_.across) found.insert(finding.rule->id);
  for (const ReportGateway& gateway : model_.gateways) {
    for (const ReportFinding& finding : gateway.findings) found.insert(finding.rule->id);
    for (const InOrder& rule : gateway.in_order) {
      const auto [at, is_new] = in_order.emplace(rule.rule->id, rule);
      if (!is_new && rule.scope != RuleScope::inventory) at->second.looked_at += rule.looked_at;
    }
  }
  for (const auto& [id, rule] : in_order) {
    if (!found.contains(id)) model_.in_order.push_back(rule);
  }
}

// One entry for all rules that were not checked for one reason at the same gateways.
void ReportBuilder::merge_not_checked() {
  std::map<std::pair<RuleId, std::string>, std::vector<std::string_view>> gateways;
  for (const ReportGateway& gateway : model_.gateways) {
    for (const auto& [rule, why] : gateway.not_checked) {
      gateways[{rule->id, why}].push_back(gateway.view->gateway);
    }
  }
  for (auto& [id, where] : gateways) {
    if (where.size() == model_.gateways.size()) where.clear();
    auto& lists = model_.not_checked;
    auto same = std::ranges::find_if(lists, [&](const NotChecked& list) {
      return list.why == id.second && list.gateways == where;
    });
    if (same == lists.end()) same = lists.insert(lists.end(), {{}, id.second, where});
    same->rules.push_back(&rule_info(id.first));
  }
}

void ReportBuilder::merge_problems() {
  for (const ReportGateway& gateway : model_.gateways) {
    const std::string prefix = model_.of_many() ? gateway.view->gateway + ": " : "";
    for (const std::string& problem : *gateway.problems) {
      model_.all_problems.push_back(prefix + problem);
    }
  }
  model_.all_problems.insert(model_.all_problems.end(), input_.problems.begin(),
                             input_.problems.end());
}

}  // namespace

std::span<const ReportFormat> report_formats() { return kFormats; }

bool is_reported(const ReportOptions& options, const Peer& peer, const PeerStatus& status) {
  return options.principal.empty() ||
         principal_of(peer.public_key, status.record) == options.principal;
}

ReportModel make_report(const ReportInput& input, const ReportOptions& options) {
  return ReportBuilder(input, options).build();
}

std::string explain(const RuleInfo& rule) {
  return rule_code(rule.id) + ' ' + std::string(rule.name) + " (" +
         std::string(to_string(rule.severity)) +
         ")\n  opens when: " + std::string(rule.opens_when) +
         "\n  why: " + std::string(rule.reason) + "\n  what to do: " + std::string(rule.remedy) +
         '\n';
}

}  // namespace wgaudit
