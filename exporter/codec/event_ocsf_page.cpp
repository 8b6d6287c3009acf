#include "exporter/codec/event_ocsf_page.hpp"

#include <string_view>
#include <variant>

#include "exporter/codec/event_ocsf_table.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kPreamble = R"(
## OCSF

With `--events.format ocsf`, or `format: ocsf` of a sink, a line is an event of the Open Cybersecurity
Schema Framework 1.8.0. It has the same identity: `metadata.uid` is `event.id`, `metadata.sequence` is
`event.sequence`, `metadata.event_code` is `event.action`. Limits, cut lines (`metadata.is_truncated`) and
chain are those above. [event_ocsf.schema.json](event_ocsf.schema.json) is the JSON Schema of every line.

Times of OCSF are milliseconds since 1970. What has no home in OCSF stands in `unmapped.wireguard` under
the names, with the types and in the forms of `wireguard` above; in a chain its
`audit.prev_hash` is the first member behind `time`. `observables` names host, user, SHA-256 of the key
and addresses.

A finding is a Detection Finding (2004) where its rule is about a key that must not be there
(unknown_key, revoked_key, disabled_key, expired_key, shared_key, forbidden_session), else a Compliance
Finding (2003). `finding_info.uid` is the same as long as it is open. An alert has `is_alert`, outside of
Detection Findings by the profile `security_control`. The peer is the source and the gateway the destination of a
tunnel, whoever began it: netlink does not say, so `connection_info.direction` is Unknown. OCSF has
neither an actor (nobody sees who changed a configuration) nor a class for an address that changed:
`endpoint-changed` is an activity of its own.

| `metadata.event_code` | class | activity | `type_uid` |
|---|---|---|---|
)";

std::string code(std::string_view text) { return '`' + std::string(text) + '`'; }

void append_action(std::string& page, const ActionInfo& info) {
  const OcsfActionInfo& action = ocsf_action(info.action);
  std::string classes, types;
  for (const OcsfClass id : ocsf_classes_of(info.action)) {
    const OcsfClassInfo& of = ocsf_class(id);
    if (!classes.empty()) classes += " or ", types += " or ";
    classes += std::to_string(of.uid) + ' ' + std::string(of.name);
    types += std::to_string(of.uid * 100 + action.activity);
  }
  page += "| " + code(info.name) + " | " + classes + " | " + std::to_string(action.activity) + ' ' +
          std::string(action.activity_name) + " | " + types + " |\n";
}

std::string origin_of(const OcsfMember& member) {
  struct Describe {
    std::string_view meaning;
    std::string operator()(Field field) const { return code(field_info(field).ecs); }
    std::string operator()(CopyOf copy) const { return (*this)(copy.field); }
    std::string operator()(OcsfDerive) const { return std::string(meaning); }
    std::string operator()(std::string_view text) const { return code(text); }
    std::string operator()(int number) const { return code(std::to_string(number)); }
    std::string operator()(bool flag) const { return code(flag ? "true" : "false"); }
  };
  return std::visit(Describe{member.meaning}, member.source);
}

std::string classes_of(const OcsfMember& member) {
  std::string classes;
  bool all = true;
  for (const OcsfClassInfo& info : ocsf_classes()) {
    if (!member.is_of(info.id)) {
      all = false;
      continue;
    }
    classes += (classes.empty() ? "" : ", ") + std::to_string(info.uid);
  }
  return all ? "all" : classes;
}

}  // namespace

std::string ocsf_page() {
  std::string page(kPreamble);
  for (const ActionInfo& info : actions()) append_action(page, info);
  page += "\n| attribute | classes | is |\n|---|---|---|\n";
  for (const OcsfMember& member : ocsf_members()) {
    page +=
        "| " + code(member.path) + " | " + classes_of(member) + " | " + origin_of(member) + " |\n";
  }
  return page;
}

}  // namespace wgaudit
