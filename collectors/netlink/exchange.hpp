// Requests on one channel, one after the other, each with its answer: for answers without secrets.
// Edge.
#pragma once

#include <cerrno>
#include <vector>

#include "collectors/netlink/channel.hpp"
#include "collectors/netlink/request.hpp"

namespace wgaudit {

class Exchange {
 public:
  Exchange(NetlinkChannel& channel, BootTime until)
      : channel_(channel), until_(until), buffer_(kBufferBytes) {}

  // Of the request that is built next; request_id() is that of the last one.
  [[nodiscard]] std::uint32_t next_sequence() { return ++sequence_; }
  [[nodiscard]] RequestId request_id() const { return {sequence_, channel_.port_id()}; }

  // Sends, then feeds the decoder until it has enough. errno; 0 when the answer ended or the time
  // did: the decoder knows which.
  template <class Decoder>
  [[nodiscard]] int ask(const NetlinkRequest& request, Decoder& decoder) {
    if (const auto sent = channel_.send(request); !sent) return sent.error();
    while (!decoder.ended()) {
      const auto datagram = channel_.receive(buffer_, until_);
      if (!datagram) return datagram.error() == ETIMEDOUT ? 0 : datagram.error();
      decoder.feed(datagram->bytes, datagram->cut);
    }
    return 0;
  }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{32} << 10U;  // the kernel fills no larger

  NetlinkChannel& channel_;
  BootTime until_;
  std::vector<std::byte> buffer_;
  std::uint32_t sequence_ = 0;
};

}  // namespace wgaudit
