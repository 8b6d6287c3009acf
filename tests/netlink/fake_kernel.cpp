#include "tests/netlink/fake_kernel.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>

#include "tests/netlink/nft_builder.hpp"

namespace wgaudit::test {
namespace {

Buffer link_message(const FakeLink& link) {
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(link.ifindex);
  Attributes attributes;
  attributes.text(IFLA_IFNAME, link.name);
  attributes.nest(IFLA_LINKINFO, [&](Attributes& a) { a.text(IFLA_INFO_KIND, link.kind); });
  Buffer payload(sizeof header);
  std::memcpy(payload.data(), &header, sizeof header);
  return message(payload + attributes.bytes(), {.type = RTM_NEWLINK});
}

// The number that the decoder wants in every message of an answer.
void address_to(Buffer& datagram, std::uint32_t sequence, std::uint32_t port_id) {
  for (std::size_t at = 0; at + sizeof(nlmsghdr) <= datagram.size();) {
    nlmsghdr header{};
    std::memcpy(&header, datagram.data() + at, sizeof header);
    header.nlmsg_seq = sequence;
    header.nlmsg_pid = port_id;
    std::memcpy(datagram.data() + at, &header, sizeof header);
    at += std::max<std::size_t>(netlink_align(header.nlmsg_len), sizeof header);
  }
}

class FakeChannel final : public NetlinkChannel {
 public:
  explicit FakeChannel(FakeKernel& kernel) : kernel_(kernel) { ++kernel_.open_sockets; }
  ~FakeChannel() override { --kernel_.open_sockets; }

  std::uint32_t port_id() const override { return kPortId; }

  std::expected<void, int> send(Bytes request) override {
    nlmsghdr header{};
    std::memcpy(&header, request.data(), sizeof header);
    waiting_.clear();
    for (Buffer& datagram : answer_to(header.nlmsg_type, request)) {
      address_to(datagram, header.nlmsg_seq, kPortId);
      waiting_.push_back(std::move(datagram));
    }
    return {};
  }

  std::expected<NetlinkDatagram, int> receive(std::span<std::byte> buffer,
                                              BootTime deadline) override {
    if (waiting_.empty()) {
      kernel_.now = std::max(kernel_.now, deadline);
      return std::unexpected(ETIMEDOUT);
    }
    const Buffer datagram = std::move(waiting_.front());
    waiting_.pop_front();
    const std::size_t size = std::min(datagram.size(), buffer.size());
    std::memcpy(buffer.data(), datagram.data(), size);
    kernel_.buffers.push_back(buffer.first(size));
    return NetlinkDatagram{buffer.first(size), size < datagram.size()};
  }

 private:
  Answer answer_to(std::uint16_t type, Bytes request) {
    if (type == RTM_GETLINK) return links();
    if (type == GENL_ID_CTRL) return family();
    if (type == RTM_GETNETCONF) return netconf(request);
    if (type >> 8 == NFNL_SUBSYS_NFTABLES) return nftables(type & 0xff, request);
    ++kernel_.device_requests;
    if (!kernel_.device_waits.empty()) {
      kernel_.now += kernel_.device_waits.front();
      kernel_.device_waits.pop_front();
    }
    if (type != kernel_.family) return {error(-ENOENT)};
    const auto attributes = request.subspan(sizeof(nlmsghdr) + sizeof(genlmsghdr));
    std::uint32_t ifindex = 0;
    std::memcpy(&ifindex, attributes.data() + sizeof(nlattr), sizeof ifindex);
    auto& answers = kernel_.devices[ifindex];
    if (answers.empty()) return {error(-ENODEV)};
    Answer answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return answer;
  }

  Answer links() {
    if (!kernel_.link_answers.empty()) {
      Answer answer = kernel_.link_answers.front();
      kernel_.link_answers.pop_front();
      return answer;
    }
    Answer answer;
    for (const FakeLink& link : kernel_.links) answer.push_back(link_message(link));
    answer.push_back(done());
    return answer;
  }

  Answer netconf(Bytes request) {
    const auto family = std::to_integer<int>(request[sizeof(nlmsghdr)]);
    std::int32_t ifindex = 0;
    std::memcpy(&ifindex, request.data() + sizeof(nlmsghdr) + 4 + sizeof(nlattr), sizeof ifindex);
    const auto found = kernel_.forwarding.find({family, ifindex});
    if (found == kernel_.forwarding.end()) return {error(-EINVAL)};
    if (found->second < 0) return {error(found->second)};
    return {netconf_message(family, ifindex, found->second, kernel_.forced.contains(ifindex))};
  }

  Answer nftables(int type, Bytes request) {
    ++kernel_.nft_requests;
    if (auto& scripted = kernel_.nft_answers[type]; !scripted.empty()) {
      Answer answer = scripted.front();
      scripted.pop_front();
      return answer;
    }
    Answer answer;
    switch (type) {
      case NFT_MSG_GETGEN:
        return {generation_message(next_generation())};
      case NFT_MSG_GETTABLE:
        for (const FakeTable& table : kernel_.tables) answer.push_back(table_message(table));
        break;
      case NFT_MSG_GETCHAIN:
        for (const FakeChain& chain : kernel_.chains) answer.push_back(chain_message(chain));
        break;
      default:
        answer = rules(request);
    }
    answer.push_back(done());
    return answer;
  }

  std::uint32_t next_generation() {
    auto& generations = kernel_.generations;
    if (generations.empty()) return 1;
    const std::uint32_t id = generations.front();
    if (generations.size() > 1) generations.pop_front();
    return id;
  }

  Answer rules(Bytes request) {
    Answer answer;
    const std::uint8_t family = std::to_integer<std::uint8_t>(request[sizeof(nlmsghdr)]);
    std::string table, name;
    AttributeReader reader(request.subspan(sizeof(nlmsghdr) + sizeof(nfgenmsg)));
    for (Attribute a; reader.next(a);) {
      (a.type == NFTA_RULE_TABLE ? table : name) = text_of(a.payload);
    }
    for (const FakeChain& chain : kernel_.chains) {
      if (chain.family != family || chain.table != table || chain.name != name) continue;
      for (const auto& rule : chain.rules) answer.push_back(rule_message(chain, rule));
    }
    return answer;
  }

  Answer family() {
    ++kernel_.family_requests;
    if (!kernel_.family_errors.empty()) {
      const int code = kernel_.family_errors.front();
      kernel_.family_errors.pop_front();
      if (code < 0) return {};
      if (code != 0) return {error(-code)};
    }
    return {device_message([&](Attributes& a) { a.put(CTRL_ATTR_FAMILY_ID, kernel_.family); },
                           {.type = GENL_ID_CTRL, .flags = 0})};
  }

  FakeKernel& kernel_;
  std::deque<Buffer> waiting_;
};

}  // namespace

NetlinkSystem FakeKernel::system() {
  return {[this](Protocol protocol) -> std::expected<std::unique_ptr<NetlinkChannel>, int> {
            protocols.push_back(protocol);
            if (open_error != 0) return std::unexpected(open_error);
            ++opened;
            return std::make_unique<FakeChannel>(*this);
          },
          [this] { return now; },
          [this](Duration time) {
            ++pauses;
            now += time;
          },
          [this](const std::string& path) -> std::expected<std::string, int> {
            const auto found = files.find(path);
            if (found == files.end()) return std::unexpected(ENOENT);
            return found->second;
          }};
}

}  // namespace wgaudit::test
