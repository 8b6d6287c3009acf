#include "tests/netlink/message_builder.hpp"

#include <netinet/in.h>

#include <array>

namespace wgaudit::test {
namespace {

void append(Buffer& to, Bytes bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

template <class T>
void append_value(Buffer& to, const T& value) {
  append(to, std::as_bytes(std::span{&value, 1}));
}

void pad(Buffer& buffer) { buffer.resize(netlink_align(buffer.size())); }

void put_endpoint(Attributes& to, const Endpoint& endpoint) {
  if (endpoint.address.family == Family::ipv4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, endpoint.address.bytes.data(), 4);
    to.put(WGPEER_A_ENDPOINT, v4);
  }
  if (endpoint.address.family == Family::ipv6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, endpoint.address.bytes.data(), 16);
    v6.sin6_scope_id = endpoint.scope_id;
    to.put(WGPEER_A_ENDPOINT, v6);
  }
}

void put_prefixes(Attributes& to, const Device& device, const Peer& peer, std::size_t from,
                  std::size_t count) {
  to.nest(WGPEER_A_ALLOWEDIPS, [&](Attributes& list) {
    for (const Cidr& cidr : device.prefixes_of(peer).subspan(from, count)) put_prefix(list, cidr);
  });
}

}  // namespace

Attributes& Attributes::raw(std::uint16_t type, Bytes payload) {
  const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + payload.size()), type};
  append_value(bytes_, header);
  append(bytes_, payload);
  pad(bytes_);
  return *this;
}

Attributes& Attributes::text(std::uint16_t type, std::string_view text) {
  Buffer bytes(text.size() + 1);
  std::memcpy(bytes.data(), text.data(), text.size());
  return raw(type, bytes);
}

Attributes& Attributes::zeros(std::uint16_t type, std::size_t size) {
  return raw(type, Buffer(size));
}

Attributes& Attributes::nest(std::uint16_t type, const Fill& fill) {
  Attributes inner;
  fill(inner);
  return raw(static_cast<std::uint16_t>(type | NLA_F_NESTED), inner.bytes());
}

Buffer message(Bytes payload, Envelopment envelopment) {
  const nlmsghdr header{static_cast<std::uint32_t>(sizeof(nlmsghdr) + payload.size()),
                        envelopment.type, envelopment.flags, envelopment.sequence,
                        envelopment.port_id};
  Buffer bytes;
  append_value(bytes, header);
  append(bytes, payload);
  pad(bytes);
  return bytes;
}

Buffer device_message(const Attributes::Fill& fill, Envelopment envelopment) {
  Buffer payload;
  append_value(payload, genlmsghdr{WG_CMD_GET_DEVICE, WG_GENL_VERSION, 0});
  Attributes attributes;
  fill(attributes);
  append(payload, attributes.bytes());
  return message(payload, envelopment);
}

Buffer done(int code, std::uint16_t flags) {
  return message(std::as_bytes(std::span{&code, 1}), {.type = NLMSG_DONE, .flags = flags});
}

Buffer error(int code, std::string_view explanation, std::uint32_t sequence) {
  nlmsgerr body{};
  body.error = code;
  body.msg.nlmsg_len = sizeof(nlmsghdr) + 12;  // the request is echoed, then the attributes
  Buffer payload;
  append_value(payload, body);
  payload.resize(payload.size() + 12);
  Attributes attributes;
  std::uint16_t flags = 0;
  if (!explanation.empty()) {
    attributes.text(NLMSGERR_ATTR_MSG, explanation);
    flags = NLM_F_ACK_TLVS;
  }
  append(payload, attributes.bytes());
  return message(payload, {.type = NLMSG_ERROR, .flags = flags, .sequence = sequence});
}

