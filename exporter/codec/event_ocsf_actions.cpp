#include <algorithm>
#include <cassert>
#include <iterator>

#include "exporter/codec/event_ocsf_table.hpp"

namespace wgaudit {
namespace {

using enum OcsfClass;

constexpr OcsfClassInfo kClasses[] = {
    {tunnel_activity, 4014, "Tunnel Activity", 4, "Network Activity"},
    {detection_finding, 2004, "Detection Finding", 2, "Findings"},
    {compliance_finding, 2003, "Compliance Finding", 2, "Findings"},
    {entity_management, 3004, "Entity Management", 3, "Identity & Access Management"},
    {application_lifecycle, 6002, "Application Lifecycle", 6, "Application Activity"},
    {event_log_activity, 1008, "Event Log Activity", 1, "System Activity"},
    {base_event, 0, "Base Event", 0, "Uncategorized"},
};

// Device Config State Change (5019) would seem to fit what changes on a peer; its states are a
// fixed list (quarantined, rooted, …) of which none is ours. A peer is an entity that is managed.
constexpr OcsfActionInfo kActionTable[] = {
    {Action::exporter_started, application_lifecycle, 3, "Start"},
    {Action::exporter_stopped, application_lifecycle, 4, "Stop"},
    {Action::heartbeat, application_lifecycle, kOtherActivity, "Heartbeat"},
    {Action::baseline_established, application_lifecycle, kOtherActivity, "Baseline Established"},
    {Action::state_snapshot, entity_management, 2, "Read", OcsfEntity::peer},
    {Action::inventory_loaded, entity_management, 3, "Update", OcsfEntity::inventory},
    {Action::inventory_rejected, entity_management, 3, "Update", OcsfEntity::inventory},
    {Action::inventory_record_added, entity_management, 1, "Create", OcsfEntity::record},
    {Action::inventory_record_removed, entity_management, 4, "Delete", OcsfEntity::record},
    {Action::inventory_record_changed, entity_management, 3, "Update", OcsfEntity::record},
    {Action::interface_added, entity_management, 1, "Create", OcsfEntity::interface},
    {Action::interface_removed, entity_management, 4, "Delete", OcsfEntity::interface},
    {Action::interface_changed, entity_management, 3, "Update", OcsfEntity::interface},
    {Action::peer_added, entity_management, 1, "Create", OcsfEntity::peer},
    {Action::peer_removed, entity_management, 4, "Delete", OcsfEntity::peer},
    {Action::peer_changed, entity_management, 3, "Update", OcsfEntity::peer},
    {Action::allowed_ips_moved, entity_management, 3, "Update", OcsfEntity::peer},
    {Action::key_rotated, entity_management, 3, "Update", OcsfEntity::peer},
    {Action::session_started, tunnel_activity, 1, "Open"},
    {Action::session_ended, tunnel_activity, 2, "Close"},
    {Action::endpoint_changed, tunnel_activity, kOtherActivity, "Endpoint Changed"},
    {Action::finding_opened, detection_finding, 1, "Create"},
    {Action::finding_changed, detection_finding, 2, "Update"},
    {Action::finding_closed, detection_finding, 3, "Close"},
    {Action::finding_burst, detection_finding, kOtherActivity, "Burst"},
    {Action::events_suppressed, event_log_activity, kOtherActivity, "Suppress"},
    {Action::events_lost, event_log_activity, kOtherActivity, "Lose"},
    {Action::clock_stepped, base_event, kOtherActivity, "Clock Stepped"},
    {Action::segment_opened, event_log_activity, 5, "Rotate"},
    {Action::checkpoint, event_log_activity, kOtherActivity, "Checkpoint"},
    {Action::segments_removed, event_log_activity, 2, "Delete"},
};

template <typename Table, typename Member>
constexpr bool in_order(const Table& table, Member member) {
  std::size_t index = 0;
  for (const auto& row : table) {
    if (static_cast<std::size_t>(row.*member) != index++) return false;
  }
  return true;
}
static_assert(std::size(kClasses) == kOcsfClasses);
static_assert(in_order(kClasses, &OcsfClassInfo::id));
static_assert(std::size(kActionTable) == kActions);
static_assert(in_order(kActionTable, &OcsfActionInfo::action));

constexpr OcsfClass kOfRules[] = {detection_finding, compliance_finding};

}  // namespace

std::span<const OcsfClassInfo> ocsf_classes() { return kClasses; }

const OcsfClassInfo& ocsf_class(OcsfClass id) { return kClasses[static_cast<std::size_t>(id)]; }

const OcsfActionInfo& ocsf_action(Action action) {
  assert(static_cast<std::size_t>(action) < kActions);
  return kActionTable[static_cast<std::size_t>(action)];
}

OcsfClass ocsf_class_of(const Event& event) {
  if (!is_about_rule(event.action)) return ocsf_action(event.action).of;
  const auto categories = categories_of(event);
  return categories.front() == "intrusion_detection" ? detection_finding : compliance_finding;
}

std::span<const OcsfClass> ocsf_classes_of(Action action) {
  if (is_about_rule(action)) return kOfRules;
  return {&ocsf_action(action).of, 1};
}

}  // namespace wgaudit
