// What parent and child say to each other, one message a SOCK_SEQPACKET record. Pure.
//
// Both ends are one program on one host: numbers are in its byte order, peers and prefixes are the
// bytes of the flat structs. The parent believes none of it before ObservationDecoder has checked
// it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collectors/model/device.hpp"

namespace wgaudit {

inline constexpr std::size_t kMessageLimit = std::size_t{64} << 10;
// Of one Observation; four times and thirty-two times what the kernel allows one device.
inline constexpr std::size_t kPeersLimit = std::size_t{1} << 22;
inline constexpr std::size_t kPrefixesLimit = std::size_t{1} << 25;
inline constexpr std::size_t kEntriesLimit = std::size_t{1} << 17;  // sources, devices, failures
inline constexpr std::size_t kTextLimit = 4096;

using Message = std::vector<std::byte>;
using MessageView = std::span<const std::byte>;

enum class MessageKind : std::uint16_t {
  request = 1,  // parent → child: read everything until a deadline
  hello = 2,    // child → parent: this process answers from now on
  begin = 3,    // child → parent, in this order: an Observation
  source = 4,
  device = 5,  // followed by its peers, then its prefixes
  peers = 6,
  prefixes = 7,
  failure = 8,
  end = 9,
};

struct MessageHeader {
  MessageKind kind{};
  std::uint64_t request = 0;  // that it asks or answers; 0 for a hello
};
// nullopt: not a message of ours.
[[nodiscard]] std::optional<MessageHeader> read_header(MessageView message);

struct Request {
  std::uint64_t id = 0;
  BootTime deadline{};
  friend bool operator==(const Request&, const Request&) = default;
};
[[nodiscard]] Message encode_request(const Request& request);
[[nodiscard]] std::optional<Request> decode_request(MessageView message);

[[nodiscard]] Message encode_hello(pid_t pid);
[[nodiscard]] std::optional<pid_t> decode_hello(MessageView message);

// `child_restarted` is the parent's own knowledge and not sent. Reasons become printable text.
[[nodiscard]] std::vector<Message> encode_observation(const Observation& observation,
                                                      std::uint64_t request);

// Puts the messages of one Observation together. After an error it is of no use.
class ObservationDecoder {
 public:
  explicit ObservationDecoder(std::uint64_t request) : request_(request) {}

  enum class Progress { more, done };
  // The error says what rule the message breaks.
  [[nodiscard]] std::expected<Progress, std::string> feed(MessageView message);
  // REQUIRES: feed() said `done`; once.
  [[nodiscard]] Observation take() { return std::move(observation_); }

 private:
  class Payload;
  using Broken = std::optional<std::string>;
  [[nodiscard]] Broken accept(MessageKind kind, Payload& payload);
  [[nodiscard]] Broken begin(Payload& payload);
  [[nodiscard]] Broken source(Payload& payload);
  [[nodiscard]] Broken device(Payload& payload);
  [[nodiscard]] Broken peers(Payload& payload);
  [[nodiscard]] Broken prefixes(Payload& payload);
  [[nodiscard]] Broken failure(Payload& payload);
  [[nodiscard]] MessageKind expected_next() const;
  [[nodiscard]] Broken check_when_whole();

  std::uint64_t request_;
  bool begun_ = false;
  std::size_t sources_left_ = 0, devices_left_ = 0, failures_left_ = 0;
  std::size_t peers_left_ = 0, prefixes_left_ = 0;  // of the device in hand
  std::size_t peers_total_ = 0, prefixes_total_ = 0;
  std::size_t checked_devices_ = 0;
  Observation observation_;
};

}  // namespace wgaudit
