// Decodes the answer to one WG_CMD_GET_DEVICE (linux/wireguard.h) into a Device. Pure; fed one
// datagram at a time; keeps public values only: of a private key nothing is looked at, of a
// preshared key only whether it is all zero.
//
// The device is known by the request, never by a message: the kernel's continuation messages carry
// no device attribute, and while the first peer is split every message repeats them all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collectors/model/device.hpp"
#include "collectors/netlink/envelope.hpp"

namespace wgaudit {

struct DeviceQuery {
  RequestId id;
  std::uint16_t family = 0;   // the dynamic id of "wireguard"
  std::uint32_t ifindex = 0;  // the one asked for
  std::string name;           // as it was listed
};

// What a dump came to. `doubt` absent: the device is whole. Set: what is in `device` was there, and
// nothing is known about the rest.
struct DeviceDump {
  Device device;  // name, keys, numbers, peers, prefixes; sorted, unique
  std::optional<RetryReason> doubt;
  bool identified = false;  // a device header with the ifindex that was asked for arrived
  bool renamed = false;     // that header bore another name than the listing
  int error = 0;            // errno, positive
  std::string error_text;   // the kernel's explanation, may be empty
};

class DeviceDecoder {
 public:
  explicit DeviceDecoder(DeviceQuery query, AnswerLimits limits = {});

  // `cut`: MSG_TRUNC. REQUIRES: the bytes stay until it returns; it keeps no reference to them.
  void feed(Bytes datagram, bool cut = false);
  // Nothing more to read: DONE, an error, or a dump that goes in circles.
  [[nodiscard]] bool ended() const { return envelope_.state().ended; }
  // How far it came. A dump that did not end is in doubt: timed_out.
  [[nodiscard]] DeviceDump finish() &&;

 private:
  struct PeerRecord;
  struct Header;

  void take_message(Bytes payload);
  void take_header(const Header& header);
  void take_peers(Bytes nest);
  void take_peer(Bytes nest, bool first_of_message);
  void read_peer(Bytes nest, PeerRecord& record);
  void take_prefixes(Bytes nest);
  void note_progress(std::size_t before);
  [[nodiscard]] std::optional<RetryReason> doubt() const;

  DeviceQuery query_;
  Envelope envelope_;
  Device device_;
  bool identified_ = false, renamed_ = false, inconsistent_ = false;
  unsigned idle_messages_ = 0;  // in a row that brought neither peer nor prefix
};

}  // namespace wgaudit
