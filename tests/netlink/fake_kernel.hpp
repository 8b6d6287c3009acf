// A kernel of a few links for the reader of namespaces: it answers what is asked, in order, and
// each answer to a device can be scripted try by try. Its clock moves by the test's hand.
#pragma once

#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
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

struct FakeTable {
  std::uint8_t family = 0;
  std::string name;
  bool dormant = false;
};
struct FakeChain {
  std::uint8_t family = 0;
  std::string table, name;
  std::optional<std::uint32_t> hook;
  bool drops = false;
  std::vector<Attributes::Fill> rules;  // each fills NFTA_RULE_EXPRESSIONS
};

struct FakeKernel {
  std::vector<FakeLink> links;
  std::deque<Answer> link_answers;                      // scripted; else the links, whole
  std::map<std::uint32_t, std::deque<Answer>> devices;  // by ifindex; the last one repeats
  std::deque<Duration> device_waits;                    // in send(2); scripted, else none
  std::deque<int> family_errors;                        // positive: errno; negative: no answer
  std::uint16_t family = kFamily;                       // changes when a module is reloaded
  int open_error = 0;
  BootTime now{};

  // What /proc and /sys have; all else is ENOENT.
  std::map<std::string, std::expected<std::string, int>> files;
  // RTM_GETNETCONF: (family, ifindex) → forwarding, or a negative errno. All else is EINVAL.
  std::map<std::pair<int, int>, int> forwarding;
  std::set<int> forced;  // ifindex: force_forwarding of IPv6
  std::vector<FakeTable> tables;
  std::vector<FakeChain> chains;
  std::deque<std::uint32_t> generations;  // scripted; the last one repeats; none: 1
  // By NFT_MSG_GET…; scripted, before what the rule set gives.
  std::map<int, std::deque<Answer>> nft_answers;

  std::vector<Protocol> protocols;  // of all that was opened
  int nft_requests = 0;
  int pauses = 0;
  int family_requests = 0, device_requests = 0, opened = 0, open_sockets = 0;
  std::vector<std::span<std::byte>> buffers;  // those that answers were written into

  [[nodiscard]] NetlinkSystem system();
};

}  // namespace wgaudit::test
