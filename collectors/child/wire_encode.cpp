#include <algorithm>
#include <cstring>
#include <string_view>

#include "collectors/child/wire.hpp"
#include "collectors/child/wire_layout.hpp"
#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

class Writer {
 public:
  Writer(MessageKind kind, std::uint64_t request) {
    number(kWireMagic);
    number(static_cast<std::uint32_t>(kind));
    number(request);
  }
  void reserve(std::size_t size) { bytes_.reserve(size); }
  template <typename Number>
  void number(Number value) {
    raw(&value, sizeof value);
  }
  void flag(bool value) { number(static_cast<std::uint8_t>(value ? 1 : 0)); }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    raw(value.data(), value.size());
  }
  // For people: printable whatever an error message may hold, and of bounded length.
  void reason(std::string_view value) { text(to_printable(value.substr(0, kTextLimit / 4))); }
  void raw(const void* data, std::size_t size) {
    const auto* begin = static_cast<const std::byte*>(data);
    if (size != 0) bytes_.insert(bytes_.end(), begin, begin + size);
  }
  [[nodiscard]] Message take() { return std::move(bytes_); }

 private:
  Message bytes_;
};

Message encode_begin(const Observation& observation, std::uint64_t request) {
  Writer out(MessageKind::begin, request);
  out.number(observation.begun.time_since_epoch().count());
  out.number(observation.ended.time_since_epoch().count());
  out.number(static_cast<std::uint32_t>(observation.sources.size()));
  out.number(static_cast<std::uint32_t>(observation.devices.size()));
  out.number(static_cast<std::uint32_t>(observation.failures.size()));
  out.flag(observation.memory_locked);
  return out.take();
}

Message encode_source(const SourceResult& source, std::uint64_t request) {
  Writer out(MessageKind::source, request);
  out.number(static_cast<std::uint8_t>(source.collector));
  out.number(static_cast<std::uint8_t>(source.status));
  out.text(source.netns);
  out.reason(source.why);
  out.number(source.duration.count());
  for (const std::uint32_t retries : source.retries) out.number(retries);
  out.flag(source.lists_all);
  return out.take();
}

void write_link(const Link& link, Writer& out) {
  out.number(link.index);
  out.number(link.mtu_bytes);
  out.flag(link.up);
  const LinkCounters& c = link.counters;
  for (const std::uint64_t counter :
       {c.received_bytes, c.received_packets, c.received_errors, c.received_drops, c.sent_bytes,
        c.sent_packets, c.sent_errors, c.sent_drops}) {
    out.number(counter);
  }
}

Message encode_device(const Device& device, std::uint64_t request) {
  Writer out(MessageKind::device, request);
  out.text(device.netns);
  out.text(device.name);
  out.number(static_cast<std::uint8_t>(device.collector));
  out.number(static_cast<std::uint8_t>(device.implementation));
  out.number(static_cast<std::uint8_t>(device.completeness));
  out.number(device.netns_device);
  out.number(device.netns_inode);
  out.flag(device.public_key.has_value());
  if (device.public_key) out.raw(device.public_key->bytes.data(), Key::kSize);
  out.number(device.listen_port);
  out.number(device.firewall_mark);
  out.flag(device.link.has_value());
  if (device.link) write_link(*device.link, out);
  out.flag(device.forwarding.has_value());
  if (device.forwarding) {
    out.number(static_cast<std::uint8_t>(device.forwarding->ipv4));
    out.number(static_cast<std::uint8_t>(device.forwarding->ipv6));
  }
  out.number(device.observed_at.time_since_epoch().count());
  out.number(static_cast<std::uint32_t>(device.peers.size()));
  out.number(static_cast<std::uint32_t>(device.prefixes.size()));
  return out.take();
}

Message encode_failure(const DeviceFailure& failure, std::uint64_t request) {
  Writer out(MessageKind::failure, request);
  out.number(static_cast<std::uint8_t>(failure.collector));
  out.text(failure.netns);
  out.text(failure.name);
  out.reason(failure.why);
  return out.take();
}

template <typename Flat>
void encode_bytes(MessageKind kind, const std::vector<Flat>& values, std::uint64_t request,
                  std::vector<Message>& messages) {
  constexpr std::size_t kRoom = (kMessageLimit - kWireHeaderSize) / sizeof(Flat);
  for (std::size_t first = 0; first < values.size(); first += kRoom) {
    const std::size_t count = std::min(kRoom, values.size() - first);
    Writer out(kind, request);
    out.reserve(kWireHeaderSize + count * sizeof(Flat));
    out.raw(values.data() + first, count * sizeof(Flat));
    messages.push_back(out.take());
  }
}

}  // namespace

Message encode_request(const Request& request) {
  Writer out(MessageKind::request, request.id);
  out.number(request.deadline.time_since_epoch().count());
  return out.take();
}

Message encode_hello(pid_t pid) {
  Writer out(MessageKind::hello, 0);
  out.number(static_cast<std::int32_t>(pid));
  return out.take();
}

std::vector<Message> encode_observation(const Observation& observation, std::uint64_t request) {
  std::vector<Message> messages{encode_begin(observation, request)};
  for (const SourceResult& source : observation.sources) {
    messages.push_back(encode_source(source, request));
  }
  for (const Device& device : observation.devices) {
    messages.push_back(encode_device(device, request));
    encode_bytes(MessageKind::peers, device.peers, request, messages);
    encode_bytes(MessageKind::prefixes, device.prefixes, request, messages);
  }
  for (const DeviceFailure& failure : observation.failures) {
    messages.push_back(encode_failure(failure, request));
  }
  messages.push_back(Writer(MessageKind::end, request).take());
  return messages;
}

}  // namespace wgaudit
