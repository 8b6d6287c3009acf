// The three requests that the collector sends, and the answer to the smallest. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/netlink/envelope.hpp"

namespace wgaudit {

using NetlinkRequest = std::vector<std::byte>;

// All links, or those of `kind` if it is not empty and the kernel knows that kind.
[[nodiscard]] NetlinkRequest request_links(std::uint32_t sequence, std::string_view kind);
// The dynamic id of a generic netlink family. Makes the kernel load a module of that name: to be
// asked only when a link of the kind exists.
[[nodiscard]] NetlinkRequest request_family(std::uint32_t sequence, std::string_view name);
// A device by index: names can change between the listing and this.
[[nodiscard]] NetlinkRequest request_device(std::uint32_t sequence, std::uint16_t family,
                                            std::uint32_t ifindex);

class FamilyDecoder {
 public:
  explicit FamilyDecoder(RequestId id) : envelope_(id) {}
  void feed(Bytes datagram, bool cut = false);
  [[nodiscard]] bool ended() const { return id_.has_value() || envelope_.state().ended; }
  [[nodiscard]] std::optional<std::uint16_t> id() const { return id_; }
  [[nodiscard]] const AnswerState& state() const { return envelope_.state(); }

 private:
  Envelope envelope_;
  std::optional<std::uint16_t> id_;
};

}  // namespace wgaudit
