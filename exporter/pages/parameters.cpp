#include "exporter/pages/parameters.hpp"

#include <algorithm>
#include <array>

#include "collectors/model/number.hpp"

namespace wgaudit {
namespace {

using Bad = std::unexpected<BadParameter>;

Bad bad(std::string_view name, std::string why) { return Bad({std::string(name), std::move(why)}); }

struct SortName {
  PeerSort sort;
  std::string_view name;
};
constexpr SortName kSorts[] = {
    {PeerSort::principal, "principal"},           {PeerSort::status, "status"},
    {PeerSort::last_handshake, "last_handshake"}, {PeerSort::received_bytes, "received_bytes"},
    {PeerSort::sent_bytes, "sent_bytes"},         {PeerSort::findings, "findings"}};

constexpr std::string_view kSeverityNames = "info, low, medium, high, critical";

Checked<std::optional<Severity>> severity_of(const Query& query, std::string_view name) {
  const std::string_view text = query[name];
  if (text.empty()) return std::nullopt;
  const auto severity = parse_severity(text);
  if (!severity) return bad(name, "not one of " + std::string(kSeverityNames));
  return severity;
}

Checked<std::optional<PeerActivity>> activity_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  for (const auto activity : {PeerActivity::up, PeerActivity::down, PeerActivity::never}) {
    if (text == to_string(activity)) return activity;
  }
  return bad("session", "not one of up, down, never");
}

Checked<decltype(PeerFilter::finding)> condition_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text == "any") return WithFindings::any;
  if (text == "none") return WithFindings::none;
  if (const auto severity = parse_severity(text)) return *severity;
  if (const RuleInfo* rule = find_rule(text)) return rule->id;
  return bad("finding", "not any, none, a severity or the name of a rule");
}

// RFC 3339, or how long ago.
Checked<std::optional<WallTime>> instant_of(const Query& query, std::string_view name,
                                            WallTime now) {
  const std::string_view text = query[name];
  if (text.empty()) return std::nullopt;
  if (const auto time = parse_rfc3339(text)) return time;
  if (const auto ago = parse_duration(text)) return now - *ago;
  return bad(name, "not RFC 3339 and not a duration such as 24h");
}

Checked<std::optional<Address>> address_of(const Query& query) {
  const std::string_view text = query["address"];
  if (text.empty()) return std::nullopt;
  const auto address = parse_address(text);
  if (!address) return bad("address", "not an IP address");
  return address;
}

}  // namespace

Checked<PeerFilter> peer_filter_of(const Query& query) {
  constexpr std::array<std::string_view, 5> kStatusNames{"active", "unreviewed", "disabled",
                                                         "revoked", "unknown"};
  PeerFilter filter;
  filter.text = query["q"];
  filter.role = query["role"];
  filter.principal = query["principal"];
  filter.device = device_of(query);
  filter.status = query["status"];
  if (!filter.status.empty() &&
      std::ranges::find(kStatusNames, filter.status) == kStatusNames.end()) {
    return bad("status", "not one of active, unreviewed, disabled, revoked, unknown");
  }
  const auto session = activity_of(query["session"]);
  if (!session) return Bad(session.error());
  const auto finding = condition_of(query["finding"]);
  if (!finding) return Bad(finding.error());
  filter.session = *session;
  filter.finding = *finding;
  return filter;
}

Checked<PeerOrder> peer_order_of(const Query& query) {
  std::string_view text = query["sort"];
  PeerOrder order;
  if (text.empty()) return order;
  order.descending = text.starts_with('-');
  if (order.descending) text.remove_prefix(1);
  const auto* found = std::ranges::find(kSorts, text, &SortName::name);
  if (found != std::end(kSorts)) {
    order.by = found->sort;
    return order;
  }
  std::string names;
  for (const SortName& sort : kSorts) names += (names.empty() ? "" : ", ") + std::string(sort.name);
  return bad("sort", "not one of " + names + ", which a - may precede");
}

std::string to_string(const PeerOrder& order) {
  const auto* found = std::ranges::find(kSorts, order.by, &SortName::sort);
  return (order.descending ? "-" : "") + std::string(found->name);
}

