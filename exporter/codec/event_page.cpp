#include <string>

#include "exporter/codec/event_json.hpp"
#include "exporter/codec/event_ocsf_page.hpp"
#include "exporter/codec/event_values.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kPreamble =
    R"(# Events

<!-- Generated from audit/event.cpp, audit/event_fields.hpp and exporter/codec/event_ocsf_*.cpp: UPDATE_GOLDEN=1 codec_tests rewrites it. -->

An event is one line: a JSON object in the Elastic Common Schema 8.17.0, with fields of our own under
`wireguard.*`. Names and types never change. [event.schema.json](event.schema.json) is the JSON Schema
of every line. A sink can have them in the [OCSF](#ocsf) instead; both say the same.

**Lines.** UTF-8 without a line break inside, at most 7,680 bytes, so that syslog receivers and
shippers take them whole. Members stand in the order of the table below: `@timestamp` first. Times are
UTC with three digits. Arrays hold scalars alone. Bytes of a name that are not UTF-8 are shown as
U+FFFD. A member is absent where it is not known or makes no sense, with one exception: an empty text
in `wireguard.before` or `wireguard.after` means that there was, or is, none.

**Cut lines.** Where a line would be too long, its lists and texts are cut, and
`wireguard.audit.truncated` is true. Beside a list X of `wireguard.*` that is cut stand `X_count`, its
whole length, and `X_sha256`, the digest of all its entries with a line feed behind each
(`printf '%s\n' … | sha256sum`).

**Order and repetition.** `event.sequence` begins with 1 for each `wireguard.audit.installation` and has
no gap: a number that is missing at the receiver was lost on the way. A sink may deliver an event twice;
its `event.id` is the same then: the first 32 hexadecimal digits of SHA-256 over installation and
sequence (`printf %s%d "$installation" "$sequence" | sha256sum`).

**When.** `@timestamp` is when it happened, where that is known (a handshake), else when wgaudit noticed
it: then it happened after `wireguard.audit.observed_after`, the reading before. Where
`wireguard.audit.detected_at_start` is true, nobody looked in between.

**Other names.** `wireguard.session.id` is the first 16 digits of SHA-256 over installation, `session`
and the session's number. `wireguard.finding.id` is the first 32 digits of SHA-256 over installation,
`rule.id`, namespace, interface, public key, subject and since, each as LENGTH:BYTES: all events of one
finding have it.

**Chain.** In files, `wireguard.audit.prev_hash` is the SHA-256 of the whole line before, without its
line feed. The first line of a file, `segment-opened`, belongs to the chain, and so do `checkpoint` and
`segments-removed`; they have neither sequence nor id, and no other sink sends them.

`endpoint-changed` has type `info`, as ECS does not expect `change` of network and session events.

## Actions

)";

std::string code(std::string_view text) { return '`' + std::string(text) + '`'; }

std::string severity_text(const ActionInfo& info) {
  if (is_about_finding(info.action) || info.action == Action::finding_burst) {
    return "of the finding";
  }
  return std::to_string(static_cast<unsigned>(info.severity)) + ' ' +
         std::string(to_string(info.severity));
}

std::string category_text(const ActionInfo& info) {
  std::string text;
  for (const auto& category : words(info.category)) {
    if (!text.empty()) text += is_about_rule(info.action) ? " or " : ", ";
    text += category;
  }
  return text + " / " + std::string(info.type);
}

void append_actions(std::string& page) {
  page += "| `event.action` | kind | category / type | outcome | severity | when |\n";
  page += "|---|---|---|---|---|---|\n";
  for (const ActionInfo& info : actions()) {
    page += "| " + code(info.name) + " | " + std::string(to_string(info.kind)) + " | " +
            category_text(info) + " | " + std::string(info.outcome) + " | " + severity_text(info) +
            " | " + std::string(info.when) + " |\n";
  }
}

std::string_view type_text(FieldType type) {
  switch (type) {
    case FieldType::keyword:
    case FieldType::event_id:
    case FieldType::session_id:
      return "text";
    case FieldType::keywords:
      return "texts";
    case FieldType::number:
      return "number";
    case FieldType::boolean:
      return "boolean";
    case FieldType::date:
      return "time";
    case FieldType::ip:
      return "address";
    case FieldType::ips:
      return "addresses";
  }
  return "";
}

void append_fields(std::string& page) {
  page += "\n## Fields\n\n| field | type | meaning |\n|---|---|---|\n";
  for (const FieldInfo& field : fields()) {
    page += "| " + code(field.ecs) + " | " + std::string(type_text(field.type)) + " | " +
            std::string(field.help) + " |\n";
  }
  page += "| `tags` | texts | `test`: an example, of `wgaudit events test` |\n";
}

}  // namespace

std::string event_page() {
  std::string page(kPreamble);
  append_actions(page);
  append_fields(page);
  page += ocsf_page();
  return page;
}

}  // namespace wgaudit
