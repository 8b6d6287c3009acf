#include "collectors/netlink/device_decoder.hpp"

#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "collectors/netlink/arrange.hpp"

namespace wgaudit {
namespace {

// A kernel that cannot fit the first peer repeats one message for ever (AmneziaWG #228). A sound
// one may send a message without news, an empty part of a split peer, but never several in a row.
constexpr unsigned kMaxIdleMessages = 8;

template <class T>
bool read_into(T& target, Bytes payload) {
  const auto value = value_of<T>(payload);
  if (value) target = *value;
  return value.has_value();
}

bool read_presence(PresharedKey& presence, Bytes payload) {
  std::byte any{0};  // no early exit: how long it takes says nothing about the key
  for (const std::byte byte : payload) any |= byte;
  presence = any == std::byte{0} ? PresharedKey::absent : PresharedKey::present;
  return payload.size() == WG_KEY_LEN;
}

// struct __kernel_timespec; old 32-bit kernels sent two 32-bit halves.
bool read_handshake(WallTime& time, Bytes payload) {
  if (const auto wide = value_of<std::array<std::int64_t, 2>>(payload)) {
    time = from_timespec((*wide)[0], (*wide)[1]);
    return true;
  }
  const auto narrow = value_of<std::array<std::int32_t, 2>>(payload);
  if (narrow) time = from_timespec((*narrow)[0], (*narrow)[1]);
  return narrow.has_value();
}

bool read_endpoint(Endpoint& endpoint, Bytes payload) {
  if (const auto v4 = value_of<sockaddr_in>(payload); v4 && v4->sin_family == AF_INET) {
    endpoint.address.family = Family::ipv4;
    std::memcpy(endpoint.address.bytes.data(), &v4->sin_addr, sizeof v4->sin_addr);
    endpoint.port = ntohs(v4->sin_port);
    return true;
  }
  const auto v6 = value_of<sockaddr_in6>(payload);
  if (!v6 || v6->sin6_family != AF_INET6) return false;
  endpoint.address.family = Family::ipv6;
  std::memcpy(endpoint.address.bytes.data(), &v6->sin6_addr, sizeof v6->sin6_addr);
  endpoint.port = ntohs(v6->sin6_port);
  endpoint.scope_id = v6->sin6_scope_id;
  return true;
}

std::optional<Cidr> prefix_of(std::uint16_t family, Bytes address, std::uint8_t length) {
  Cidr cidr;
  if (family == AF_INET && address.size() == sizeof(in_addr)) cidr.address.family = Family::ipv4;
  if (family == AF_INET6 && address.size() == sizeof(in6_addr)) cidr.address.family = Family::ipv6;
  if (cidr.address.family == Family::none) return std::nullopt;
  if (length > address_bits(cidr.address.family)) return std::nullopt;
  std::memcpy(cidr.address.bytes.data(), address.data(), address.size());
  cidr.length = length;
  return cidr;
}

std::optional<Cidr> read_prefix(Bytes nest) {
  std::uint16_t family = AF_UNSPEC;
  std::optional<std::uint8_t> length;
  Bytes address;
  bool good = true;
  AttributeReader reader(nest);
  Attribute attribute;
  while (reader.next(attribute)) {
    switch (attribute.type) {
      case WGALLOWEDIP_A_FAMILY:
        good = read_into(family, attribute.payload) && good;
        break;
      case WGALLOWEDIP_A_IPADDR:
        address = attribute.payload;
        break;
      case WGALLOWEDIP_A_CIDR_MASK:
        length = value_of<std::uint8_t>(attribute.payload);
        break;
      default:  // newer kernels and forks may add some
        break;
    }
  }
  if (!good || !length || reader.damaged()) return std::nullopt;
  return prefix_of(family, address, *length);
}

}  // namespace

struct DeviceDecoder::Header {
  std::optional<std::uint32_t> ifindex;
  std::optional<std::string> name;
};

struct DeviceDecoder::PeerRecord {
  Peer peer;
  Bytes allowed_ips;
  bool has_key = false;
  bool is_full = false;  // has LAST_HANDSHAKE_TIME, which a fragment of a split peer never has
};

DeviceDecoder::DeviceDecoder(DeviceQuery query, AnswerLimits limits)
    : query_(std::move(query)), envelope_(query_.id, limits) {
  device_.name = query_.name;
}

void DeviceDecoder::feed(Bytes datagram, bool cut) {
  envelope_.take(datagram, cut, [this](std::uint16_t type, Bytes payload) {
    if (type == query_.family) take_message(payload);
  });
}

void DeviceDecoder::take_message(Bytes payload) {
  if (payload.size() < sizeof(genlmsghdr)) return envelope_.note_cut();
  const std::size_t before = device_.peers.size() + device_.prefixes.size();
  Header header;
  bool good = true;
  AttributeReader reader(payload.subspan(sizeof(genlmsghdr)));
  Attribute attribute;
  while (reader.next(attribute)) {
    switch (attribute.type) {
      case WGDEVICE_A_IFINDEX:
        header.ifindex = value_of<std::uint32_t>(attribute.payload);
        good = header.ifindex.has_value() && good;
        break;
      case WGDEVICE_A_IFNAME:
        header.name = text_of(attribute.payload);
        break;
      case WGDEVICE_A_PUBLIC_KEY:
        device_.public_key = value_of<Key>(attribute.payload);
        good = device_.public_key.has_value() && good;
        break;
      case WGDEVICE_A_LISTEN_PORT:
        good = read_into(device_.listen_port, attribute.payload) && good;
        break;
      case WGDEVICE_A_FWMARK:
        good = read_into(device_.firewall_mark, attribute.payload) && good;
        break;
      case WGDEVICE_A_PEERS:
        take_peers(attribute.payload);
        break;
      default:  // WGDEVICE_A_PRIVATE_KEY is passed over like what we do not know
        break;
    }
  }
  if (!good || reader.damaged()) envelope_.note_cut();
  take_header(header);
  note_progress(before);
}

void DeviceDecoder::take_header(const Header& header) {
  if (header.ifindex) {
    if (*header.ifindex == query_.ifindex) {
      identified_ = true;
    } else {
      inconsistent_ = true;
    }
  }
  if (header.name && *header.name != query_.name) renamed_ = true;
}

void DeviceDecoder::note_progress(std::size_t before) {
  const bool idle = device_.peers.size() + device_.prefixes.size() == before;
  idle_messages_ = idle ? idle_messages_ + 1 : 0;
  if (idle_messages_ >= kMaxIdleMessages) envelope_.give_up();
}

void DeviceDecoder::take_peers(Bytes nest) {
  AttributeReader reader(nest);
  Attribute element;
  bool first = true;
  while (reader.next(element)) take_peer(element.payload, std::exchange(first, false));
  if (reader.damaged()) envelope_.note_cut();
}

void DeviceDecoder::take_peer(Bytes nest, bool first_of_message) {
  PeerRecord record;
  read_peer(nest, record);
  if (!record.has_key) return envelope_.note_cut();
  if (!record.is_full) {
    const bool continues = first_of_message && !device_.peers.empty() &&
                           device_.peers.back().public_key == record.peer.public_key;
    // Its numbers are unknown: taking it for a peer would report a handshake and counters of 0.
    if (!continues) {
      inconsistent_ = true;
      return;
    }
  } else {
    record.peer.prefix_offset = static_cast<std::uint32_t>(device_.prefixes.size());
    device_.peers.push_back(record.peer);
  }
  take_prefixes(record.allowed_ips);
}

void DeviceDecoder::read_peer(Bytes nest, PeerRecord& record) {
  Peer& peer = record.peer;
  bool good = true;
  AttributeReader reader(nest);
  Attribute attribute;
  while (reader.next(attribute)) {
    const Bytes payload = attribute.payload;
    switch (attribute.type) {
      case WGPEER_A_PUBLIC_KEY:
        record.has_key = read_into(peer.public_key, payload);
        break;
      case WGPEER_A_PRESHARED_KEY:
        good = read_presence(peer.preshared_key, payload) && good;
        break;
      case WGPEER_A_LAST_HANDSHAKE_TIME:
        record.is_full = true;
        good = read_handshake(peer.last_handshake, payload) && good;
        break;
      case WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL:
        good = read_into(peer.persistent_keepalive_seconds, payload) && good;
        break;
      case WGPEER_A_RX_BYTES:
        good = read_into(peer.received_bytes, payload) && good;
        break;
      case WGPEER_A_TX_BYTES:
        good = read_into(peer.sent_bytes, payload) && good;
        break;
      case WGPEER_A_ENDPOINT:
        good = read_endpoint(peer.endpoint, payload) && good;
        break;
      case WGPEER_A_ALLOWEDIPS:
        record.allowed_ips = payload;
        break;
      default:  // WGPEER_A_UNSPEC pads 64-bit values on some machines; others are unknown to us
        break;
    }
  }
  if (!good || reader.damaged()) envelope_.note_cut();
}

void DeviceDecoder::take_prefixes(Bytes nest) {
  AttributeReader reader(nest);
  Attribute element;
  while (reader.next(element)) {
    if (const auto cidr = read_prefix(element.payload)) {
      device_.prefixes.push_back(*cidr);
      ++device_.peers.back().prefix_count;
    } else {
      envelope_.note_cut();
    }
  }
  if (reader.damaged()) envelope_.note_cut();
}

std::optional<RetryReason> DeviceDecoder::doubt() const {
  const AnswerState& state = envelope_.state();
  if (state.error != 0) return RetryReason::error;
  if (state.interrupted) return RetryReason::interrupted;
  if (state.cut) return RetryReason::truncated;
  if (inconsistent_ || state.exhausted) return RetryReason::inconsistent;
  if (!state.done) return RetryReason::timed_out;
  if (!identified_) return RetryReason::inconsistent;
  return std::nullopt;
}

DeviceDump DeviceDecoder::finish() && {
  if (!arrange(device_)) inconsistent_ = true;
  DeviceDump dump;
  dump.doubt = doubt();
  dump.identified = identified_;
  dump.renamed = renamed_;
  dump.error = envelope_.state().error;
  dump.error_text = envelope_.state().error_text;
  device_.completeness = dump.doubt ? Completeness::incomplete : Completeness::complete;
  dump.device = std::move(device_);
  return dump;
}

}  // namespace wgaudit
