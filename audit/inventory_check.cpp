// What only the whole inventory can show.
#include <algorithm>
#include <functional>
#include <span>
#include <tuple>
#include <unordered_set>

#include "audit/inventory.hpp"
#include "audit/rules.hpp"

namespace wgaudit {
namespace {

// A token of a JSON pointer (RFC 6901).
std::string escaped(std::string_view token) {
  std::string text;
  for (const char c : token) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

std::string pointer_to(const Record& record) {
  return "/peers/" + std::to_string(record.source.position);
}

// Collects problems of records under the file that each stands in.
class Problems {
 public:
  explicit Problems(const Inventory& inventory) : inventory_(inventory) {}
  void add(Problem::Severity severity, const Record& record, std::string_view field,
           std::string reason) {
    add(severity, record.source.file, pointer_to(record) + std::string(field), std::move(reason));
  }
  void add(Problem::Severity severity, std::uint32_t file, std::string pointer,
           std::string reason) {
    problems.push_back({severity,
                        file < inventory_.files.size() ? inventory_.files[file] : inventory_.path,
                        std::move(pointer), std::move(reason)});
  }
  // Where `record` stands, for a problem of `reader`: with its file if that is another one.
  [[nodiscard]] std::string place_of(const Record& record, const Record& reader) const {
    const auto file = record.source.file;
    if (file == reader.source.file || file >= inventory_.files.size()) return pointer_to(record);
    return inventory_.files[file] + ": " + pointer_to(record);
  }
  std::vector<Problem> problems;

 private:
  const Inventory& inventory_;
};

using enum Problem::Severity;

// What a layer of policy says that cannot be meant.
void check_layer(const Inventory& inventory, const PolicySettings& layer, std::uint32_t file,
                 const std::string& pointer, Problems& out) {
  if (layer.session_timeout && *layer.session_timeout < std::chrono::seconds{180}) {
    out.add(warning, file, pointer + "/session_timeout",
            "under 180s: a healthy session shakes hands only every 120s and may take 180s");
  }
  if (!layer.always_on || inventory.gateways.empty()) return;
  for (std::size_t i = 0; i < layer.always_on->gateways.size(); ++i) {
    if (inventory.gateway(layer.always_on->gateways[i]) != nullptr) continue;
    out.add(warning, file, pointer + "/always_on/" + std::to_string(i),
            "no such gateway: \"" + layer.always_on->gateways[i] + '"');
  }
}

void check_policies(const Inventory& inventory, Problems& out) {
  check_layer(inventory, inventory.policy, inventory.policy_file, "/policy", out);
  for (const auto& role : inventory.roles) {
    check_layer(inventory, role.settings, inventory.roles_file, "/roles/" + escaped(role.name),
                out);
  }
  for (const auto& record : inventory.records) {
    if (record.policy == Record::kNone) continue;
    check_layer(inventory, inventory.record_policies[record.policy], record.source.file,
                pointer_to(record), out);
  }
}

// Those of `records` whose `hash_of` is not theirs alone, in their order: in an inventory of
// 100,000 records few are, and sorting numbers is a tenth of sorting keys and names.
template <typename HashOf>
std::vector<const Record*> with_equal_hash(std::vector<const Record*> records, HashOf hash_of) {
  std::vector<std::size_t> hashes(records.size());
  std::ranges::transform(records, hashes.begin(), hash_of);
  std::vector<std::size_t> doubled = hashes;
  std::ranges::sort(doubled);
  // Keeps one of each run of equal ones.
  auto kept = doubled.begin();
  for (auto at = doubled.begin(); at != doubled.end();) {
    const auto end = std::find_if(at, doubled.end(), [&](std::size_t hash) { return hash != *at; });
    if (end - at > 1) *kept++ = *at;
    at = end;
  }
  doubled.erase(kept, doubled.end());
  std::size_t position = 0;
  std::erase_if(records, [&](const Record*) {
    return !std::ranges::binary_search(doubled, hashes[position++]);
  });
  return records;
}

// Records in groups of equal `key_of`, in the order of the file within each.
template <typename KeyOf, typename OnGroup>
void for_each_group(std::vector<const Record*> records, KeyOf key_of, OnGroup on_group) {
  std::ranges::stable_sort(records, {}, key_of);
  for (auto begin = records.begin(); begin != records.end();) {
    const auto end = std::find_if(begin, records.end(), [&](const Record* record) {
      return key_of(record) != key_of(*begin);
    });
    on_group(std::span<const Record* const>(begin, end));
    begin = end;
  }
}

template <typename Wanted>
std::vector<const Record*> select(const Inventory& inventory, Wanted wanted) {
  std::vector<const Record*> records;
  for (const Record& record : inventory.records) {
    if (wanted(record)) records.push_back(&record);
  }
  return records;
}

void check_double_keys(const Inventory& inventory, Problems& out) {
  for_each_group(
      with_equal_hash(select(inventory, [](const Record&) { return true; }),
                      [](const Record* record) { return KeyHash{}(record->public_key); }),
      [](const Record* record) { return record->public_key; },
      [&](std::span<const Record* const> group) {
        for (const Record* record : group.subspan(1)) {
          out.add(error, *record, "/public_key",
                  "this key has a record already, at " + out.place_of(*group.front(), *record));
        }
      });
}

// The keys of one device that are in use at once.
void check_rotation(std::span<const Record* const> records, Problems& out) {
  const Record* current = nullptr;  // the one that nobody replaces
  for (const Record* record : records) {
    const bool replaced = std::ranges::any_of(records, [&](const Record* other) {
      return other->replaces && *other->replaces == record->public_key;
    });
    if (replaced) continue;
    if (current != nullptr) {
      out.add(error, *record, "/device",
              "two active keys of one device of one principal (the other at " +
                  out.place_of(*current, *record) + "): say which replaces which");
    }
    current = record;
  }
  if (current == nullptr) {
    out.add(error, *records.front(), "/replaces", "the keys of this device replace each other");
  }
}

// A device that changes its key has two for a while; which of them is the new one must be said.
void check_device_keys(const Inventory& inventory, Problems& out) {
  for_each_group(
      with_equal_hash(select(inventory,
                             [](const Record& record) {
                               return !record.device.empty() && record.status == Status::active;
                             }),
                      [](const Record* record) {
                        const std::hash<std::string> hash;
                        return hash(record->principal) * 31 + hash(record->device);
                      }),
      [](const Record* record) { return std::tie(record->principal, record->device); },
      [&](std::span<const Record* const> group) {
        if (group.size() > 1) check_rotation(group, out);
      });
}

void check_references(const Inventory& inventory, Problems& out) {
  std::unordered_set<std::string_view> gateways{"*"};
  for (const Gateway& gateway : inventory.gateways) gateways.insert(gateway.name);
  for (const auto& record : inventory.records) {
    if (record.revoked_at && record.status != Status::revoked) {
      out.add(warning, record, "/revoked_at",
              "has no effect while the status is \"" + std::string(to_string(record.status)) +
                  "\": set it to \"revoked\"");
    }
    if (record.principal.starts_with("unknown:")) {
      out.add(error, record, "/principal", "\"unknown:\" is reserved for keys without a record");
    }
    if (record.replaces && *record.replaces == record.public_key) {
      out.add(error, record, "/replaces", "a key cannot replace itself");
    }
    for (std::size_t i = 0; i < record.exceptions.size(); ++i) {
      if (find_rule(record.exceptions[i].rule) != nullptr) continue;
      out.add(warning, record, "/exceptions/" + std::to_string(i) + "/rule",
              "no such rule: \"" + record.exceptions[i].rule + '"');
    }
    if (!record.at || inventory.gateways.empty()) continue;
    for (std::size_t i = 0; i < record.at->size(); ++i) {
      const Place& place = (*record.at)[i];
      if (gateways.contains(place.gateway)) continue;
      out.add(warning, record, "/at/" + std::to_string(i),
              "no such gateway: \"" + place.gateway + '"');
    }
  }
}

}  // namespace

std::vector<Problem> check(const Inventory& inventory) {
  Problems out(inventory);
  check_policies(inventory, out);
  check_double_keys(inventory, out);
  check_device_keys(inventory, out);
  check_references(inventory, out);
  return std::move(out.problems);
}

}  // namespace wgaudit
