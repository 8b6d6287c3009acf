#include "exporter/metrics/metric_table.hpp"

#include <algorithm>
#include <array>

namespace wgaudit {
namespace {

using enum MetricGroup;
using enum MetricType;

constexpr std::string_view kInterface = "netns, interface";
constexpr std::string_view kPeer = "netns, interface, public_key";
constexpr std::string_view kSource = "collector, netns";
constexpr std::string_view kGraded = "rule, severity";

constexpr std::array<MetricInfo, kMetrics> kTable{{
    {MetricId::interface_info, interfaces, gauge, "wireguard_interface_info", "",
     "netns, interface, public_key, implementation",
     "1 for each WireGuard interface: its own public key (WGDEVICE_A_PUBLIC_KEY) and who "
     "implements it"},
    {MetricId::interface_up, interfaces, gauge, "wireguard_interface_up", "", kInterface,
     "Whether the link is administratively up (IFF_UP); absent where no link was found"},
    {MetricId::interface_listen_port, interfaces, gauge, "wireguard_interface_listen_port", "",
     kInterface,
     "UDP port that the interface listens on (WGDEVICE_A_LISTEN_PORT), 0 before it has one"},
    {MetricId::interface_firewall_mark, interfaces, gauge, "wireguard_interface_firewall_mark", "",
     kInterface, "Mark of the packets that the interface sends (WGDEVICE_A_FWMARK), 0 when off"},
    {MetricId::interface_mtu_bytes, interfaces, gauge, "wireguard_interface_mtu_bytes", "bytes",
     kInterface, "MTU of the link (IFLA_MTU); absent where no link was found"},
    {MetricId::interface_peers, interfaces, gauge, "wireguard_interface_peers", "", kInterface,
     "Peers that are configured on the interface"},
    {MetricId::interface_active_peers, interfaces, gauge, "wireguard_interface_active_peers", "",
     kInterface, "Peers with a session, that is with a fresh handshake"},
    {MetricId::interface_receive_bytes, interfaces, counter,
     "wireguard_interface_receive_bytes_total", "bytes", kInterface,
     "Bytes of inner packets received by the link (IFLA_STATS64 rx_bytes); absent where no link "
     "was found"},
    {MetricId::interface_transmit_bytes, interfaces, counter,
     "wireguard_interface_transmit_bytes_total", "bytes", kInterface,
     "Bytes of inner packets sent by the link (IFLA_STATS64 tx_bytes); absent where no link was "
     "found"},
    {MetricId::interface_receive_packets, interfaces, counter,
     "wireguard_interface_receive_packets_total", "", kInterface,
     "Inner packets received by the link (IFLA_STATS64 rx_packets); absent where no link was "
     "found"},
    {MetricId::interface_transmit_packets, interfaces, counter,
     "wireguard_interface_transmit_packets_total", "", kInterface,
     "Inner packets sent by the link (IFLA_STATS64 tx_packets); absent where no link was found"},
    {MetricId::interface_receive_errors, interfaces, counter,
     "wireguard_interface_receive_errors_total", "", kInterface,
     "Errors counted where packets are received by the link (IFLA_STATS64 rx_errors); absent where "
     "no link was found"},
    {MetricId::interface_transmit_errors, interfaces, counter,
     "wireguard_interface_transmit_errors_total", "", kInterface,
     "Errors counted where packets are sent by the link (IFLA_STATS64 tx_errors); absent where no "
     "link was found"},
    {MetricId::interface_receive_drops, interfaces, counter,
     "wireguard_interface_receive_drops_total", "", kInterface,
     "Packets dropped where packets are received by the link (IFLA_STATS64 rx_dropped); absent "
     "where no link was found"},
    {MetricId::interface_transmit_drops, interfaces, counter,
     "wireguard_interface_transmit_drops_total", "", kInterface,
     "Packets dropped where packets are sent by the link (IFLA_STATS64 tx_dropped); absent where "
     "no link was found"},
    {MetricId::peer_info, peers, gauge, "wireguard_peer_info", "",
     "netns, interface, public_key, principal, principal_kind, principal_device, role, status",
     "1, exactly one for each peer: who the key belongs to, by the inventory (status unknown: not "
     "in it)"},
    {MetricId::peer_receive_bytes, peers, counter, "wireguard_peer_receive_bytes_total", "bytes",
     kPeer, "Bytes received from the peer (WGPEER_A_RX_BYTES)"},
    {MetricId::peer_transmit_bytes, peers, counter, "wireguard_peer_transmit_bytes_total", "bytes",
     kPeer, "Bytes sent to the peer (WGPEER_A_TX_BYTES)"},
    {MetricId::peer_last_handshake, peers, gauge, "wireguard_peer_last_handshake_timestamp_seconds",
     "seconds", kPeer,
     "When the last handshake completed (WGPEER_A_LAST_HANDSHAKE_TIME); absent until the first "
     "one"},
    {MetricId::peer_session_up, peers, gauge, "wireguard_peer_session_up", "", kPeer,
     "Whether the peer has a session: a new handshake was seen within session_timeout"},
    {MetricId::peer_sessions, peers, counter, "wireguard_peer_sessions_total", "", kPeer,
     "Sessions of the peer that began; survives restarts"},
    {MetricId::peer_endpoint_changes, peers, counter, "wireguard_peer_endpoint_changes_total", "",
     kPeer, "Changes of the peer's outer address or port (WGPEER_A_ENDPOINT); survives restarts"},
    {MetricId::peer_key_issued, peers, gauge, "wireguard_peer_key_issued_timestamp_seconds",
     "seconds", kPeer, "When the key was issued, where the inventory says"},
    {MetricId::peer_key_expiry, peers, gauge, "wireguard_peer_key_expiry_timestamp_seconds",
     "seconds", kPeer, "When the key expires, where the inventory says"},
    {MetricId::inventory_peer_at, peers, gauge, "wgaudit_inventory_peer_at", "", kPeer,
     "1 for a peer whose record names this interface in its `at`; absent for all others"},
    {MetricId::peer_allowed_ips, peer_details, gauge, "wireguard_peer_allowed_ips", "", kPeer,
     "Prefixes that the peer may use (WGPEER_A_ALLOWEDIPS)"},
    {MetricId::peer_persistent_keepalive, peer_details, gauge,
     "wireguard_peer_persistent_keepalive_seconds", "seconds", kPeer,
     "Interval of keepalive packets (WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL), 0 when off"},
    {MetricId::peer_has_preshared_key, peer_details, gauge, "wireguard_peer_has_preshared_key", "",
     kPeer, "Whether a preshared key is set (WGPEER_A_PRESHARED_KEY is not all zero)"},
    {MetricId::peer_first_seen, peer_details, gauge, "wireguard_peer_first_seen_timestamp_seconds",
     "seconds", kPeer, "When wgaudit first saw the peer on the interface"},
    {MetricId::peer_endpoint_info, peer_endpoints, gauge, "wireguard_peer_endpoint_info", "",
     "netns, interface, public_key, endpoint_ip",
     "1, with the peer's outer address (WGPEER_A_ENDPOINT); absent until the kernel knows one"},
    {MetricId::peer_allowed_ip_info, peer_allowed_ips, gauge, "wireguard_peer_allowed_ip_info", "",
     "netns, interface, public_key, allowed_ip, family",
     "1 for each prefix that the peer may use (WGPEER_A_ALLOWEDIPS); family ipv4 or ipv6"},
    {MetricId::finding, findings, gauge, "wgaudit_finding", "",
     "rule, severity, netns, interface, public_key, subject",
     "1 while the finding is open and not accepted; the 1000 most severe of a rule at most"},
    {MetricId::findings_truncated, findings, gauge, "wgaudit_findings_truncated", "", "rule",
     "Open findings of the rule beyond the 1000 that wgaudit_finding shows; absent when there are "
     "none"},
    {MetricId::open_findings, findings, gauge, "wgaudit_open_findings", "", kGraded,
     "Findings that are open and not accepted, for every enabled rule"},
    {MetricId::findings_opened, findings, counter, "wgaudit_findings_opened_total", "", kGraded,
     "Findings that opened since the start, for every enabled rule"},
    {MetricId::polls, collectors, counter, "wgaudit_polls_total", "", "",
     "Polls since the start; all scrapes that wait for one share it"},
    {MetricId::collector_success, collectors, gauge, "wgaudit_collector_success", "", kSource,
     "Whether the last poll could read the collector in this namespace"},
    {MetricId::collector_complete, collectors, gauge, "wgaudit_collector_complete", "", kSource,
     "Whether what the last poll read is known to be whole; absences count only then"},
    {MetricId::collector_last_success, collectors, gauge,
     "wgaudit_collector_last_success_timestamp_seconds", "seconds", kSource,
     "When the collector was last read in this namespace; absent until it was"},
    {MetricId::collector_duration, collectors, gauge, "wgaudit_collector_duration_seconds",
     "seconds", kSource, "How long the last poll took to read the collector in this namespace"},
    {MetricId::collector_retries, collectors, counter, "wgaudit_collector_retries_total", "",
     "collector, reason", "Tries beyond the first to read something, over all namespaces"},
    {MetricId::interface_success, collectors, gauge, "wgaudit_interface_success", "",
     "collector, netns, interface", "Whether the last poll could read the interface"},
    {MetricId::interface_peers_over_limit, collectors, gauge, "wgaudit_interface_peers_over_limit",
     "", kInterface,
     "1 for an interface with more peers than --metrics.peer-limit: its wireguard_peer_ series are "
     "left out"},
    {MetricId::inventory_records, inventory, gauge, "wgaudit_inventory_records", "", "status",
     "Records of the inventory in force"},
    {MetricId::inventory_info, inventory, gauge, "wgaudit_inventory_info", "", "sha256",
     "1, with the digest of the inventory file in force; absent without an inventory"},
    {MetricId::inventory_gateway_info, inventory, gauge, "wgaudit_inventory_gateway_info", "",
     "gateway, address",
     "1 for each gateway of the inventory, with the address that its exporter is scraped at"},
    {MetricId::inventory_last_reload_successful, inventory, gauge,
     "wgaudit_inventory_last_reload_successful", "", "",
     "Whether the last attempt to load the inventory succeeded; absent without an inventory"},
    {MetricId::inventory_last_reload_success, inventory, gauge,
     "wgaudit_inventory_last_reload_success_timestamp_seconds", "seconds", "",
     "When the inventory was last loaded; absent until it was"},
    {MetricId::state_up, events, gauge, "wgaudit_state_up", "", "",
     "Whether the state database is open and its last write succeeded; while it is not, polls and "
     "findings go on and events wait"},
    {MetricId::state_last_commit, events, gauge, "wgaudit_state_last_commit_timestamp_seconds",
     "seconds", "", "When the state database was last written; absent until it was"},
    {MetricId::state_size, events, gauge, "wgaudit_state_size_bytes", "bytes", "",
     "Size of the state database and its write-ahead log"},
    {MetricId::event_sequence, events, gauge, "wgaudit_event_sequence", "", "",
     "Sequence of the newest event that is committed; absent until the state database was open"},
    {MetricId::event_chain_head, events, gauge, "wgaudit_event_chain_head", "", "part",
     "SHA-256 of the newest event's line in the file sink: part 0 its first 48 bits, part 1 the "
     "next 48; absent where there is no such line"},
    {MetricId::events, events, counter, "wgaudit_events_total", "", "action",
     "Events that were committed since the start"},
    {MetricId::events_lost, events, counter, "wgaudit_events_lost_total", "", "",
     "Events that had to go before every sink had them, because the outbox was over its limit; "
     "survives restarts, absent until the state database was open"},
    {MetricId::sink_up, events, gauge, "wgaudit_sink_up", "", "sink",
     "Whether the last delivery to the sink succeeded"},
    {MetricId::sink_pending_events, events, gauge, "wgaudit_sink_pending_events", "", "sink",
     "Events that are committed and not yet delivered to the sink"},
    {MetricId::sink_oldest_pending_event, events, gauge,
     "wgaudit_sink_oldest_pending_event_timestamp_seconds", "seconds", "sink",
     "Time of the oldest event that waits for the sink; absent when none does"},
    {MetricId::sink_delivered_events, events, counter, "wgaudit_sink_delivered_events_total", "",
     "sink", "Events that were delivered to the sink since the start"},
    {MetricId::sink_failures, events, counter, "wgaudit_sink_failures_total", "", "sink",
     "Deliveries to the sink that failed since the start"},
    {MetricId::sink_dead_events, events, counter, "wgaudit_sink_dead_events_total", "", "sink",
     "Events that the receiver refused for good and that were set aside since the start"},
    {MetricId::sink_paused, events, gauge, "wgaudit_sink_paused", "", "sink",
     "Whether the configuration has paused the sink: its events wait"},
    {MetricId::build_info, exporter, gauge, "wgaudit_build_info", "", "version, revision",
     "1, with the release and the commit that it was built from"},
    {MetricId::exposition_renderings, exporter, counter, "wgaudit_exposition_renderings_total", "",
     "format",
     "Pages of metrics that were written since the start, this one included; scrapes of one poll "
     "share them"},
    {MetricId::exposition_compressions, exporter, counter, "wgaudit_exposition_compressions_total",
     "", "format",
     "Pages of metrics that were compressed since the start; scrapes of one poll share them"},
    {MetricId::process_cpu, exporter, counter, "process_cpu_seconds_total", "seconds", "",
     "Total user and system CPU time spent in seconds."},
    {MetricId::process_open_fds, exporter, gauge, "process_open_fds", "", "",
     "Number of open file descriptors."},
    {MetricId::process_max_fds, exporter, gauge, "process_max_fds", "", "",
     "Maximum number of open file descriptors."},
    {MetricId::process_virtual_memory, exporter, gauge, "process_virtual_memory_bytes", "bytes", "",
     "Virtual memory size in bytes."},
    {MetricId::process_resident_memory, exporter, gauge, "process_resident_memory_bytes", "bytes",
     "", "Resident memory size in bytes."},
    {MetricId::process_start_time, exporter, gauge, "process_start_time_seconds", "seconds", "",
     "Start time of the process since unix epoch in seconds."},
    {MetricId::process_threads, exporter, gauge, "process_threads", "", "",
     "Number of threads of the process."},
}};

static_assert(std::ranges::equal(
    kTable, kTable, {}, [](const MetricInfo& m) { return static_cast<std::size_t>(m.id); },
    [](const MetricInfo& m) { return static_cast<std::size_t>(&m - kTable.data()); }));

}  // namespace

std::string_view to_string(MetricType type) {
  switch (type) {
    case gauge:
      return "gauge";
    case counter:
      return "counter";
  }
  return "?";
}

std::string_view filter_name(MetricGroup group) {
  switch (group) {
    case interfaces:
      return "interfaces";
    case peers:
    case peer_details:
    case peer_endpoints:
    case MetricGroup::peer_allowed_ips:
      return "peers";
    case findings:
      return "findings";
    case collectors:
      return "collectors";
    case inventory:
      return "inventory";
    case events:
      return "events";
    case exporter:
      return "exporter";
  }
  return "?";
}

std::span<const MetricInfo> metrics() { return kTable; }
const MetricInfo& metric_info(MetricId id) { return kTable[static_cast<std::size_t>(id)]; }

}  // namespace wgaudit
