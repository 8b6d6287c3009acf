#include <string>
#include <vector>

#include "exporter/codec/event_json.hpp"
#include "exporter/codec/event_line.hpp"
#include "exporter/codec/event_schema_fields.hpp"
#include "exporter/codec/event_values.hpp"
#include "exporter/codec/json_writer.hpp"
#include "exporter/codec/schema_object.hpp"

namespace wgaudit {
namespace {

std::vector<SchemaLeaf> leaves() {
  std::vector<SchemaLeaf> list;
  for (const FieldInfo& field : fields()) {
    list.push_back({std::string(field.ecs), field_schema(field), has_count(field)});
  }
  list.push_back(
      {std::string(kTagsPath), '{' + std::string(type_schema(FieldType::keywords)) + '}'});
  return list;
}

void write_if(JsonWriter& out, const ActionInfo& info) {
  out.key("if");
  out.verbatim(R"({"required": ["event"], "properties": {"event": {"required": ["action"], )"
               R"("properties": {"action": {"const": ")" +
               std::string(info.name) + R"("}}}}})");
}

void write_then(JsonWriter& out, const ActionInfo& info) {
  out.key("then");
  out.begin_object();
  out.key("properties");
  out.begin_object();
  out.key("event");
  out.begin_object();
  std::vector<std::string> required;
  out.key("properties");
  out.begin_object();
  write_schema_leaf(out, "kind", kinds_schema(info.action));
  write_schema_leaf(out, "category", categories_schema(info));
  write_schema_leaf(out, "type", types_schema(info));
  write_schema_leaf(
      out, "outcome",
      info.outcome.empty() ? "false" : "{\"const\": \"" + std::string(info.outcome) + "\"}");
  if (!info.outcome.empty()) required.emplace_back("outcome");
  if (is_of_files(info.action)) {
    write_schema_leaf(out, "sequence", "false");
    write_schema_leaf(out, "id", "false");
  } else {
    required.insert(required.end(), {"sequence", "id"});
  }
  out.end_object();
  if (!required.empty()) write_schema_texts(out, "required", required);
  out.end_object();
  if (is_about_finding(info.action)) {
    write_schema_leaf(
        out, "wireguard",
        R"({"required": ["finding"], "properties": {"finding": {"required": ["id"]}}})");
  }
  out.end_object();
  if (is_about_rule(info.action)) write_schema_texts(out, "required", {"rule"});
  out.end_object();
}

}  // namespace

std::string event_schema() {
  JsonWriter out;
  out.begin_object();
  out.text("$schema", "https://json-schema.org/draft/2020-12/schema");
  out.text("$id", "urn:wgaudit:event:1");
  out.text("title", "Event of wgaudit, a line in the Elastic Common Schema 8.17.0");
  write_schema_object(out, leaves(), is_required);
  out.key("allOf");
  out.begin_array();
  for (const ActionInfo& info : actions()) {
    out.begin_object();
    write_if(out, info);
    write_then(out, info);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return out.take();
}

}  // namespace wgaudit
