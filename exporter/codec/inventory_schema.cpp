#include "exporter/codec/inventory_fields.hpp"
#include "exporter/codec/inventory_json.hpp"
#include "exporter/codec/json_writer.hpp"
#include "exporter/codec/posture_json.hpp"

namespace wgaudit {
namespace {

using inventory_format::Node;

std::string constraint_of(const Node& node) {
  return node.constraint.empty() ? "" : ", " + std::string(node.constraint);
}

void write_node(JsonWriter& out, const Node& node);

void write_object(JsonWriter& out, const Node& node) {
  out.text("type", "object");
  if (node.member_name != nullptr) {
    out.key("propertyNames");
    out.verbatim(R"({"minLength": 1, "maxLength": 256})");
    out.key("additionalProperties");
    out.begin_object();
    write_node(out, *node.items);
    out.end_object();
    return;
  }
  out.boolean("additionalProperties", false);
  out.key("properties");
  out.begin_object();
  for (const auto& member : node.members) {
    out.key(member.name);
    out.begin_object();
    write_node(out, *member.node);
    out.end_object();
  }
  out.end_object();
  bool any = false;
  for (const auto& member : node.members) any = any || member.required;
  if (!node.schema.empty()) {
    out.key(node.schema.substr(0, node.schema.find(':')));
    out.verbatim(node.schema.substr(node.schema.find(':') + 1));
  }
  if (!any) return;
  out.key("required");
  out.begin_array(JsonWriter::Layout::inline_);
  for (const auto& member : node.members) {
    if (member.required) out.text(member.name);
  }
  out.end_array();
}

void write_array(JsonWriter& out, const Node& node) {
  out.text("type", "array");
  out.key("items");
  out.begin_object();
  write_node(out, *node.items);
  out.end_object();
}

// The members of the schema of one value. `always_on` alone has two types.
void write_node(JsonWriter& out, const Node& node) {
  if (node.is_object()) return write_object(out, node);
  if (node.is_array() && node.flag == nullptr) return write_array(out, node);
  if (node.is_array()) {
    out.key("type");
    out.verbatim(R"(["boolean", "array"])");
    out.key("items");
    out.begin_object();
    write_node(out, *node.items);
    out.end_object();
    return;
  }
  out.key("type");
  const std::string_view type = node.flag != nullptr     ? "\"boolean\""
                                : node.number != nullptr ? "\"integer\""
                                                         : "\"string\"";
  out.verbatim(std::string(type) + constraint_of(node));
}

std::string schema_of(const Node& root, std::string_view id, std::string_view title) {
  JsonWriter out;
  out.begin_object();
  out.text("$schema", "https://json-schema.org/draft/2020-12/schema");
  out.text("$id", id);
  out.text("title", title);
  write_node(out, root);
  out.end_object();
  return out.take();
}

}  // namespace

std::string inventory_schema() {
  return schema_of(inventory_format::inventory_root(), "urn:wgaudit:inventory:1",
                   "Inventory of wgaudit, version 1");
}

std::string posture_schema() {
  return schema_of(inventory_format::posture_root(), "urn:wgaudit:posture:1",
                   "Posture of devices for wgaudit, version 1");
}

}  // namespace wgaudit