Buffer operator+(Buffer a, const Buffer& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

void put_header(Attributes& to, const Device& device, std::uint32_t ifindex) {
  to.put(WGDEVICE_A_LISTEN_PORT, device.listen_port);
  to.put(WGDEVICE_A_FWMARK, device.firewall_mark);
  to.put(WGDEVICE_A_IFINDEX, ifindex);
  to.text(WGDEVICE_A_IFNAME, device.name);
  if (device.public_key) {
    std::array<std::uint8_t, 32> secret;
    secret.fill(0xA5);
    to.put(WGDEVICE_A_PRIVATE_KEY, secret);
    to.put(WGDEVICE_A_PUBLIC_KEY, device.public_key->bytes);
  }
}

void put_prefix(Attributes& to, const Cidr& cidr) {
  const bool v4 = cidr.address.family == Family::ipv4;
  to.nest(0, [&](Attributes& entry) {
    entry.put(WGALLOWEDIP_A_CIDR_MASK, cidr.length);
    entry.put(WGALLOWEDIP_A_FAMILY, static_cast<std::uint16_t>(v4 ? AF_INET : AF_INET6));
    entry.raw(WGALLOWEDIP_A_IPADDR,
              std::as_bytes(std::span{cidr.address.bytes}).first(v4 ? 4 : 16));
  });
}

void put_peer(Attributes& to, const Device& device, const Peer& peer, std::size_t count,
              const Attributes::Fill& extra) {
  to.nest(0, [&](Attributes& a) {
    a.put(WGPEER_A_PUBLIC_KEY, peer.public_key.bytes);
    std::array<std::uint8_t, 32> secret{};
    if (peer.preshared_key == PresharedKey::present) secret.back() = 1;
    a.put(WGPEER_A_PRESHARED_KEY, secret);
    const auto since = peer.last_handshake.time_since_epoch().count();
    a.put(WGPEER_A_LAST_HANDSHAKE_TIME,
          std::array<std::int64_t, 2>{since / 1'000'000'000, since % 1'000'000'000});
    a.put(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, peer.persistent_keepalive_seconds);
    a.put(WGPEER_A_TX_BYTES, peer.sent_bytes);
    a.put(WGPEER_A_RX_BYTES, peer.received_bytes);
    a.put(WGPEER_A_PROTOCOL_VERSION, std::uint32_t{1});
    put_endpoint(a, peer.endpoint);
    if (peer.prefix_count > 0) put_prefixes(a, device, peer, 0, count);
    if (extra) extra(a);
  });
}

void put_peer(Attributes& to, const Device& device, const Peer& peer) {
  put_peer(to, device, peer, peer.prefix_count);
}

void put_fragment(Attributes& to, const Device& device, const Peer& peer, std::size_t from,
                  std::size_t count) {
  to.nest(0, [&](Attributes& a) {
    a.put(WGPEER_A_PUBLIC_KEY, peer.public_key.bytes);
    put_prefixes(a, device, peer, from, count);
  });
}

std::vector<Buffer> encode(const Device& device, std::size_t room) {
  std::vector<Buffer> datagrams;
  Attributes peers;
  bool first_peer_done = false;
  const auto flush = [&](bool with_header) {
    datagrams.push_back(device_message([&](Attributes& a) {
      if (with_header) put_header(a, device);
      if (peers.size() > 0) {
        a.nest(WGDEVICE_A_PEERS, [&](Attributes& nest) { nest = peers; });
      }
    }));
    peers = {};
  };
  bool header = true;  // in every message until the first peer is out whole, as the kernel does
  for (const Peer& peer : device.peers) {
    constexpr std::size_t kRecord = 180, kPrefix = 44;
    std::size_t written = 0;
    bool begun = false;
    do {
      if (peers.size() + kRecord > room) {
        flush(header);
        header = !first_peer_done;
      }
      const std::size_t left = room > peers.size() + kRecord ? room - peers.size() - kRecord : 0;
      std::size_t count = std::min<std::size_t>(peer.prefix_count - written, left / kPrefix);
      if (begun && count == 0) count = 1;
      begun ? put_fragment(peers, device, peer, written, count)
            : put_peer(peers, device, peer, count);
      begun = true;
      written += count;
      if (written < peer.prefix_count) {
        flush(header);
        header = !first_peer_done;
      }
    } while (written < peer.prefix_count);
    first_peer_done = true;
  }
  flush(header);
  return datagrams;
}

}  // namespace wgaudit::test
