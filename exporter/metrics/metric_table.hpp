// The table of every metric: name, type, help, unit, labels. One source for the writer of /metrics,
// for the prometheus-cpp Registry and for METRICS.md; names and labels are never changed.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <string_view>

namespace wgaudit {

enum class MetricId : std::uint8_t {
  interface_info,
  interface_up,
  interface_listen_port,
  interface_firewall_mark,
  interface_mtu_bytes,
  interface_peers,
  interface_active_peers,
  interface_receive_bytes,
  interface_transmit_bytes,
  interface_receive_packets,
  interface_transmit_packets,
  interface_receive_errors,
  interface_transmit_errors,
  interface_receive_drops,
  interface_transmit_drops,
  peer_info,
  peer_receive_bytes,
  peer_transmit_bytes,
  peer_last_handshake,
  peer_session_up,
  peer_sessions,
  peer_endpoint_changes,
  peer_key_issued,
  peer_key_expiry,
  inventory_peer_at,
  peer_allowed_ips,
  peer_persistent_keepalive,
  peer_has_preshared_key,
  peer_first_seen,
  peer_endpoint_info,
  peer_allowed_ip_info,
  finding,
  findings_truncated,
  open_findings,
  findings_opened,
  polls,
  collector_success,
  collector_complete,
  collector_last_success,
  collector_duration,
  collector_retries,
  interface_success,
  interface_peers_over_limit,
  inventory_records,
  inventory_info,
  inventory_gateway_info,
  inventory_last_reload_successful,
  inventory_last_reload_success,
  state_up,
  state_last_commit,
  state_size,
  event_sequence,
  event_chain_head,
  events,
  events_lost,
  sink_up,
  sink_pending_events,
  sink_oldest_pending_event,
  sink_delivered_events,
  sink_failures,
  sink_dead_events,
  sink_paused,
  build_info,
  exposition_renderings,
  exposition_compressions,
  process_cpu,
  process_open_fds,
  process_max_fds,
  process_virtual_memory,
  process_resident_memory,
  process_start_time,
  process_threads,
};
inline constexpr std::size_t kMetrics = 72;

enum class MetricType : std::uint8_t { gauge, counter };
[[nodiscard]] std::string_view to_string(MetricType type);

// The chapters of METRICS.md, in order.
enum class MetricGroup : std::uint8_t {
  interfaces,
  peers,
  peer_details,      // with --metrics.peer-details
  peer_endpoints,    // with --metrics.endpoints
  peer_allowed_ips,  // with --metrics.allowed-ips
  findings,
  collectors,
  inventory,
  events,  // state, events, sinks
  exporter,
};
inline constexpr std::size_t kMetricGroups = 10;
using MetricGroups = std::bitset<kMetricGroups>;  // by MetricGroup
inline constexpr MetricGroups kAllMetricGroups{(1ULL << kMetricGroups) - 1};
// By which collect[] and exclude[] name it; those of peers share one.
[[nodiscard]] std::string_view filter_name(MetricGroup group);

struct MetricInfo {
  MetricId id;
  MetricGroup group;
  MetricType type;
  std::string_view name;
  std::string_view unit;    // "bytes", "seconds"; "" for a plain number
  std::string_view labels;  // "netns, interface"; "" for none
  std::string_view help;    // names the kernel's own word; no backslash, quote or line break
};

[[nodiscard]] std::span<const MetricInfo> metrics();  // in the order of MetricId
[[nodiscard]] const MetricInfo& metric_info(MetricId id);

}  // namespace wgaudit
