// Events: things that happened, as values. judge() yields them; the outbox stores them as they are,
// and each sink encodes them when it delivers (exporter/codec).
//
// Three tables describe them: kActions (what can happen), kFields (what an event can say) and the
// rules. Names never change.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "audit/finding.hpp"
#include "collectors/model/key.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {

enum class Action : std::uint8_t {
  exporter_started,
  exporter_stopped,
  heartbeat,
  baseline_established,
  state_snapshot,
  inventory_loaded,
  inventory_rejected,
  inventory_record_added,
  inventory_record_removed,
  inventory_record_changed,
  interface_added,
  interface_removed,
  interface_changed,
  peer_added,
  peer_removed,
  peer_changed,
  allowed_ips_moved,
  key_rotated,
  session_started,
  session_ended,
  endpoint_changed,
  finding_opened,
  finding_changed,
  finding_closed,
  finding_burst,
  events_suppressed,
  events_lost,
  clock_stepped,
  // Of the file sink alone, in its chain, without a sequence: see is_of_files().
  segment_opened,
  checkpoint,
  segments_removed,
};
inline constexpr std::size_t kActions = 31;

// ECS event.kind.
enum class EventKind : std::uint8_t { event, alert, state };
[[nodiscard]] std::string_view to_string(EventKind kind);

struct ActionInfo {
  Action action;
  std::string_view name;      // event.action
  EventKind kind;             // unless the event says otherwise
  std::string_view category;  // event.category, several with a blank between
  std::string_view type;      // event.type
  std::string_view outcome;   // event.outcome; "" where it makes no sense
  Severity severity;          // unless the event says otherwise
  std::string_view when;      // for EVENTS.md
};
[[nodiscard]] std::span<const ActionInfo> actions();  // in the order of Action
[[nodiscard]] const ActionInfo& action_info(Action action);
[[nodiscard]] const ActionInfo* find_action(std::string_view name);
[[nodiscard]] std::string_view to_string(Action action);  // "finding-opened"
// Whether it says something of the file sink's own files: no event of the outbox, no sequence.
[[nodiscard]] constexpr bool is_of_files(Action action) { return action >= Action::segment_opened; }

// What an event can say, in the order of the line. The encoder fills in those that are not facts.
enum class Field : std::uint8_t {
  timestamp,
  prev_hash,
  observed_after,
  detected_at_start,
  installation,
  truncated,
  clean_shutdown,
  down_seconds,
  last_sequence,
  clock_step_milliseconds,
  lost_first,
  lost_last,
  lost_sinks,
  suppressed_session_started,
  suppressed_session_ended,
  suppressed_endpoint_changed,
  suppressed_first,
  suppressed_last,
  segment_name,
  segment_first_sequence,
  segment_previous,
  segment_torn_bytes,
  segment_torn_hash,
  segment_torn_after,
  segment_torn_before,
  segment_repeats,
  checkpoint_last_sequence,
  checkpoint_key_id,
  checkpoint_previous_key_id,
  checkpoint_signature,
  removed_segments,
  removed_sha256,
  removed_last_hash,
  removed_bytes,
  snapshot_initial,
  gateway_name,
  interface_name,
  interface_netns,
  interface_public_key,
  interface_listen_port,
  interface_peers,
  interface_restarted,
  interface_renamed,
  peer_public_key,
  peer_key_sha256,
  peer_allowed_ips,
  peer_preshared_key_set,
  peer_persistent_keepalive_seconds,
  peer_last_handshake,
  peer_session_up,
  before_allowed_ips,
  before_preshared_key_set,
  before_persistent_keepalive_seconds,
  before_interface_name,
  before_interface_netns,
  before_public_key,
  before_listen_port,
  before_firewall_mark,
  before_status,
  before_role,
  before_at,
  before_issued_at,
  before_expires_at,
  before_revoked_at,
  before_severity,
  after_allowed_ips,
  after_preshared_key_set,
  after_persistent_keepalive_seconds,
  after_interface_name,
  after_interface_netns,
  after_public_key,
  after_listen_port,
  after_firewall_mark,
  after_status,
  after_role,
  after_at,
  after_issued_at,
  after_expires_at,
  after_revoked_at,
  allowed_ips_added,
  allowed_ips_removed,
  moved_allowed_ips,
  moved_from_public_key,
  moved_from_principal,
  principal_name,
  principal_kind,
  principal_device,
  principal_role,
  principal_status,
  principal_owner,
  session_id,
  session_start_unknown,
  session_idle_before_seconds,
  session_unobserved_seconds,
  endpoint_previous_ip,
  endpoint_previous_port,
  finding_id,
  finding_since,
  finding_severity,
  finding_subject,
  finding_detail,
  finding_burst_id,
  finding_count,
  open_findings,
  rotation_previous_key,
  rotation_added_id,
  rotation_removed_id,
  inventory_path,
  inventory_sha256,
  inventory_records,
  inventory_records_added,
  inventory_records_removed,
  inventory_records_changed,
  inventory_problems,
  inventory_problem_count,
  event_sequence,
  event_kind,
  event_category,
  event_type,
  event_action,
  event_id,
  event_severity,
  event_module,
  event_dataset,
  event_provider,
  event_outcome,
  event_reason,
  event_start,
  event_end,
  event_duration,
  ecs_version,
  message,
  observer_type,
  observer_product,
  observer_version,
  observer_name,
  observer_interface,
  host_name,
  host_id,
  network_transport,
  network_protocol,
  network_type,
  source_address,
  source_ip,
  source_port,
  source_bytes,
  destination_bytes,
  user_name,
  related_ip,
  related_user,
  related_hosts,
  related_hash,
  rule_id,
  rule_name,
  rule_category,
  rule_ruleset,
};
inline constexpr std::size_t kFields = static_cast<std::size_t>(Field::rule_ruleset) + 1;

