#include <string>
#include <utility>
#include <vector>

#include "exporter/codec/event_json.hpp"
#include "exporter/codec/event_line.hpp"
#include "exporter/codec/event_ocsf_table.hpp"
#include "exporter/codec/event_values.hpp"

namespace wgaudit {
namespace {

// Types of OCSF's observables.
constexpr int kHostname = 1, kIpAddress = 2, kUserName = 4, kCredential = 19;

// Where a line of the class has the source; "" where it has none.
std::string_view path_of(Field field, OcsfClass of) {
  for (const OcsfMember& member : ocsf_members()) {
    const auto* source = std::get_if<Field>(&member.source);
    if (source != nullptr && *source == field && member.is_of(of)) return member.path;
  }
  return unmapped_path(field, of);
}

std::vector<Observable> observables_of(const OcsfEvent& e) {
  const OcsfClass id = e.of.id;
  std::vector<Observable> list;
  list.push_back({"device.hostname", kHostname, "Hostname", std::string(e.text(Field::host_name))});
  if (const auto user = e.text(Field::user_name); !user.empty()) {
    const std::string_view home = path_of(Field::user_name, id);
    list.push_back({home.empty() ? unmapped_path(Field::principal_name, id) : home, kUserName,
                    "User Name", std::string(user)});
  }
  if (const auto key = e.text(Field::peer_key_sha256); !key.empty()) {
    list.push_back({unmapped_path(Field::peer_key_sha256, id), kCredential, "User Credential ID",
                    std::string(key)});
  }
  const Value* related = e.values[Field::related_ip];
  const auto* addresses =
      related == nullptr ? nullptr : std::get_if<std::vector<std::string>>(related);
  if (addresses == nullptr) return list;
  for (const std::string& address : *addresses) {
    std::string_view name = "unmapped.wireguard";  // in one of its lists of prefixes
    for (const Field field : {Field::source_ip, Field::endpoint_previous_ip}) {
      if (e.text(field) == address) name = path_of(field, id);
    }
    list.push_back({name, kIpAddress, "IP Address", address});
  }
  return list;
}

void add_unmapped(EventLine& line, const OcsfEvent& e) {
  for (const FieldInfo& field : fields()) {
    const std::string_view path = unmapped_path(field.field, e.of.id);
    if (path.empty()) continue;
    if (const Value* value = e.values[field.field]) {
      line.add(member_of(field.field, path), *value);
    }
  }
}

LineMember line_member(const OcsfMember& member) {
  if (const auto* field = std::get_if<Field>(&member.source)) {
    return {member.path, member_of(*field, member.path).whole};
  }
  // Words of the schema, and digests.
  return {member.path, kLongestName};
}

}  // namespace

std::string to_ocsf(const Event& event, const EventOrigin& origin, std::string_view installation,
                    std::string_view prev_hash) {
  EventValues values(event, origin, installation, prev_hash);
  const OcsfEvent e{values.event(), values, ocsf_class(ocsf_class_of(event)),
                    ocsf_action(event.action), origin.tags};
  const std::vector<Observable> observables = observables_of(e);
  return write_line([&](EventLine& line, bool truncated) {
    if (truncated) values.mark_truncated();
    for (const OcsfMember& member : ocsf_members()) {
      if (!member.is_of(e.of.id)) continue;
      if (const auto value = value_of(member, e)) line.add(line_member(member), *value);
      if (member.path == "time") add_unmapped(line, e);
    }
    line.add_observables("observables", observables);
  });
}

}  // namespace wgaudit
