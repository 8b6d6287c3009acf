// The inventory as JSON: a file, or a directory of `*.json` read in name order, to an Inventory.
//
// Problems carry file, JSON pointer (RFC 6901) and reason, and none stops at the first. No problem
// ever shows a value of the file: only where it stands and what was expected there.
//
// Errors reject the whole inventory: not JSON (invalid UTF-8, NUL bytes and trailing text too), an
// unknown field (`$schema` at the top and `comment` anywhere are known), a field twice in one
// object, a wrong type (null too), a missing or other `version` than 1, a malformed value outside
// of `peers` and `gateways` (it would change how every record is judged), a role that is nowhere
// defined (its policy is unknown), `policy` or `roles` in two files, one gateway twice, and what
// audit's check() says: one key with two different records, two active keys of one device without
// `replaces`.
// Warnings do not: a peer or gateway with a malformed or missing value is named and ignored; of two
// records that are the same in everything the second is.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/inventory.hpp"
#include "collectors/model/device.hpp"
#include "exporter/codec/text_stream.hpp"

namespace wgaudit {

struct LoadedInventory {
  std::optional<Inventory> inventory;  // with its index; absent: rejected
  std::vector<Problem> problems;       // in the order of files and of what they hold
  // Of a rejected inventory: its revoked records that parsed. Revocations hold all the same.
  std::vector<Record> revocations;
  std::string sha256;  // as in Inventory, of a rejected one too; "" when not all could be read
  // Rejected because it is not the text of one moment: worth another try.
  bool changed_while_read = false;
};

// Reads the file or directory. Blocks on nothing but the disk: what is no regular file is refused.
[[nodiscard]] LoadedInventory load_inventory(const std::string& path);

// The same for one text; `name` stands in its problems. Pure.
[[nodiscard]] LoadedInventory parse_inventory(std::string_view text, const std::string& name);

// For several texts, one after the other, each read piece by piece.
class InventoryParser {
 public:
  explicit InventoryParser(std::string path);
  ~InventoryParser();
  InventoryParser(const InventoryParser&) = delete;
  InventoryParser& operator=(const InventoryParser&) = delete;

  // `size_hint`: about how many bytes will come.
  void add(const std::string& file, const TextSource& source, std::size_t size_hint);
  // Of a text that could not be had as a whole.
  void add_problem(Problem problem);
  // REQUIRES: called once, last.
  [[nodiscard]] LoadedInventory finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// JSON Schema (draft 2020-12) of a file, from the tables that the parser reads by.
[[nodiscard]] std::string inventory_schema();

// A first inventory from what is configured: each key once, `unnamed-<first 8>`, unreviewed, with
// its allowed IPs, at the interfaces of this gateway that hold it.
[[nodiscard]] std::string inventory_from_devices(std::span<const Device> devices,
                                                 std::string_view gateway);

}  // namespace wgaudit
