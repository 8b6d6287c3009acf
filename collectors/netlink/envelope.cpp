#include "collectors/netlink/envelope.hpp"

#include <algorithm>
#include <cstdlib>

namespace wgaudit {
namespace {

constexpr int kLowestError = -4095;  // MAX_ERRNO of the kernel; INT_MIN has no positive twin

// The kernel's text goes into logs and pages; nothing but plain characters shall.
std::string printable(std::string text) {
  std::erase_if(text, [](char c) { return c < ' ' || c > '~'; });
  return text;
}

std::string extended_text(Bytes attributes) {
  AttributeReader reader(attributes);
  Attribute attribute;
  while (reader.next(attribute)) {
    if (attribute.type == NLMSGERR_ATTR_MSG) return printable(text_of(attribute.payload));
  }
  return {};
}

// Where the attributes of an NLMSG_ERROR begin: behind the request's header, or behind the whole
// request, which is echoed unless NLM_F_CAPPED (netlink_ack() in net/netlink/af_netlink.c).
std::size_t attributes_of_error(Bytes payload, std::uint16_t flags) {
  std::size_t request = sizeof(nlmsghdr);
  if ((flags & NLM_F_CAPPED) == 0 && payload.size() >= sizeof(nlmsgerr)) {
    nlmsgerr error{};
    std::memcpy(&error, payload.data(), sizeof error);
    request = std::max<std::size_t>(request, netlink_align(error.msg.nlmsg_len));
  }
  return sizeof(int) + request;
}

}  // namespace

bool Envelope::admit(std::size_t size, bool cut) {
  if (state_.ended) return false;
  if (cut) state_.cut = true;
  bytes_ += size;
  if (bytes_ > limits_.bytes) give_up();
  return !state_.ended;
}

bool Envelope::next_message(Bytes& datagram, nlmsghdr& header, Bytes& payload) {
  if (datagram.empty()) return false;
  if (datagram.size() < sizeof header) {
    note_cut();
    return false;
  }
  std::memcpy(&header, datagram.data(), sizeof header);
  if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) {
    note_cut();
    return false;
  }
  payload = datagram.subspan(sizeof header, header.nlmsg_len - sizeof header);
  datagram = datagram.subspan(std::min(netlink_align(header.nlmsg_len), datagram.size()));
  if (++messages_ > limits_.messages) give_up();
  return !state_.ended;
}

bool Envelope::is_data(const nlmsghdr& header, Bytes payload) {
  if (header.nlmsg_seq != id_.sequence || header.nlmsg_pid != id_.port_id) return false;
  if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) state_.interrupted = true;
  switch (header.nlmsg_type) {
    case NLMSG_NOOP:
      return false;
    case NLMSG_OVERRUN:
      note_cut();
      return false;
    case NLMSG_DONE:
      state_.done = true;
      take_code(payload, sizeof(int), header.nlmsg_flags);
      return false;
    case NLMSG_ERROR:
      take_code(payload, attributes_of_error(payload, header.nlmsg_flags), header.nlmsg_flags);
      return false;
    default:
      return true;
  }
}

void Envelope::take_code(Bytes payload, std::size_t skip, std::uint16_t flags) {
  if (payload.size() < sizeof(int)) note_cut();
  int code = 0;
  std::memcpy(&code, payload.data(), std::min(payload.size(), sizeof code));
  if (code == 0 && !state_.done) return;  // an acknowledgement: the answer goes on
  state_.ended = true;
  if (code < 0) state_.error = -std::max(code, kLowestError);
  if ((flags & NLM_F_ACK_TLVS) != 0 && payload.size() > skip) {
    state_.error_text = extended_text(payload.subspan(skip));
  }
}

}  // namespace wgaudit
