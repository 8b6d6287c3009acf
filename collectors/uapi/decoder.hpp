// Decoder of the answer to `get=1` (https://www.wireguard.com/xplatform/). Pure but for the
// derivation of the device's public key: lines in, one device out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "collectors/model/device.hpp"

namespace wgaudit {

// Of one answer: as much as one Observation may hold. Whoever sends more is stopped at once.
struct UapiLimits {
  std::size_t peers = std::size_t{1} << 22;
  std::size_t prefixes = std::size_t{1} << 25;
};

class UapiDecoder {
 public:
  // `now` turns the handshake ages that some implementations send into times.
  explicit UapiDecoder(WallTime now, UapiLimits limits = {}) : now_(now), limits_(limits) {}

  enum class Progress { more, done };
  // One line of the answer without its line feed; the empty one ends it. An error reads
  // "line N: FIELD: why" and holds no byte of the line; the decoder is of no use after it.
  [[nodiscard]] std::expected<Progress, std::string> feed(std::string_view line);

  // The normalized device, without name and time; incomplete when the answer says that it met an
  // error on its way. REQUIRES: feed() said `done`; once.
  [[nodiscard]] std::expected<Device, std::string> take();
  // Of the answer's errno line, if there was one.
  [[nodiscard]] std::optional<std::int64_t> error_number() const { return error_number_; }

 private:
  enum class Outcome { good, malformed, duplicate, too_many, unknown };
  [[nodiscard]] Outcome device_field(std::string_view field, std::string_view value);
  [[nodiscard]] Outcome peer_field(std::string_view field, std::string_view value);
  [[nodiscard]] Outcome begin_peer(std::string_view value);
  [[nodiscard]] Outcome add_prefix(std::string_view value);
  void end_peer();

  WallTime now_;
  UapiLimits limits_;
  std::size_t line_number_ = 0;
  Device device_;
  bool in_peer_ = false;  // then device_.peers.back() is still being read
  std::int64_t handshake_seconds_ = 0, handshake_nanoseconds_ = 0;
  std::optional<std::int64_t> error_number_;
  std::unordered_set<Key, KeyHash> keys_;
};

}  // namespace wgaudit
