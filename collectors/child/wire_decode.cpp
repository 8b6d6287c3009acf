#include <cassert>
#include <cstring>
#include <string_view>
#include <tuple>
#include <utility>

#include "collectors/child/device_check.hpp"
#include "collectors/child/wire.hpp"
#include "collectors/child/wire_layout.hpp"
#include "collectors/model/text.hpp"

namespace wgaudit {

// What is left of a message. Reading past its end gives zeros and is remembered.
class ObservationDecoder::Payload {
 public:
  explicit Payload(MessageView rest) : rest_(rest) {}

  template <typename Number>
  [[nodiscard]] Number number() {
    Number value{};
    raw(&value, sizeof value);
    return value;
  }
  [[nodiscard]] bool flag() { return code(2) == 1; }
  // A byte below `end`: an enumerator of a dense enum.
  [[nodiscard]] std::uint8_t code(std::size_t end) {
    const auto value = number<std::uint8_t>();
    if (value >= end) good_ = false;
    return value < end ? value : std::uint8_t{0};
  }
  [[nodiscard]] std::string text() {
    const auto size = number<std::uint32_t>();
    if (!good_ || size > kTextLimit || size > rest_.size()) {
      good_ = false;
      return {};
    }
    std::string value(reinterpret_cast<const char*>(rest_.data()), size);
    rest_ = rest_.subspan(size);
    return value;
  }
  [[nodiscard]] std::string reason() {
    std::string value = text();
    if (to_printable(value) != value) good_ = false;
    return value;
  }
  void raw(void* into, std::size_t size) {
    if (!good_ || size > rest_.size()) {
      good_ = false;
      return;
    }
    if (size != 0) std::memcpy(into, rest_.data(), size);
    rest_ = rest_.subspan(size);
  }
  [[nodiscard]] std::size_t size() const { return rest_.size(); }
  // All of it was read and all was in range.
  [[nodiscard]] bool consumed() const { return good_ && rest_.empty(); }

