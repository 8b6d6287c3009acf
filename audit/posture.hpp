// What an MDM says of devices: which comply. Values; immutable once built, read by any thread.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "audit/inventory.hpp"

namespace wgaudit {

struct PostureTable {
  std::string path;    // as it was asked for
  std::string sha256;  // of the file's bytes, hex
  std::unordered_map<Key, Posture, KeyHash> by_key;
  std::unordered_map<std::string, Posture> by_device;  // Record::device

  // By key, else by the device's name; null: nothing is said of it.
  [[nodiscard]] const Posture* find(const Record& record) const;
};

// Of two the one checked later; without a time it is the older one. At one time: not compliant.
[[nodiscard]] const Posture& newer(const Posture& a, const Posture& b);

// What holds for the record: the newer of its own and the table's. Absent: nobody says anything.
[[nodiscard]] std::optional<Posture> posture_of(const Record& record, const PostureTable* table);

}  // namespace wgaudit
