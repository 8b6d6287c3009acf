#include <string>
#include <vector>

#include "exporter/codec/event_json.hpp"
#include "exporter/codec/event_line.hpp"
#include "exporter/codec/event_schema_fields.hpp"
#include "exporter/codec/event_values.hpp"
#include "exporter/codec/json_writer.hpp"

namespace wgaudit {
namespace {

using Layout = JsonWriter::Layout;

void write_strings(JsonWriter& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name);
  out.begin_array(Layout::inline_);
  for (const auto& text : texts) out.text(text);
  out.end_array();
}

void write_leaf(JsonWriter& out, std::string_view name, std::string_view schema) {
  out.key(name);
  out.verbatim(schema);
}

// The fields from `first` on whose paths begin with `prefix` ("wireguard." or ""), as the schema of
// that object. Returns the index of the first field behind it.
std::size_t write_object(JsonWriter& out, std::size_t first, std::string_view prefix) {
  out.text("type", "object");
  out.boolean("additionalProperties", false);
  std::vector<std::string> required;
  out.key("properties");
  out.begin_object();
  std::size_t i = first;
  while (i < kFields && fields()[i].ecs.starts_with(prefix)) {
    const FieldInfo& field = fields()[i];
    const std::string_view rest = field.ecs.substr(prefix.size());
    const std::size_t dot = rest.find('.');
    const std::string name(rest.substr(0, dot));
    if (is_required(prefix, name)) required.push_back(name);
    if (dot != std::string_view::npos) {
      out.key(name);
      out.begin_object();
      i = write_object(out, i, field.ecs.substr(0, prefix.size() + dot + 1));
      out.end_object();
      continue;
    }
    write_leaf(out, name, field_schema(field));
    if (has_count(field)) {
      write_leaf(out, name + std::string(kCountSuffix), R"({"type": "integer", "minimum": 1})");
      write_leaf(out, name + std::string(kDigestSuffix), kDigestSchema);
    }
    ++i;
  }
  out.end_object();
  if (!required.empty()) write_strings(out, "required", required);
  return i;
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
  write_leaf(out, "kind", kinds_schema(info.action));
  write_leaf(out, "category", categories_schema(info));
  write_leaf(out, "type", types_schema(info));
  write_leaf(out, "outcome",
             info.outcome.empty() ? "false" : "{\"const\": \"" + std::string(info.outcome) + "\"}");
  if (!info.outcome.empty()) required.emplace_back("outcome");
  if (info.action == Action::segment_opened) {
    write_leaf(out, "sequence", "false");
    write_leaf(out, "id", "false");
  } else {
    required.insert(required.end(), {"sequence", "id"});
  }
  out.end_object();
  if (!required.empty()) write_strings(out, "required", required);
  out.end_object();
  if (is_about_finding(info.action)) {
    write_leaf(out, "wireguard",
               R"({"required": ["finding"], "properties": {"finding": {"required": ["id"]}}})");
  }
  out.end_object();
  if (is_about_rule(info.action)) write_strings(out, "required", {"rule"});
  out.end_object();
}

}  // namespace

std::string event_schema() {
  JsonWriter out;
  out.begin_object();
  out.text("$schema", "https://json-schema.org/draft/2020-12/schema");
  out.text("$id", "urn:wgaudit:event:1");
  out.text("title", "Event of wgaudit, a line in the Elastic Common Schema 8.17.0");
  write_object(out, 0, "");
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
