// JSON Schema of nested objects from a table of paths. Pure.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/codec/json_writer.hpp"

namespace wgaudit {

// A leaf: "wireguard.peer.public_key"; a name that ends in "[]" is a list with one object.
struct SchemaLeaf {
  std::string path;
  std::string schema;    // as JSON
  bool counted = false;  // beside a list that is cut stand its count and digest
};

// Whether a member at this path, a leaf or an object ("resources[]" as it is in paths), is there
// wherever the object is that it belongs to.
using IsRequired = std::function<bool(std::string_view path)>;

// `type`, `additionalProperties`, `properties` and `required` into the object that is open.
// REQUIRES: the members of one object stand together.
void write_schema_object(JsonWriter& out, std::span<const SchemaLeaf> leaves,
                         const IsRequired& is_required);

// A member of a schema: `"NAME": SCHEMA`, and a list of texts.
void write_schema_leaf(JsonWriter& out, std::string_view name, std::string_view schema);
void write_schema_texts(JsonWriter& out, std::string_view name,
                        const std::vector<std::string>& texts);

// `["a", "b"]`.
[[nodiscard]] std::string quoted_list(const std::vector<std::string>& texts);

}  // namespace wgaudit
