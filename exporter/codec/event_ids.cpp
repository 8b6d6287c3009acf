#include "exporter/codec/event_ids.hpp"

#include "audit/rules.hpp"
#include "exporter/codec/event_json.hpp"
#include "exporter/codec/sha256.hpp"

namespace wgaudit {

std::string event_id(std::string_view installation, std::uint64_t sequence) {
  return sha256_hex(std::string(installation) + std::to_string(sequence)).substr(0, 32);
}

std::string session_id(std::string_view installation, std::uint64_t number) {
  return sha256_hex(std::string(installation) + "session" + std::to_string(number)).substr(0, 16);
}

std::string finding_id(std::string_view installation, const Event& event) {
  const RuleInfo* rule = find_rule(event.text(Field::rule_name));
  const Value* since = event.find(Field::finding_since);
  const auto* opened_at = since == nullptr ? nullptr : std::get_if<WallTime>(since);
  if (rule == nullptr || opened_at == nullptr) return "";
  return finding_id(installation,
                    {rule->id, event.netns, event.interface, event.public_key,
                     std::string(event.text(Field::finding_subject))},
                    *opened_at);
}

std::string finding_id(std::string_view installation, const FindingIdentity& identity,
                       WallTime since) {
  std::string parts;
  const auto add = [&](std::string_view part) {
    parts += std::to_string(part.size());
    parts += ':';
    parts += part;
  };
  add(installation);
  add(rule_code(identity.rule));
  add(identity.netns);
  add(identity.interface);
  add(identity.public_key ? to_string(*identity.public_key) : "");
  add(identity.subject);
  add(to_rfc3339(since));
  return sha256_hex(parts).substr(0, 32);
}

}  // namespace wgaudit
