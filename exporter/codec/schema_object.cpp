#include "exporter/codec/schema_object.hpp"

#include "exporter/codec/event_line.hpp"
#include "exporter/codec/event_schema_fields.hpp"

namespace wgaudit {
namespace {

using Layout = JsonWriter::Layout;
constexpr std::string_view kList = "[]";

class ObjectSchema {
 public:
  ObjectSchema(JsonWriter& out, std::span<const SchemaLeaf> leaves, const IsRequired& is_required)
      : out_(out), leaves_(leaves), is_required_(is_required) {}

  // The leaves from `first` on whose paths begin with `prefix` ("wireguard." or ""). Returns the
  // index of the first leaf behind them.
  std::size_t write(std::size_t first, std::string_view prefix) {
    out_.text("type", "object");
    out_.boolean("additionalProperties", false);
    std::vector<std::string> required;
    out_.key("properties");
    out_.begin_object();
    std::size_t i = first;
    while (i < leaves_.size() && leaves_[i].path.starts_with(prefix)) {
      const SchemaLeaf& leaf = leaves_[i];
      const std::string_view path = leaf.path;
      const std::size_t dot = path.find('.', prefix.size());
      std::string_view name = path.substr(prefix.size(), dot - prefix.size());
      const bool list = name.ends_with(kList);
      if (list) name.remove_suffix(kList.size());
      if (is_required_(path.substr(0, dot))) required.emplace_back(name);
      if (dot != std::string_view::npos) {
        out_.key(name);
        i = write_nested(i, path.substr(0, dot + 1), list);
        continue;
      }
      write_leaf(leaf, name);
      ++i;
    }
    out_.end_object();
    if (!required.empty()) write_schema_texts(out_, "required", required);
    return i;
  }

 private:
  std::size_t write_nested(std::size_t first, std::string_view prefix, bool list) {
    out_.begin_object();
    if (list) {
      out_.text("type", "array");
      out_.number("minItems", 1);
      out_.number("maxItems", 1);
      out_.key("items");
      out_.begin_object();
    }
    const std::size_t behind = write(first, prefix);
    if (list) out_.end_object();
    out_.end_object();
    return behind;
  }

  void write_leaf(const SchemaLeaf& leaf, std::string_view name) {
    write_schema_leaf(out_, name, leaf.schema);
    if (!leaf.counted) return;
    const std::string text(name);
    write_schema_leaf(out_, text + std::string(kCountSuffix),
                      R"({"type": "integer", "minimum": 1})");
    write_schema_leaf(out_, text + std::string(kDigestSuffix), kDigestSchema);
  }

  JsonWriter& out_;
  const std::span<const SchemaLeaf> leaves_;
  const IsRequired& is_required_;
};

}  // namespace

void write_schema_object(JsonWriter& out, std::span<const SchemaLeaf> leaves,
                         const IsRequired& is_required) {
  (void)ObjectSchema(out, leaves, is_required).write(0, "");
}

void write_schema_leaf(JsonWriter& out, std::string_view name, std::string_view schema) {
  out.key(name);
  out.verbatim(schema);
}

void write_schema_texts(JsonWriter& out, std::string_view name,
                        const std::vector<std::string>& texts) {
  out.key(name);
  out.begin_array(Layout::inline_);
  for (const auto& text : texts) out.text(text);
  out.end_array();
}

std::string quoted_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const auto& text : texts) list += (list.empty() ? "\"" : ", \"") + text + '"';
  return '[' + list + ']';
}

}  // namespace wgaudit
