#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "exporter/codec/event_json.hpp"
#include "exporter/codec/event_line.hpp"
#include "exporter/codec/event_ocsf_table.hpp"
#include "exporter/codec/event_schema_fields.hpp"
#include "exporter/codec/schema_object.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kUnmapped = "unmapped.";
constexpr std::string_view kObservables =
    R"({"type": "array", "items": {"type": "object", "additionalProperties": false, "properties": )"
    R"({"name": {"type": "string"}, "type_id": {"enum": [1, 2, 4, 19]}, "type": {"type": "string"}, )"
    R"("value": {"type": "string"}}, "required": ["name", "type_id", "type", "value"]}})";

// `{"type": …}`, or what it always is.
std::string schema_of(const OcsfMember& member) {
  if (const auto* text = std::get_if<std::string_view>(&member.source)) {
    return "{\"const\": \"" + std::string(*text) + "\"}";
  }
  if (const auto* number = std::get_if<int>(&member.source)) {
    return "{\"const\": " + std::to_string(*number) + '}';
  }
  if (std::holds_alternative<bool>(member.source)) return R"({"const": true})";
  if (member.path == "metadata.event_code") {
    return "{\"type\": \"string\", \"enum\": " + names_of_actions() + '}';
  }
  std::string schema = '{' + std::string(type_schema(member.type));
  if (!member.form.empty()) schema += ", " + std::string(member.form);
  return schema + '}';
}

bool is_unmapped_anywhere(Field field) {
  return std::ranges::any_of(ocsf_classes(), [&](const OcsfClassInfo& info) {
    return !unmapped_path(field, info.id).empty();
  });
}

// In the order of the line.
std::vector<SchemaLeaf> leaves() {
  std::vector<SchemaLeaf> list;
  for (const OcsfMember& member : ocsf_members()) {
    list.push_back({std::string(member.path), schema_of(member)});
    if (member.path != "time") continue;
    for (const FieldInfo& field : fields()) {
      if (!field.ecs.starts_with("wireguard.") || !is_unmapped_anywhere(field.field)) continue;
      list.push_back(
          {std::string(kUnmapped) + std::string(field.ecs), field_schema(field), has_count(field)});
    }
  }
  list.push_back({"observables", std::string(kObservables)});
  return list;
}

bool is_below(std::string_view path, std::string_view object) {
  return path.size() > object.size() && path.starts_with(object) && path[object.size()] == '.';
}

// What only lines of some classes have is demanded by the rule of the class.
bool is_required_member(std::string_view path) {
  if (path == "observables" || path == "unmapped") return true;
  if (path.starts_with(kUnmapped)) return is_required(path.substr(kUnmapped.size()));
  constexpr unsigned kAll = (1U << kOcsfClasses) - 1;
  const bool nested = path.contains('.');
  return std::ranges::any_of(ocsf_members(), [&](const OcsfMember& member) {
    const bool there = (member.path == path && member.presence != Presence::optional) ||
                       (is_below(member.path, path) && member.presence == Presence::always);
    return there && (nested || member.classes == kAll);
  });
}

std::string top_of(std::string_view path) {
  return std::string(path.substr(0, path.find_first_of(".[")));
}

void write_if(JsonWriter& out, std::string_view condition) {
  out.key("if");
  out.verbatim(condition);
}

// What lines of one class have that others have not.
void write_class_rule(JsonWriter& out, const OcsfClassInfo& info) {
  std::set<std::string> own, required, foreign;
  for (const OcsfMember& member : ocsf_members()) {
    if (member.path.starts_with(kUnmapped)) continue;  // every line has some
    const std::string name = top_of(member.path);
    if (!member.is_of(info.id)) {
      foreign.insert(name);
      continue;
    }
    own.insert(name);
    if (member.presence == Presence::always) required.insert(name);
  }
  out.begin_object();
  write_if(out, R"({"required": ["class_uid"], "properties": {"class_uid": {"const": )" +
                    std::to_string(info.uid) + "}}}");
  out.key("then");
  out.begin_object();
  out.key("properties");
  out.begin_object();
  write_schema_leaf(out, "class_name", "{\"const\": \"" + std::string(info.name) + "\"}");
  write_schema_leaf(out, "category_uid", "{\"const\": " + std::to_string(info.category) + '}');
  write_schema_leaf(out, "category_name",
                    "{\"const\": \"" + std::string(info.category_name) + "\"}");
  for (const std::string& name : foreign) {
    if (!own.contains(name)) write_schema_leaf(out, name, "false");
  }
  out.end_object();
  write_schema_texts(out, "required", {required.begin(), required.end()});
  out.end_object();
  out.end_object();
}

std::string numbers(const std::vector<int>& list) {
  std::string text;
  for (const int number : list) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return "{\"enum\": [" + text + "]}";
}

std::string status_schema(const ActionInfo& info) {
  if (is_about_rule(info.action))
    return info.action == Action::finding_closed ? "{\"const\": 4}" : "{\"const\": 1}";
  if (info.outcome.empty()) return "false";
  return info.outcome == "success" ? "{\"const\": 1}" : "{\"const\": 2}";
}

void write_action_properties(JsonWriter& out, const ActionInfo& info) {
  const OcsfActionInfo& action = ocsf_action(info.action);
  std::vector<int> classes, types;
  for (const OcsfClass id : ocsf_classes_of(info.action)) {
    classes.push_back(ocsf_class(id).uid);
    types.push_back(ocsf_class(id).uid * 100 + action.activity);
  }
  write_schema_leaf(out, "class_uid", numbers(classes));
  write_schema_leaf(out, "type_uid", numbers(types));
  write_schema_leaf(out, "activity_id", numbers({action.activity}));
  write_schema_leaf(out, "activity_name",
                    "{\"const\": \"" + std::string(action.activity_name) + "\"}");
  write_schema_leaf(out, "status_id", status_schema(info));
  const bool numbered = !is_of_files(info.action);
  write_schema_leaf(out, "metadata",
                    numbered ? R"({"required": ["sequence", "uid"]})"
                             : R"({"properties": {"sequence": false, "uid": false}})");
}

void write_action_rule(JsonWriter& out, const ActionInfo& info) {
  out.begin_object();
  write_if(out, R"({"required": ["metadata"], "properties": {"metadata": {"required": )"
                R"(["event_code"], "properties": {"event_code": {"const": ")" +
                    std::string(info.name) + R"("}}}}})");
  out.key("then");
  out.begin_object();
  out.key("properties");
  out.begin_object();
  write_action_properties(out, info);
  out.end_object();
  if (status_schema(info) != "false") write_schema_texts(out, "required", {"status_id", "status"});
  out.end_object();
  out.end_object();
}

}  // namespace

std::string ocsf_schema() {
  JsonWriter out;
  out.begin_object();
  out.text("$schema", "https://json-schema.org/draft/2020-12/schema");
  out.text("$id", "urn:wgaudit:event-ocsf:1");
  out.text("title", "Event of wgaudit, a line in the Open Cybersecurity Schema Framework " +
                        std::string(kOcsfVersion));
  write_schema_object(out, leaves(), is_required_member);
  out.key("allOf");
  out.begin_array();
  for (const OcsfClassInfo& info : ocsf_classes()) write_class_rule(out, info);
  for (const ActionInfo& info : actions()) write_action_rule(out, info);
  out.end_array();
  out.end_object();
  return out.take();
}

}  // namespace wgaudit
