#include "audit/event.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>

#include "audit/event_fields.hpp"

namespace wgaudit {
namespace {

using enum Action;

constexpr ActionInfo kActionTable[] = {
    {exporter_started, "exporter-started", EventKind::event, "process", "start", "success",
     Severity::info, "the daemon started"},
    {exporter_stopped, "exporter-stopped", EventKind::event, "process", "end", "success",
     Severity::info, "it stopped as it was asked to"},
    {heartbeat, "heartbeat", EventKind::event, "process", "info", "", Severity::info,
     "every hour: silence means that nothing happened"},
    {baseline_established, "baseline-established", EventKind::event, "configuration", "info", "",
     Severity::low, "what is there is known from now on; an alert unless it is the first run"},
    {state_snapshot, "state-snapshot", EventKind::state, "configuration", "info", "",
     Severity::info, "a peer as it is: at a baseline, and once a day in rotation"},
    {inventory_loaded, "inventory-loaded", EventKind::event, "configuration", "change", "success",
     Severity::low, "another inventory is in force"},
    {inventory_rejected, "inventory-rejected", EventKind::event, "configuration", "change",
     "failure", Severity::medium, "an inventory has errors: the one before stays in force"},
    {inventory_record_added, "inventory-record-added", EventKind::event, "iam", "creation",
     "success", Severity::low, "the inventory has a record that it had not"},
    {inventory_record_removed, "inventory-record-removed", EventKind::event, "iam", "deletion",
     "success", Severity::low, "a record is gone from the inventory"},
    {inventory_record_changed, "inventory-record-changed", EventKind::event, "iam", "change",
     "success", Severity::low, "a record says something else"},
    {interface_added, "interface-added", EventKind::event, "configuration", "creation", "success",
     Severity::low, "an interface is there that was not"},
    {interface_removed, "interface-removed", EventKind::event, "configuration", "deletion",
     "success", Severity::low, "an interface is gone, and its peers with it"},
    {interface_changed, "interface-changed", EventKind::event, "configuration", "change", "success",
     Severity::low, "key, port, mark or name changed, or it was created anew"},
    {peer_added, "peer-added", EventKind::event, "configuration", "creation", "success",
     Severity::low, "a peer is there that was not"},
    {peer_removed, "peer-removed", EventKind::event, "configuration", "deletion", "success",
     Severity::low, "a peer is gone"},
    {peer_changed, "peer-changed", EventKind::event, "configuration", "change", "success",
     Severity::low, "allowed IPs, preshared key or keepalive changed"},
    {allowed_ips_moved, "allowed-ips-moved", EventKind::alert, "configuration", "info", "",
     Severity::medium,
     "a peer took prefixes from another one, as the kernel does without a word; an event, not an "
     "alert, where the inventory gives them to it"},
    {key_rotated, "key-rotated", EventKind::event, "configuration", "change", "success",
     Severity::low, "a key that another replaces is gone"},
    {session_started, "session-started", EventKind::event, "network session", "start", "success",
     Severity::info, "the first handshake after a time without"},
    {session_ended, "session-ended", EventKind::event, "network session", "end", "", Severity::info,
     "no handshake within the session timeout, or the peer is gone"},
    {endpoint_changed, "endpoint-changed", EventKind::event, "network session", "info", "",
     Severity::info, "the outer address changed; a port alone is counted, not told of"},
    {finding_opened, "finding-opened", EventKind::alert, "intrusion_detection configuration",
     "info", "", Severity::medium,
     "a rule found something wrong; an event where it is part of a burst"},
    {finding_changed, "finding-changed", EventKind::alert, "intrusion_detection configuration",
     "info", "", Severity::medium, "its severity rose, or there is more evidence"},
    {finding_closed, "finding-closed", EventKind::event, "intrusion_detection configuration",
     "info", "", Severity::info, "it is wrong no longer, or not judged any more"},
    {finding_burst, "finding-burst", EventKind::alert, "intrusion_detection configuration", "info",
     "", Severity::medium, "one poll opened many findings of one rule"},
    {events_suppressed, "events-suppressed", EventKind::event, "host", "info", "", Severity::low,
     "events about one key came too often and were counted instead"},
    {events_lost, "events-lost", EventKind::event, "host", "info", "", Severity::high,
     "the outbox was over its limit: events went before a sink had them"},
    {clock_stepped, "clock-stepped", EventKind::event, "host", "info", "", Severity::medium,
     "the wall clock was set by more than 2 seconds"},
    {segment_opened, "segment-opened", EventKind::event, "process", "info", "", Severity::info,
     "first line of a file of the file sink; without sequence and id"},
    {checkpoint, "checkpoint", EventKind::event, "process", "info", "", Severity::info,
     "a signature over a file of the file sink up to here; without sequence and id"},
    {segments_removed, "segments-removed", EventKind::event, "process", "info", "", Severity::info,
     "the oldest files of the file sink go, as events.max-… say; without sequence and id"},
};

constexpr const auto& kFieldTable = event_tables::kFieldTable;

template <typename Table, typename Member>
constexpr bool in_order(const Table& table, Member member) {
  std::size_t index = 0;
  for (const auto& row : table) {
    if (static_cast<std::size_t>(row.*member) != index++) return false;
  }
  return true;
}
static_assert(std::size(kActionTable) == kActions);
static_assert(in_order(kActionTable, &ActionInfo::action));
static_assert(std::size(kFieldTable) == kFields);
static_assert(in_order(kFieldTable, &FieldInfo::field));

// Fields in the order of their paths: the outbox looks up every fact that it reads.
constexpr auto kByPath = [] {
  std::array<Field, kFields> order{};
  for (std::size_t i = 0; i < kFields; ++i) order[i] = static_cast<Field>(i);
  std::ranges::sort(order, {},
                    [](Field field) { return kFieldTable[static_cast<std::size_t>(field)].ecs; });
  return order;
}();

}  // namespace

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::event:
      return "event";
    case EventKind::alert:
      return "alert";
    case EventKind::state:
      return "state";
  }
  return "?";
}

std::span<const ActionInfo> actions() { return kActionTable; }

const ActionInfo& action_info(Action action) {
  assert(static_cast<std::size_t>(action) < kActions);
  return kActionTable[static_cast<std::size_t>(action)];
}

const ActionInfo* find_action(std::string_view name) {
  const auto* found = std::ranges::find(kActionTable, name, &ActionInfo::name);
  return found == std::end(kActionTable) ? nullptr : found;
}

std::string_view to_string(Action action) { return action_info(action).name; }

std::span<const FieldInfo> fields() { return kFieldTable; }

const FieldInfo& field_info(Field field) {
  assert(static_cast<std::size_t>(field) < kFields);
  return kFieldTable[static_cast<std::size_t>(field)];
}

const FieldInfo* find_field(std::string_view ecs) {
  const auto path = [](Field field) { return field_info(field).ecs; };
  const auto found = std::ranges::lower_bound(kByPath, ecs, {}, path);
  return found == kByPath.end() || path(*found) != ecs ? nullptr : &field_info(*found);
}

const Value* Event::find(Field field) const {
  const auto found = std::ranges::find(facts, field, &Fact::field);
  return found == facts.end() ? nullptr : &found->value;
}

std::string_view Event::text(Field field) const {
  const Value* value = find(field);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}

Event make_event(Action action, WallTime at) {
  const ActionInfo& info = action_info(action);
  Event event;
  event.at = at;
  event.action = action;
  event.kind = info.kind;
  event.severity = info.severity;
  return event;
}

}  // namespace wgaudit