 private:
  MessageView rest_;
  bool good_ = true;
};

namespace {

template <typename Number>
Number number_at(MessageView message, std::size_t offset) {
  Number value{};
  std::memcpy(&value, message.data() + offset, sizeof value);
  return value;
}

// The number that is all of the payload of a message of `kind`.
template <typename Number>
std::optional<Number> only_number(MessageView message, MessageKind kind) {
  const auto header = read_header(message);
  if (!header || header->kind != kind || message.size() != kWireHeaderSize + sizeof(Number)) {
    return std::nullopt;
  }
  return number_at<Number>(message, kWireHeaderSize);
}

// Appends the flat structs that a payload consists of, at most `left` of them.
template <typename Flat, typename Payload>
bool append_flat(Payload& payload, std::vector<Flat>& values, std::size_t& left) {
  const std::size_t count = payload.size() / sizeof(Flat);
  if (count == 0 || count > left || payload.size() % sizeof(Flat) != 0) return false;
  const std::size_t at = values.size();
  values.resize(at + count);
  payload.raw(values.data() + at, count * sizeof(Flat));
  left -= count;
  return true;
}

constexpr std::size_t kImplementations = 3;
constexpr std::size_t kSourceStatuses = 4;
constexpr std::size_t kCompletenesses = 2;

template <typename Payload>
Link read_link(Payload& payload) {
  Link link;
  link.index = payload.template number<std::uint32_t>();
  link.mtu_bytes = payload.template number<std::uint32_t>();
  link.up = payload.flag();
  LinkCounters& c = link.counters;
  for (std::uint64_t* counter :
       {&c.received_bytes, &c.received_packets, &c.received_errors, &c.received_drops,
        &c.sent_bytes, &c.sent_packets, &c.sent_errors, &c.sent_drops}) {
    *counter = payload.template number<std::uint64_t>();
  }
  return link;
}

template <typename Payload>
BootTime read_boot_time(Payload& payload) {
  return BootTime{Duration{payload.template number<Duration::rep>()}};
}

}  // namespace

std::optional<MessageHeader> read_header(MessageView message) {
  if (message.size() < kWireHeaderSize || message.size() > kMessageLimit) return std::nullopt;
  if (number_at<std::uint32_t>(message, 0) != kWireMagic) return std::nullopt;
  const auto kind = number_at<std::uint32_t>(message, 4);
  if (kind < static_cast<std::uint32_t>(MessageKind::request) ||
      kind > static_cast<std::uint32_t>(MessageKind::end)) {
    return std::nullopt;
  }
  return MessageHeader{static_cast<MessageKind>(kind), number_at<std::uint64_t>(message, 8)};
}

std::optional<Request> decode_request(MessageView message) {
  const auto deadline = only_number<Duration::rep>(message, MessageKind::request);
  const auto header = read_header(message);
  if (!deadline || !header) return std::nullopt;
  return Request{header->request, BootTime{Duration{*deadline}}};
}

std::optional<pid_t> decode_hello(MessageView message) {
  const auto pid = only_number<std::int32_t>(message, MessageKind::hello);
  if (!pid || *pid <= 1) return std::nullopt;
  return *pid;
}

std::expected<ObservationDecoder::Progress, std::string> ObservationDecoder::feed(
    MessageView message) {
  const auto header = read_header(message);
  if (!header) return std::unexpected("not a message");
  if (header->request != request_) return std::unexpected("an answer to another request");
  if (header->kind != expected_next()) return std::unexpected("messages out of order");
  Payload payload(message.subspan(kWireHeaderSize));
  if (auto broken = accept(header->kind, payload)) return std::unexpected(*std::move(broken));
  if (!payload.consumed()) return std::unexpected("a message with a value out of range");
  if (auto broken = check_when_whole()) return std::unexpected(*std::move(broken));
  return header->kind == MessageKind::end ? Progress::done : Progress::more;
}

MessageKind ObservationDecoder::expected_next() const {
  if (!begun_) return MessageKind::begin;
  if (sources_left_ != 0) return MessageKind::source;
  if (peers_left_ != 0) return MessageKind::peers;
  if (prefixes_left_ != 0) return MessageKind::prefixes;
  if (devices_left_ != 0) return MessageKind::device;
  if (failures_left_ != 0) return MessageKind::failure;
  return MessageKind::end;
}

ObservationDecoder::Broken ObservationDecoder::accept(MessageKind kind, Payload& payload) {
  switch (kind) {
    case MessageKind::begin:
      return begin(payload);
    case MessageKind::source:
      return source(payload);
    case MessageKind::device:
      return device(payload);
    case MessageKind::peers:
      return peers(payload);
    case MessageKind::prefixes:
      return prefixes(payload);
    case MessageKind::failure:
      return failure(payload);
    case MessageKind::end:
      return std::nullopt;
    case MessageKind::request:
    case MessageKind::hello:
      break;
  }
  return "messages out of order";
}

ObservationDecoder::Broken ObservationDecoder::begin(Payload& payload) {
  begun_ = true;
  observation_.begun = read_boot_time(payload);
  observation_.ended = read_boot_time(payload);
  sources_left_ = payload.number<std::uint32_t>();
  devices_left_ = payload.number<std::uint32_t>();
  failures_left_ = payload.number<std::uint32_t>();
  observation_.memory_locked = payload.flag();
  if (sources_left_ > kEntriesLimit || devices_left_ > kEntriesLimit ||
      failures_left_ > kEntriesLimit) {
    return "too many entries";
  }
  return std::nullopt;
}

ObservationDecoder::Broken ObservationDecoder::source(Payload& payload) {
  --sources_left_;
  SourceResult& source = observation_.sources.emplace_back();
  source.collector = static_cast<CollectorKind>(payload.code(kCollectorKinds));
  source.status = static_cast<SourceStatus>(payload.code(kSourceStatuses));
  source.netns = payload.text();
  source.why = payload.reason();
  source.duration = Duration{payload.number<Duration::rep>()};
  for (std::uint32_t& retries : source.retries) retries = payload.number<std::uint32_t>();
  source.lists_all = payload.flag();
  return std::nullopt;
}

ObservationDecoder::Broken ObservationDecoder::device(Payload& payload) {
  --devices_left_;
  Device device;
  device.netns = payload.text();
  device.name = payload.text();
  device.collector = static_cast<CollectorKind>(payload.code(kCollectorKinds));
  device.implementation = static_cast<Implementation>(payload.code(kImplementations));
  device.completeness = static_cast<Completeness>(payload.code(kCompletenesses));
  device.netns_device = payload.number<std::uint64_t>();
  device.netns_inode = payload.number<std::uint64_t>();
  if (payload.flag()) payload.raw(device.public_key.emplace().bytes.data(), Key::kSize);
  device.listen_port = payload.number<std::uint16_t>();
  device.firewall_mark = payload.number<std::uint32_t>();
  if (payload.flag()) device.link = read_link(payload);
  if (payload.flag()) {
    Forwarding& forwarding = device.forwarding.emplace();
    forwarding.ipv4 = static_cast<ForwardingState>(payload.code(kForwardingStates));
    forwarding.ipv6 = static_cast<ForwardingState>(payload.code(kForwardingStates));
  }
  device.observed_at = read_boot_time(payload);
  peers_left_ = payload.number<std::uint32_t>();
  prefixes_left_ = payload.number<std::uint32_t>();
  peers_total_ += peers_left_;
  prefixes_total_ += prefixes_left_;
  if (peers_total_ > kPeersLimit || prefixes_total_ > kPrefixesLimit) return "too many peers";
  if (!is_interface_name(device.name)) return "a name that no interface can have";
  if (!observation_.devices.empty()) {
    const Device& before = observation_.devices.back();
    if (std::tie(before.netns, before.name) >= std::tie(device.netns, device.name)) {
      return "devices out of order";
    }
  }
  device.peers.reserve(peers_left_);
  device.prefixes.reserve(prefixes_left_);
  observation_.devices.push_back(std::move(device));
  return std::nullopt;
}

ObservationDecoder::Broken ObservationDecoder::peers(Payload& payload) {
  if (append_flat(payload, observation_.devices.back().peers, peers_left_)) return std::nullopt;
  return "peers cut short or too many";
}

ObservationDecoder::Broken ObservationDecoder::prefixes(Payload& payload) {
  if (append_flat(payload, observation_.devices.back().prefixes, prefixes_left_)) {
    return std::nullopt;
  }
  return "prefixes cut short or too many";
}

ObservationDecoder::Broken ObservationDecoder::failure(Payload& payload) {
  --failures_left_;
  DeviceFailure& failure = observation_.failures.emplace_back();
  failure.collector = static_cast<CollectorKind>(payload.code(kCollectorKinds));
  failure.netns = payload.text();
  failure.name = payload.text();
  failure.why = payload.reason();
  return is_interface_name(failure.name) ? std::nullopt
                                         : Broken("a name that no interface can have");
}

ObservationDecoder::Broken ObservationDecoder::check_when_whole() {
  const MessageKind next = expected_next();
  const bool device_in_hand = next == MessageKind::peers || next == MessageKind::prefixes;
  if (device_in_hand || checked_devices_ == observation_.devices.size()) return std::nullopt;
  ++checked_devices_;
  return broken_promise(observation_.devices.back());
}

}  // namespace wgaudit
