#include "audit/inventory_diff.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "audit/tell.hpp"

namespace wgaudit {
namespace {

// A record and the inventory that it stands in; null: there is none.
struct Side {
  const Inventory* inventory = nullptr;
  const Record* record = nullptr;
};

struct Change {
  Side before, after;
  [[nodiscard]] const Side& side() const { return after.record != nullptr ? after : before; }
  [[nodiscard]] const Key& key() const { return side().record->public_key; }
};

// As a fact has it; absent: the record does not say.
std::optional<Value> status_of(const Side& side) {
  return std::string(to_string(side.record->status));
}
std::optional<Value> role_of(const Side& side) {
  if (side.record->role == Record::kNone) return std::nullopt;
  return std::string(side.inventory->role_name(*side.record));
}
const Cidr& sort_key(const Cidr& prefix) { return prefix; }
auto sort_key(const Place& place) { return std::tie(place.gateway, place.netns, place.interface); }
// A list as a set: its order and what it says twice mean nothing.
template <auto Member>
std::optional<Value> set_of(const Side& side) {
  const auto& list = side.record->*Member;
  if (!list) return std::nullopt;
  auto items = *list;
  std::ranges::sort(items, {}, [](const auto& item) { return sort_key(item); });
  items.erase(std::ranges::unique(items).begin(), items.end());
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(to_string(item));
  return texts;
}
template <auto Member>
std::optional<Value> time_of(const Side& side) {
  const std::optional<WallTime>& time = side.record->*Member;
  if (!time) return std::nullopt;
  return *time;
}

// What has a before and an after. `same` is true of most records, and makes no text.
struct Compared {
  Field before, after;
  bool (*same)(const Side&, const Side&);
  std::optional<Value> (*value)(const Side&);
};

template <auto Member>
bool same(const Side& a, const Side& b) {
  return a.record->*Member == b.record->*Member;
}
bool same_role(const Side& a, const Side& b) {
  return a.inventory->role_name(*a.record) == b.inventory->role_name(*b.record);
}

constexpr Compared kCompared[] = {
    {Field::before_status, Field::after_status, same<&Record::status>, status_of},
    {Field::before_role, Field::after_role, same_role, role_of},
    {Field::before_allowed_ips, Field::after_allowed_ips, same<&Record::allowed_ips>,
     set_of<&Record::allowed_ips>},
    {Field::before_at, Field::after_at, same<&Record::at>, set_of<&Record::at>},
    {Field::before_issued_at, Field::after_issued_at, same<&Record::issued_at>,
     time_of<&Record::issued_at>},
    {Field::before_expires_at, Field::after_expires_at, same<&Record::expires_at>,
     time_of<&Record::expires_at>},
    {Field::before_revoked_at, Field::after_revoked_at, same<&Record::revoked_at>,
     time_of<&Record::revoked_at>},
};

std::vector<Fact> differences(const Side& before, const Side& after) {
  std::vector<Fact> facts;
  for (const Compared& compared : kCompared) {
    if (compared.same(before, after)) continue;
    auto old = compared.value(before), now = compared.value(after);
    if (old == now) continue;
    if (old) facts.push_back({compared.before, *std::move(old)});
    if (now) facts.push_back({compared.after, *std::move(now)});
  }
  return facts;
}

bool same_owner(const Record& a, const Record& b) {
  return a.principal == b.principal && a.kind == b.kind && a.device == b.device &&
         a.owner == b.owner;
}

bool has_changed(const Side& before, const Side& after) {
  return !same_owner(*before.record, *after.record) || !differences(before, after).empty();
}

std::vector<Change> changes_of(const Inventory& before, const Inventory& after) {
  std::vector<Change> changes;
  for (const Record& record : before.records) {
    const Side old{&before, &record}, now{&after, after.find(record.public_key)};
    if (now.record == nullptr || has_changed(old, now)) changes.push_back({old, now});
  }
  for (const Record& record : after.records) {
    if (before.find(record.public_key) == nullptr) changes.push_back({{}, {&after, &record}});
  }
  return changes;
}

Action action_of(const Change& change) {
  if (change.before.record == nullptr) return Action::inventory_record_added;
  if (change.after.record == nullptr) return Action::inventory_record_removed;
  return Action::inventory_record_changed;
}

Event event_of(const Change& change, WallTime at, bool detected_at_start) {
  const Action action = action_of(change);
  Event event = make_event(action, at);
  event.public_key = change.key();
  add_who(event, change.key(), *change.side().inventory);
  if (action == Action::inventory_record_changed) {
    for (Fact& fact : differences(change.before, change.after)) {
      event.facts.push_back(std::move(fact));
    }
  }
  if (detected_at_start) event.facts.push_back({Field::detected_at_start, true});
  return event;
}

}  // namespace

InventoryChange inventory_events(const Inventory* before, const Inventory& after, WallTime at,
                                 bool detected_at_start) {
  InventoryChange result;
  if (before == nullptr) {
    result.added = after.records.size();
    return result;
  }
  std::vector<Change> changes = changes_of(*before, after);
  for (const Change& change : changes) {
    const Action action = action_of(change);
    if (action == Action::inventory_record_added) ++result.added;
    if (action == Action::inventory_record_removed) ++result.removed;
    if (action == Action::inventory_record_changed) ++result.changed;
  }
  if (changes.size() > kMaxRecordEvents) return result;
  std::ranges::sort(changes, {}, &Change::key);
  for (const Change& change : changes) {
    result.events.push_back(event_of(change, at, detected_at_start));
  }
  return result;
}

}  // namespace wgaudit
