#include "exporter/codec/event_values.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "audit/rules.hpp"
#include "exporter/codec/event_ids.hpp"
#include "exporter/codec/event_message.hpp"
#include "exporter/codec/event_related.hpp"
#include "exporter/codec/sha256.hpp"

namespace wgaudit {
namespace {

class Facts {
 public:
  explicit Facts(std::vector<Fact>& out) : out_(out) { out_.reserve(48); }
  void add(Field field, Value value) { out_.push_back({field, std::move(value)}); }
  void text(Field field, std::string_view value) { add(field, std::string(value)); }
  void text_if_any(Field field, std::string_view value) {
    if (!value.empty()) text(field, value);
  }
  void texts_if_any(Field field, std::vector<std::string> values) {
    if (!values.empty()) add(field, std::move(values));
  }

 private:
  std::vector<Fact>& out_;
};

// Of rules about keys that must not be there: somebody may be inside. The others judge how it is
// configured.
bool is_intrusion(std::string_view rule) {
  constexpr std::string_view kRules[] = {"unknown_key", "revoked_key", "disabled_key",
                                         "expired_key", "shared_key",  "forbidden_session"};
  return std::ranges::find(kRules, rule) != std::end(kRules);
}

void add_audit(Facts& out, const Event& event, std::string_view installation,
               std::string_view prev_hash) {
  out.add(Field::timestamp, event.at);
  if (!prev_hash.empty()) out.text(Field::prev_hash, "sha256:" + std::string(prev_hash));
  if (event.observed_after) out.add(Field::observed_after, *event.observed_after);
  out.text(Field::installation, installation);
}

void add_subject(Facts& out, const Event& event, const std::string& key_sha256) {
  out.text_if_any(Field::interface_name, event.interface);
  out.text_if_any(Field::observer_interface, event.interface);
  out.text_if_any(Field::interface_netns, event.netns);
  if (!event.public_key) return;
  out.text(Field::peer_public_key, to_string(*event.public_key));
  out.text(Field::peer_key_sha256, key_sha256);
}

void add_references(Facts& out, const Event& event, std::string_view installation) {
  for (const Fact& fact : event.facts) {
    if (const auto* other = std::get_if<EventRef>(&fact.value)) {
      out.text(fact.field, event_id(installation, other->sequence));
    } else if (const auto* session = std::get_if<SessionRef>(&fact.value)) {
      out.text(fact.field, session_id(installation, session->number));
    }
  }
  if (is_about_finding(event.action)) {
    out.text_if_any(Field::finding_id, finding_id(installation, event));
  }
}

void add_event(Facts& out, const Event& event, std::string_view installation) {
  if (event.sequence != 0) {
    out.add(Field::event_sequence, static_cast<std::int64_t>(event.sequence));
    out.text(Field::event_id, event_id(installation, event.sequence));
  }
  const ActionInfo& info = action_info(event.action);
  out.text(Field::event_kind, to_string(event.kind));
  out.add(Field::event_category, categories_of(event));
  out.add(Field::event_type, words(info.type));
  out.text(Field::event_action, info.name);
  out.add(Field::event_severity, static_cast<std::int64_t>(event.severity));
  out.text(Field::event_module, "wireguard");
  out.text(Field::event_dataset, "wireguard.audit");
  out.text(Field::event_provider, "wgaudit");
  out.text_if_any(Field::event_outcome, info.outcome);
  out.text(Field::ecs_version, "8.17.0");
  out.text(Field::message, message_of(event));
}

void add_origin(Facts& out, const EventOrigin& origin) {
  out.text(Field::gateway_name, origin.gateway);
  out.text(Field::observer_type, "sensor");
  out.text(Field::observer_product, "wgaudit");
  out.text(Field::observer_version, origin.version);
  out.text(Field::observer_name, origin.gateway);
  out.text(Field::host_name, origin.host_name);
  out.text_if_any(Field::host_id, origin.host_id);
}

void add_network(Facts& out, const Event& event) {
  const std::string_view source = event.text(Field::source_ip);
  if (source.empty()) return;
  out.text(Field::network_transport, "udp");
  out.text(Field::network_protocol, "wireguard");
  out.text(Field::network_type, source.find(':') == std::string_view::npos ? "ipv4" : "ipv6");
  out.text(Field::source_address, source);
}

void add_related(Facts& out, const Event& event, const EventOrigin& origin,
                 std::string key_sha256) {
  out.texts_if_any(Field::related_ip, related_ips(event));
  const std::string_view user = known_principal(event);
  out.text_if_any(Field::user_name, user);
  if (!user.empty()) out.add(Field::related_user, std::vector{std::string(user)});
  out.texts_if_any(Field::related_hosts, related_hosts(event, origin.host_name, origin.gateway));
  if (event.public_key) out.add(Field::related_hash, std::vector{std::move(key_sha256)});
}

void add_rule(Facts& out, const Event& event) {
  const RuleInfo* rule = find_rule(event.text(Field::rule_name));
  if (rule == nullptr) return;
  out.text(Field::rule_id, rule_code(rule->id));
  out.text(Field::rule_category, "policy");
  out.text(Field::rule_ruleset, "wgaudit");
}

std::string digest_of(const Key& key) {
  return sha256_hex({reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()});
}

}  // namespace

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    result.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

bool is_about_finding(Action action) {
  return action == Action::finding_opened || action == Action::finding_changed ||
         action == Action::finding_closed;
}

bool is_about_rule(Action action) {
  return is_about_finding(action) || action == Action::finding_burst;
}

std::vector<std::string> categories_of(const Event& event) {
  if (!is_about_rule(event.action)) return words(action_info(event.action).category);
  return {is_intrusion(event.text(Field::rule_name)) ? "intrusion_detection" : "configuration"};
}

bool holds(FieldType type, const Value& value) {
  switch (type) {
    case FieldType::keyword:
    case FieldType::ip:
      return std::holds_alternative<std::string>(value);
    case FieldType::keywords:
    case FieldType::ips:
      return std::holds_alternative<std::vector<std::string>>(value);
    case FieldType::number:
      return std::holds_alternative<std::int64_t>(value);
    case FieldType::boolean:
      return std::holds_alternative<bool>(value);
    case FieldType::date:
      return std::holds_alternative<WallTime>(value);
    case FieldType::event_id:
      return std::holds_alternative<EventRef>(value);
    case FieldType::session_id:
      return std::holds_alternative<SessionRef>(value);
  }
  return false;
}

EventValues::EventValues(const Event& whole, const EventOrigin& origin,
                         std::string_view installation, std::string_view prev_hash)
    : hidden_(origin.privacy.hides() ? std::optional(shown(whole, origin.privacy)) : std::nullopt),
      event_(hidden_ ? *hidden_ : whole) {
  const Event& event = event_;
  const std::string key_sha256 = event.public_key ? digest_of(*event.public_key) : "";
  Facts out(derived_);
  add_audit(out, event, installation, prev_hash);
  add_subject(out, event, key_sha256);
  add_references(out, event, installation);
  add_event(out, event, installation);
  add_origin(out, origin);
  add_network(out, event);
  add_related(out, event, origin, key_sha256);
  add_rule(out, event);
  for (const Fact& fact : event.facts) {
    assert(holds(field_info(fact.field).type, fact.value));
    by_field_[static_cast<std::size_t>(fact.field)] = &fact.value;
  }
  // What is derived wins: references become text, and nobody else says what is of the whole event.
  for (const Fact& fact : derived_) {
    by_field_[static_cast<std::size_t>(fact.field)] = &fact.value;
  }
}

void EventValues::mark_truncated() {
  static const Value kTrue = true;
  by_field_[static_cast<std::size_t>(Field::truncated)] = &kTrue;
}

}  // namespace wgaudit