Checked<FindingFilter> finding_filter_of(const Query& query) {
  FindingFilter filter;
  filter.text = query["q"];
  filter.principal = query["principal"];
  filter.device = device_of(query);
  const std::string_view state = query["state"];
  if (state == "accepted") filter.state = FindingState::accepted;
  if (state == "all") filter.state = FindingState::all;
  if (!state.empty() && state != "open" && filter.state == FindingState::open) {
    return bad("state", "not one of open, accepted, all");
  }
  const auto severity = severity_of(query, "severity"), least = severity_of(query, "min_severity");
  if (!severity) return Bad(severity.error());
  if (!least) return Bad(least.error());
  filter.severity = *severity;
  filter.at_least = *least;
  if (const std::string_view name = query["rule"]; !name.empty()) {
    const RuleInfo* rule = find_rule(name);
    if (rule == nullptr) return bad("rule", "not the name of a rule");
    filter.rule = rule->id;
  }
  const auto key = key_of(query);
  if (!key) return Bad(key.error());
  filter.key = *key;
  return filter;
}

Checked<SessionQuery> session_query_of(const Query& query, WallTime now, const Privacy& privacy) {
  SessionQuery asked;
  if (privacy.identity != IdentityPrivacy::full && !query["principal"].empty()) {
    return bad("principal", "names are hidden (--privacy.identity); ask for a key");
  }
  if (privacy.address != AddressPrivacy::full && !query["address"].empty()) {
    return bad("address", "addresses are hidden (--privacy.address)");
  }
  asked.principal = query["principal"];
  asked.device = device_of(query);
  const auto key = key_of(query);
  if (!key) return Bad(key.error());
  const auto address = address_of(query);
  if (!address) return Bad(address.error());
  const auto since = instant_of(query, "since", now), until = instant_of(query, "until", now);
  if (!since) return Bad(since.error());
  if (!until) return Bad(until.error());
  asked.key = *key;
  asked.address = *address;
  asked.since = *since;
  asked.until = *until;
  return asked;
}

Checked<EventQuery> event_query_of(const Query& query, WallTime now) {
  EventQuery asked;
  asked.device = device_of(query);
  if (const std::string_view name = query["action"]; !name.empty()) {
    const ActionInfo* action = find_action(name);
    if (action == nullptr) return bad("action", "not the name of an action");
    asked.action = action->action;
  }
  const auto least = severity_of(query, "min_severity");
  if (!least) return Bad(least.error());
  const auto key = key_of(query);
  if (!key) return Bad(key.error());
  const auto since = instant_of(query, "since", now), until = instant_of(query, "until", now);
  if (!since) return Bad(since.error());
  if (!until) return Bad(until.error());
  asked.at_least = *least;
  asked.key = *key;
  asked.since = *since;
  asked.until = *until;
  return asked;
}

Checked<std::size_t> number_of(const Query& query, std::string_view name, std::size_t most,
                               std::size_t otherwise) {
  const std::string_view text = query[name];
  if (text.empty()) return otherwise;
  const std::size_t number = parse_number<std::size_t>(text).value_or(0);
  if (number == 0 || number > most) {
    return bad(name, "not a number from 1 to " + std::to_string(most));
  }
  return number;
}

Checked<std::optional<Key>> key_of(const Query& query) {
  const std::string_view text = query["key"];
  if (text.empty()) return std::nullopt;
  // A '+' that was not encoded came as a space.
  std::string base64(text);
  std::ranges::replace(base64, ' ', '+');
  const auto key = parse_key(base64);
  if (!key) return bad("key", "not a public key (44 characters of base64, percent-encoded)");
  return key;
}

std::optional<DeviceId> device_of(const Query& query) {
  const std::string_view text = query["interface"];
  if (text.empty()) return std::nullopt;
  // No interface has a ':' in its name.
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return DeviceId("", text);
  return DeviceId(text.substr(0, colon), text.substr(colon + 1));
}

std::string to_parameter(const DeviceId& id) {
  return id.first.empty() ? id.second : id.first + ':' + id.second;
}

Checked<void> allow_only(const Query& query, std::span<const std::string_view> names) {
  for (auto it = query.all().begin(); it != query.all().end(); ++it) {
    if (std::ranges::find(names, it->first) == names.end()) {
      return bad(it->first, "not a parameter of this path");
    }
    const auto same = [&](const auto& parameter) { return parameter.first == it->first; };
    if (std::any_of(query.all().begin(), it, same)) return bad(it->first, "given twice");
  }
  return {};
}

}  // namespace wgaudit
