#include "audit/inventory.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>
#include <tuple>

#include "audit/rules.hpp"

namespace wgaudit {
namespace {

constexpr std::array<std::string_view, 4> kKindNames{"user", "device", "service", "gateway"};
constexpr std::array<std::string_view, kStatuses> kStatusNames{"active", "unreviewed", "disabled",
                                                               "revoked"};

void overlay(Policy& policy, const PolicySettings& layer) {
  const auto take = [](auto& value, const auto& setting) {
    if (setting) value = *setting;
  };
  take(policy.session_timeout, layer.session_timeout);
  take(policy.stale_after, layer.stale_after);
  take(policy.dormant_after, layer.dormant_after);
  take(policy.rotation_overlap, layer.rotation_overlap);
  take(policy.max_key_age, layer.max_key_age);
  take(policy.posture_max_age, layer.posture_max_age);
  take(policy.min_prefix_length_ipv4, layer.min_prefix_length_ipv4);
  take(policy.min_prefix_length_ipv6, layer.min_prefix_length_ipv6);
  take(policy.require_preshared_key, layer.require_preshared_key);
  take(policy.require_posture, layer.require_posture);
  take(policy.traffic_floor, layer.traffic_floor);
  if (layer.always_on) policy.always_on = &*layer.always_on;
}

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
    const auto file = record.source.file;
    problems.push_back({severity,
                        file < inventory_.files.size() ? inventory_.files[file] : inventory_.path,
                        pointer_to(record) + std::string(field), std::move(reason)});
  }
  void add(Problem::Severity severity, std::string pointer, std::string reason) {
    problems.push_back({severity, inventory_.path, std::move(pointer), std::move(reason)});
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

void check_timeouts(const Inventory& inventory, Problems& out) {
  const auto check_one = [&](const PolicySettings& layer, const std::string& pointer) {
    if (layer.session_timeout && *layer.session_timeout < std::chrono::seconds{180}) {
      out.add(warning, pointer + "/session_timeout",
              "under 180s: a healthy session shakes hands only every 120s and may take 180s");
    }
  };
  check_one(inventory.policy, "/policy");
  for (const auto& role : inventory.roles) check_one(role.settings, "/roles/" + escaped(role.name));
  for (const auto& record : inventory.records) {
    if (record.policy == Record::kNone) continue;
    check_one(inventory.record_policies[record.policy], pointer_to(record));
  }
}

// Records in groups of equal `key_of`, in the order of the file within each. Indices, not a map:
// an inventory of 100,000 records has its memory limit.
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
      select(inventory, [](const Record&) { return true; }),
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
      select(inventory,
             [](const Record& record) {
               return !record.device.empty() && record.status == Status::active;
             }),
      [](const Record* record) { return std::tie(record->principal, record->device); },
      [&](std::span<const Record* const> group) {
        if (group.size() > 1) check_rotation(group, out);
      });
}

void check_always_on(const Inventory& inventory, const Record& record, Problems& out) {
  if (record.policy == Record::kNone || inventory.gateways.empty()) return;
  const auto& always_on = inventory.record_policies[record.policy].always_on;
  if (!always_on) return;
  for (std::size_t i = 0; i < always_on->gateways.size(); ++i) {
    if (inventory.gateway(always_on->gateways[i]) != nullptr) continue;
    out.add(warning, record, "/always_on/" + std::to_string(i),
            "no such gateway: \"" + always_on->gateways[i] + '"');
  }
}

void check_references(const Inventory& inventory, Problems& out) {
  for (const auto& record : inventory.records) {
    check_always_on(inventory, record, out);
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
      if (is_rule_name(record.exceptions[i].rule)) continue;
      out.add(warning, record, "/exceptions/" + std::to_string(i) + "/rule",
              "no such rule: \"" + record.exceptions[i].rule + '"');
    }
    if (!record.at || inventory.gateways.empty()) continue;
    for (std::size_t i = 0; i < record.at->size(); ++i) {
      const Place& place = (*record.at)[i];
      if (place.gateway == "*" || inventory.gateway(place.gateway) != nullptr) continue;
      out.add(warning, record, "/at/" + std::to_string(i),
              "no such gateway: \"" + place.gateway + '"');
    }
  }
}

}  // namespace

std::string_view to_string(Kind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }
std::string_view to_string(Status status) { return kStatusNames[static_cast<std::size_t>(status)]; }

std::optional<Kind> parse_kind(std::string_view text) {
  const auto found = std::ranges::find(kKindNames, text);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<Kind>(found - kKindNames.begin());
}

std::optional<Status> parse_status(std::string_view text) {
  const auto found = std::ranges::find(kStatusNames, text);
  if (found == kStatusNames.end()) return std::nullopt;
  return static_cast<Status>(found - kStatusNames.begin());
}

std::optional<Place> parse_place(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  Place place{std::string(text.substr(0, slash)), "", ""};
  std::string_view rest = text.substr(slash + 1);
  if (const auto colon = rest.rfind(':'); colon != std::string_view::npos) {
    place.netns = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  if (rest.empty() || rest.find('/') != std::string_view::npos) return std::nullopt;
  place.interface = rest;
  return place;
}

std::string to_string(const Place& place) {
  return place.gateway + '/' + (place.netns.empty() ? "" : place.netns + ':') + place.interface;
}

bool covers(const Place& place, std::string_view gateway, std::string_view netns,
            std::string_view interface) {
  return (place.gateway == "*" || place.gateway == gateway) && place.netns == netns &&
         (place.interface == "*" || place.interface == interface);
}

bool AlwaysOn::at(std::string_view gateway) const {
  return everywhere || std::ranges::find(gateways, gateway) != gateways.end();
}

std::string to_string(const Problem& problem) {
  // The empty pointer is the whole file.
  return problem.file + ": " + (problem.pointer.empty() ? "" : problem.pointer + ": ") +
         problem.reason;
}

bool has_errors(const std::vector<Problem>& problems) {
  return std::ranges::any_of(problems, [](const Problem& p) { return p.severity == error; });
}

void Inventory::build_index() {
  assert(index_.empty());
  index_.reserve(records.size());
  for (std::uint32_t i = 0; i < records.size(); ++i) index_.emplace(records[i].public_key, i);
}

const Record* Inventory::find(const Key& key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &records[found->second];
}

const Gateway* Inventory::gateway(std::string_view name) const {
  const auto found = std::ranges::find(gateways, name, &Gateway::name);
  return found == gateways.end() ? nullptr : &*found;
}

std::string principal_of(const Key& key, const Record* record) {
  return record != nullptr ? record->principal : "unknown:" + short_form(key);
}

std::string_view Inventory::role_name(const Record& record) const {
  return record.role == Record::kNone ? std::string_view{} : roles[record.role].name;
}

Policy Inventory::resolve(const Record* record) const {
  Policy effective;
  overlay(effective, policy);
  if (record != nullptr && record->role != Record::kNone) {
    overlay(effective, roles[record->role].settings);
  }
  if (record != nullptr && record->policy != Record::kNone) {
    overlay(effective, record_policies[record->policy]);
  }
  return effective;
}

std::vector<Problem> check(const Inventory& inventory) {
  Problems out(inventory);
  check_timeouts(inventory, out);
  check_double_keys(inventory, out);
  check_device_keys(inventory, out);
  check_references(inventory, out);
  return std::move(out.problems);
}

}  // namespace wgaudit
