// Builds netlink bytes as the kernel does, and wrong ones. Numbers are host order, as on the wire.
#pragma once

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wireguard.h>

#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

#include "collectors/model/device.hpp"
#include "collectors/netlink/attribute.hpp"

namespace wgaudit::test {

inline constexpr std::uint16_t kFamily = 33;
inline constexpr std::uint32_t kSequence = 7;
inline constexpr std::uint32_t kPortId = 4711;
inline constexpr std::uint32_t kIfindex = 5;

using Buffer = std::vector<std::byte>;

// A growing run of attributes; nests are written by the function that is passed.
class Attributes {
 public:
  using Fill = std::function<void(Attributes&)>;

  Attributes& raw(std::uint16_t type, Bytes payload);
  template <class T>
  Attributes& put(std::uint16_t type, const T& value) {
    return raw(type, std::as_bytes(std::span{&value, 1}));
  }
  Attributes& text(std::uint16_t type, std::string_view text);  // NUL-terminated
  Attributes& zeros(std::uint16_t type, std::size_t size);      // such as a wrong length
  Attributes& nest(std::uint16_t type, const Fill& fill);
  [[nodiscard]] const Buffer& bytes() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  Buffer bytes_;
};

// Options of a message; the defaults are those of a part of a good answer.
struct Envelopment {
  std::uint16_t type = kFamily;
  std::uint16_t flags = NLM_F_MULTI;
  std::uint32_t sequence = kSequence;
  std::uint32_t port_id = kPortId;
};

[[nodiscard]] Buffer message(Bytes payload, Envelopment envelopment = {});
// With a genlmsghdr in front of the attributes.
[[nodiscard]] Buffer device_message(const Attributes::Fill& fill, Envelopment envelopment = {});
[[nodiscard]] Buffer done(int code = 0, std::uint16_t flags = NLM_F_MULTI);
// NLMSG_ERROR with an optional explanation (NETLINK_EXT_ACK).
[[nodiscard]] Buffer error(int code, std::string_view explanation = {},
                           std::uint32_t sequence = kSequence);
[[nodiscard]] Buffer operator+(Buffer a, const Buffer& b);

// What the kernel writes before the peers.
void put_header(Attributes& to, const Device& device, std::uint32_t ifindex = kIfindex);
void put_prefix(Attributes& to, const Cidr& cidr);
// A full record with prefixes [0, count) of the peer's, then any extra attributes.
void put_peer(Attributes& to, const Device& device, const Peer& peer, std::size_t count,
              const Attributes::Fill& extra = {});
void put_peer(Attributes& to, const Device& device, const Peer& peer);
// A later part: key and prefixes [from, from + count) alone.
void put_fragment(Attributes& to, const Device& device, const Peer& peer, std::size_t from,
                  std::size_t count);

// The whole answer as the kernel splits it: datagrams of about `room` bytes.
[[nodiscard]] std::vector<Buffer> encode(const Device& device, std::size_t room);

}  // namespace wgaudit::test
