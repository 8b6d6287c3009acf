// A kernel of a few links for the reader of namespaces: it answers what is asked, in order, and
// each answer to a device can be scripted try by try. Its clock moves by the test's hand.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collectors/netlink/channel.hpp"
#include "tests/netlink/message_builder.hpp"

namespace wgaudit::test {

struct FakeLink {
  std::string name;
  std::uint32_t ifindex = 0;
  std::string kind = "wireguard";
};

// One answer to a request; the bytes get the request's sequence and port written in. An answer
// without an end makes the reader wait until its deadline.
using Answer = std::vector<Buffer>;

struct FakeKernel {
  std::vector<FakeLink> links;
  std::deque<Answer> link_answers;                      // scripted; else the links, whole
  std::map<std::uint32_t, std::deque<Answer>> devices;  // by ifindex; the last one repeats
  std::deque<int> family_errors;                        // positive: errno; negative: no answer
  std::uint16_t family = kFamily;                       // changes when a module is reloaded
  int open_error = 0;
  BootTime now{};

  int family_requests = 0, device_requests = 0, opened = 0, open_sockets = 0;
  std::vector<std::span<std::byte>> buffers;  // those that answers were written into

  [[nodiscard]] NetlinkSystem system();
};

}  // namespace wgaudit::test