enum class FieldType : std::uint8_t {
  keyword,     // std::string
  keywords,    // std::vector<std::string>
  number,      // std::int64_t
  boolean,     // bool
  date,        // WallTime: RFC 3339, three digits
  ip,          // std::string
  ips,         // std::vector<std::string>
  event_id,    // EventRef: the event.id of that sequence
  session_id,  // SessionRef
};

struct FieldInfo {
  Field field;
  std::string_view ecs;  // "wireguard.peer.allowed_ips"
  FieldType type;
  std::string_view help;
};
[[nodiscard]] std::span<const FieldInfo> fields();  // in the order of Field
[[nodiscard]] const FieldInfo& field_info(Field field);
[[nodiscard]] const FieldInfo* find_field(std::string_view ecs);

// Another event, or a session, by its number within the installation.
struct EventRef {
  std::uint64_t sequence = 0;
  friend bool operator==(const EventRef&, const EventRef&) = default;
};
struct SessionRef {
  std::uint64_t number = 0;
  friend bool operator==(const SessionRef&, const SessionRef&) = default;
};
using Value = std::variant<bool, std::int64_t, std::string, WallTime, std::vector<std::string>,
                           EventRef, SessionRef>;

struct Fact {
  Field field;
  Value value;
  friend bool operator==(const Fact&, const Fact&) = default;
};

struct Event {
  std::uint64_t sequence = 0;  // gapless within the installation, from 1; 0: not numbered yet
  WallTime at{};
  // The reading before: what happened, happened between it and `at`. Absent where nothing was read.
  std::optional<WallTime> observed_after;
  Action action = Action::heartbeat;
  EventKind kind = EventKind::event;
  Severity severity = Severity::info;
  std::string netns, interface;   // "" "": about no interface
  std::optional<Key> public_key;  // of the peer
  std::vector<Fact> facts;        // each field once at most

  [[nodiscard]] const Value* find(Field field) const;
  // The text of a keyword fact; "" where there is none.
  [[nodiscard]] std::string_view text(Field field) const;
  friend bool operator==(const Event&, const Event&) = default;
};

// With kind and severity of the action's row.
[[nodiscard]] Event make_event(Action action, WallTime at);

}  // namespace wgaudit
