// The formats of inventory and posture file as tables: every field, what takes its value, and its
// JSON Schema. Parser and schema are loops over them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "audit/inventory.hpp"

namespace wgaudit::inventory_format {

// An entry of a posture file, and its position in `devices`.
struct PostureEntry {
  std::optional<Key> public_key;
  std::string device;
  Posture posture;
  std::uint32_t position = 0;
};

// What is being read. Which of the open values are in use depends on where the parser stands.
struct Draft {
  Inventory inventory;
  std::uint32_t file = 0;

  PolicySettings* layer = nullptr;  // what policy fields go to: the file's, a role's, a record's
  PolicySettings role_settings;
  std::uint32_t role = 0;
  PolicySettings record_settings;
  Record record;
  std::uint32_t next_peer = 0;     // its position in `peers` of this file
  std::uint32_t next_gateway = 0;  // likewise in `gateways`
  Gateway gateway;
  GatewayInterface gateway_interface;
  Posture posture;
  Exception exception;
  std::string name;                           // of the member of a map whose value comes next
  std::vector<PostureEntry> posture_entries;  // of a posture file
  PostureEntry posture_entry;
  std::uint32_t next_posture_entry = 0;

  std::vector<bool> role_defined;  // parallel to inventory.roles
  std::unordered_map<std::string, std::uint32_t> role_index;

  // The role of this name, made (undefined) on first mention.
  std::uint32_t intern_role(const std::string& role_name);
};

// "" = taken; else why the value is malformed. Static text: it can show no byte of the file.
using Reason = std::string_view;

struct Node;
struct Member {
  std::string_view name;
  const Node* node;
  bool required = false;
};

// A value. The JSON types it may have are those that it has a function or a table for.
struct Node {
  Reason (*text)(Draft&, std::string&) = nullptr;
  Reason (*flag)(Draft&, bool) = nullptr;
  Reason (*number)(Draft&, std::uint64_t) = nullptr;
  std::string_view constraint{};      // of the text or number, as members of a JSON Schema
  std::span<const Member> members{};  // an object
  Reason (*member_name)(Draft&, std::string&) = nullptr;  // an object with free member names …
  const Node* items = nullptr;                            // … and its values; else an array's
  void (*begin)(Draft&) = nullptr;                        // of an object or array
  Reason (*end)(Draft&) = nullptr;  // not called when something within was malformed
  std::string_view schema{};        // of an object: one more keyword, `oneOf:[...]`
  bool record = false;  // what is malformed within is a warning and costs this value alone

  [[nodiscard]] bool is_object() const { return !members.empty() || member_name != nullptr; }
  [[nodiscard]] bool is_array() const { return items != nullptr && member_name == nullptr; }
};

[[nodiscard]] const Node& inventory_root();
[[nodiscard]] const Node& posture_root();

}  // namespace wgaudit::inventory_format
