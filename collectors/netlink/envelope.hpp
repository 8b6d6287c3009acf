// The envelope of one netlink request's answer: which messages are ours, how the answer ended, and
// what is doubtful about it (linux/netlink.h). Pure: fed one datagram at a time.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <string>
#include <utility>

#include "collectors/netlink/attribute.hpp"

namespace wgaudit {

// What identifies an answer. The kernel echoes both numbers in every message of it.
struct RequestId {
  std::uint32_t sequence = 0;
  std::uint32_t port_id = 0;
};

// Bounds of one answer, so that a kernel that repeats itself for ever ends a dump and not us. The
// largest true one is 2^20 peers, about 210 MB.
struct AnswerLimits {
  std::uint64_t messages = 1U << 18U;
  std::uint64_t bytes = 1U << 29U;
};

struct AnswerState {
  bool ended = false;        // nothing more is to be read for this request
  bool done = false;         // ended by NLMSG_DONE
  bool interrupted = false;  // NLM_F_DUMP_INTR: set on one message only, whichever it is
  bool cut = false;          // bytes are missing: MSG_TRUNC, a length that does not fit, overrun
  bool exhausted = false;    // a limit was reached
  int error = 0;             // errno of NLMSG_ERROR or NLMSG_DONE, positive
  std::string error_text;    // NLMSGERR_ATTR_MSG, where the kernel gave one; printable ASCII
};

class Envelope {
 public:
  explicit Envelope(RequestId id, AnswerLimits limits = {}) : id_(id), limits_(limits) {}

  // Calls `on_data(type, payload)` for each data message of this request; messages of other
  // requests and control messages are dealt with here. `cut`: the datagram came with MSG_TRUNC.
  template <class OnData>
  void take(Bytes datagram, bool cut, OnData&& on_data) {
    if (!admit(datagram.size(), cut)) return;
    nlmsghdr header{};
    Bytes payload;
    while (!state_.ended && next_message(datagram, header, payload)) {
      if (is_data(header, payload)) on_data(header.nlmsg_type, payload);
    }
  }

  // For a decoder that finds that the answer makes no progress.
  void give_up() { state_.exhausted = state_.ended = true; }
  // For a decoder that finds attributes which do not fit.
  void note_cut() { state_.cut = true; }

  [[nodiscard]] const AnswerState& state() const { return state_; }

 private:
  bool admit(std::size_t size, bool cut);
  bool next_message(Bytes& datagram, nlmsghdr& header, Bytes& payload);
  bool is_data(const nlmsghdr& header, Bytes payload);
  void take_code(Bytes payload, std::size_t skip, std::uint16_t flags);

  RequestId id_;
  AnswerLimits limits_;
  std::uint64_t messages_ = 0, bytes_ = 0;
  AnswerState state_;
};

}  // namespace wgaudit
