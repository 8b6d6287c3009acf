#include <algorithm>
#include <optional>

#include "exporter/metrics/families.hpp"

namespace wgaudit {
namespace {

struct LinkCounter {
  MetricId id;
  std::uint64_t LinkCounters::* value;
};
constexpr LinkCounter kLinkCounters[] = {
    {MetricId::interface_receive_bytes, &LinkCounters::received_bytes},
    {MetricId::interface_transmit_bytes, &LinkCounters::sent_bytes},
    {MetricId::interface_receive_packets, &LinkCounters::received_packets},
    {MetricId::interface_transmit_packets, &LinkCounters::sent_packets},
    {MetricId::interface_receive_errors, &LinkCounters::received_errors},
    {MetricId::interface_transmit_errors, &LinkCounters::sent_errors},
    {MetricId::interface_receive_drops, &LinkCounters::received_drops},
    {MetricId::interface_transmit_drops, &LinkCounters::sent_drops},
};

Labels labels_of(const Device& device) {
  return Labels{}.add("netns", device.netns).add("interface", device.name);
}

// One family: a sample for every device for which `value` has one.
template <typename Value>
void write_family(TextWriter& out, const ShownDevices& devices, MetricId id, Value value) {
  out.begin(id);
  for (const JudgedDevice* judged : devices) {
    const std::optional<std::uint64_t> number = value(*judged);
    if (number) out.sample(labels_of(*judged->device), *number);
  }
}

// One of the link; absent without a link, never 0.
template <typename Value>
void write_link_family(TextWriter& out, const ShownDevices& devices, MetricId id, Value value) {
  write_family(out, devices, id, [&](const JudgedDevice& judged) -> std::optional<std::uint64_t> {
    if (!judged.device->link) return std::nullopt;
    return value(*judged.device->link);
  });
}

}  // namespace

void write_interfaces(TextWriter& out, const ShownDevices& devices) {
  out.begin(MetricId::interface_info);
  for (const JudgedDevice* judged : devices) {
    const Device& device = *judged->device;
    Labels labels = labels_of(device);
    labels.add("public_key", device.public_key ? to_string(*device.public_key) : "");
    labels.add("implementation", to_string(device.implementation));
    out.sample(labels, std::uint64_t{1});
  }
  write_link_family(out, devices, MetricId::interface_up,
                    [](const Link& link) { return link.up ? 1U : 0U; });
  write_family(out, devices, MetricId::interface_listen_port,
               [](const JudgedDevice& judged) { return judged.device->listen_port; });
  write_family(out, devices, MetricId::interface_firewall_mark,
               [](const JudgedDevice& judged) { return judged.device->firewall_mark; });
  write_link_family(out, devices, MetricId::interface_mtu_bytes,
                    [](const Link& link) { return link.mtu_bytes; });
  write_family(out, devices, MetricId::interface_peers,
               [](const JudgedDevice& judged) { return judged.device->peers.size(); });
  write_family(out, devices, MetricId::interface_active_peers, [](const JudgedDevice& judged) {
    return static_cast<std::uint64_t>(
        std::ranges::count(judged.peers, true, &PeerStatus::session_up));
  });
  for (const LinkCounter& counter : kLinkCounters) {
    write_link_family(out, devices, counter.id,
                      [&](const Link& link) { return link.counters.*counter.value; });
  }
}

void write_over_limit(TextWriter& out, const ShownDevices& devices) {
  write_family(out, devices, MetricId::interface_peers_over_limit,
               [](const JudgedDevice&) { return 1U; });
}

}  // namespace wgaudit
