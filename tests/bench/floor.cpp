// The least work that reads a WireGuard device: open, ask for the family, dump, walk and count
// every attribute, close. What a poll of wgaudit costs is measured against this. Prints one line:
//   floor records=N prefixes=N datagrams=N polls=N cpu_us=MEDIAN cpu_us_min=MIN
// usage: floor INTERFACE POLLS
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

struct Counts {
  unsigned records = 0, prefixes = 0, datagrams = 0;
};

alignas(8) std::array<char, 32768> g_buffer;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

template <class OnAttribute>
void walk(const nlattr* first, std::size_t size, OnAttribute on_attribute) {
  const auto* end = reinterpret_cast<const char*>(first) + size;
  for (const nlattr* a = first;
       mnl_attr_ok(a, static_cast<int>(end - reinterpret_cast<const char*>(a)));
       a = mnl_attr_next(a)) {
    on_attribute(a);
  }
}

template <class OnAttribute>
void walk_nest(const nlattr* nest, OnAttribute on_attribute) {
  walk(static_cast<const nlattr*>(mnl_attr_get_payload(nest)), mnl_attr_get_payload_len(nest),
       on_attribute);
}

template <class OnAttribute>
void walk_message(const nlmsghdr* message, OnAttribute on_attribute) {
  walk(static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, sizeof(genlmsghdr))),
       mnl_nlmsg_get_payload_len(message) - sizeof(genlmsghdr), on_attribute);
}

nlmsghdr* put_request(std::uint16_t type, std::uint16_t flags, std::uint8_t command,
                      std::uint32_t sequence) {
  nlmsghdr* message = mnl_nlmsg_put_header(g_buffer.data());
  message->nlmsg_type = type;
  message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  message->nlmsg_seq = sequence;
  auto* header = static_cast<genlmsghdr*>(mnl_nlmsg_put_extra_header(message, sizeof(genlmsghdr)));
  header->cmd = command;
  header->version = 1;
  return message;
}

std::uint16_t ask_family(mnl_socket* socket) {
  nlmsghdr* message = put_request(GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, 1);
  mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
  if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0) die("send");
  if (mnl_socket_recvfrom(socket, g_buffer.data(), g_buffer.size()) < 0) die("receive");
  message = reinterpret_cast<nlmsghdr*>(g_buffer.data());
  std::uint16_t family = 0;
  walk_message(message, [&](const nlattr* a) {
    if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID) family = mnl_attr_get_u16(a);
  });
  return family;
}

void count_peer(const nlattr* peer, Counts& counts) {
  ++counts.records;
  walk_nest(peer, [&](const nlattr* a) {
    if (mnl_attr_get_type(a) != WGPEER_A_ALLOWEDIPS) return;
    walk_nest(a, [&](const nlattr* prefix) {
      ++counts.prefixes;
      walk_nest(prefix, [](const nlattr*) {});
    });
  });
}

Counts poll_once(const char* interface) {
  Counts counts;
  mnl_socket* socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
  if (socket == nullptr || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) die("open");
  const std::uint16_t family = ask_family(socket);
  nlmsghdr* request = put_request(family, NLM_F_DUMP, WG_CMD_GET_DEVICE, 2);
  mnl_attr_put_strz(request, WGDEVICE_A_IFNAME, interface);
  if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0) die("send");
  for (bool done = false; !done; ++counts.datagrams) {
    const auto size = mnl_socket_recvfrom(socket, g_buffer.data(), g_buffer.size());
    if (size < 0) die("receive");
    int left = static_cast<int>(size);
    for (auto* m = reinterpret_cast<const nlmsghdr*>(g_buffer.data()); mnl_nlmsg_ok(m, left);
         m = mnl_nlmsg_next(m, &left)) {
      if (m->nlmsg_type == NLMSG_ERROR) die("dump");
      if (m->nlmsg_type == NLMSG_DONE) {
        done = true;
        break;
      }
      walk_message(m, [&](const nlattr* a) {
        if (mnl_attr_get_type(a) != WGDEVICE_A_PEERS) return;
        walk_nest(a, [&](const nlattr* peer) { count_peer(peer, counts); });
      });
    }
  }
  mnl_socket_close(socket);
  return counts;
}

std::int64_t cpu_microseconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1'000'000 + t.tv_nsec / 1000;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::vector<std::int64_t> costs(static_cast<std::size_t>(std::max(1, std::atoi(argv[2]))));
  Counts counts;
  for (auto& cost : costs) {
    const auto before = cpu_microseconds();
    counts = poll_once(argv[1]);
    cost = cpu_microseconds() - before;
  }
  std::sort(costs.begin(), costs.end());
  std::printf("floor records=%u prefixes=%u datagrams=%u polls=%zu cpu_us=%lld cpu_us_min=%lld\n",
              counts.records, counts.prefixes, counts.datagrams, costs.size(),
              static_cast<long long>(costs[costs.size() / 2]),
              static_cast<long long>(costs.front()));
}
