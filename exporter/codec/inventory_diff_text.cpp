#include "exporter/codec/inventory_diff_text.hpp"

#include <algorithm>
#include <cassert>

#include "collectors/model/text.hpp"
#include "exporter/codec/json_writer.hpp"

namespace wgaudit {
namespace {

const Record& shown(const RecordChange& change) {
  assert(change.before != nullptr || change.after != nullptr);
  return change.after != nullptr ? *change.after : *change.before;
}

// Added, removed, changed.
struct Sign {
  char mark;
  std::string_view name;
};
Sign sign_of(const RecordChange& change) {
  if (change.before == nullptr) return {'+', "added"};
  if (change.after == nullptr) return {'-', "removed"};
  return {'~', "changed"};
}

std::string value_of(const FieldText& text, bool is_list) {
  if (!text) return "(not said)";
  std::string joined;
  for (const std::string& item : *text) {
    joined += (joined.empty() ? "" : ", ") + to_printable(item);
  }
  return is_list ? '[' + joined + ']' : joined;
}

void write_value(JsonWriter& out, std::string_view name, const FieldText& text, bool is_list) {
  if (!text) return out.null(name);
  if (!is_list) return out.text(name, text->front());
  out.key(name);
  out.begin_array(JsonWriter::Layout::inline_);
  for (const std::string& item : *text) out.text(item);
  out.end_array();
}

void write_side(JsonWriter& out, std::string_view name, const Inventory& inventory) {
  out.key(name);
  out.begin_object(JsonWriter::Layout::inline_);
  out.text("path", inventory.path);
  out.text("sha256", inventory.sha256);
  out.number("records", inventory.records.size());
  out.end_object();
}

void write_record(JsonWriter& out, const RecordChange& change) {
  out.begin_object();
  out.text("change", sign_of(change).name);
  out.text("public_key", to_string(shown(change).public_key));
  out.text("principal", shown(change).principal);
  out.key("fields");
  out.begin_object();
  for (const FieldChange& field : change.fields) {
    out.key(field.field);
    out.begin_object(JsonWriter::Layout::inline_);
    write_value(out, "before", field.before, field.is_list);
    write_value(out, "after", field.after, field.is_list);
    out.end_object();
  }
  out.end_object();
  out.end_object();
}

}  // namespace

std::string inventory_diff_text(const InventoryDiff& diff) {
  if (diff.empty()) return "";
  std::string text;
  std::size_t counts[3] = {};
  for (const RecordChange& change : diff.records) {
    const Sign sign = sign_of(change);
    ++counts[std::string_view("+-~").find(sign.mark)];
    text += sign.mark;
    text += ' ' + to_printable(shown(change).principal) + "  " +
            to_string(shown(change).public_key) + '\n';
    for (const FieldChange& field : change.fields) {
      text += "    " + std::string(field.field) + ": " + value_of(field.before, field.is_list) +
              " -> " + value_of(field.after, field.is_list) + '\n';
    }
  }
  for (const std::string_view part : diff.other) text += std::string(part) + ": differs\n";
  return text + std::to_string(counts[0]) + " added, " + std::to_string(counts[1]) + " removed, " +
         std::to_string(counts[2]) + " changed\n";
}

std::string inventory_diff_json(const InventoryDiff& diff, const Inventory& before,
                                const Inventory& after) {
  JsonWriter out;
  out.begin_object();
  out.number("version", 1);
  write_side(out, "before", before);
  write_side(out, "after", after);
  out.key("records");
  out.begin_array();
  for (const RecordChange& change : diff.records) write_record(out, change);
  out.end_array();
  out.key("other");
  out.begin_array(JsonWriter::Layout::inline_);
  for (const std::string_view part : diff.other) out.text(part);
  out.end_array();
  out.end_object();
  return out.take();
}

}  // namespace wgaudit
