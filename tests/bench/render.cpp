// How much /metrics costs: rendering a page of 10,000 peers against a bare loop that writes the
// same series with to_chars. Prints both and the ratio; exit 1 above 3.
//
// usage: bench_render [PEERS]
#include <time.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "exporter/metrics/page.hpp"
#include "tests/metrics/fleet.hpp"

namespace wgaudit::test {
namespace {

constexpr int kRounds = 15;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The least of several rounds: what the work costs, not what else the machine does.
template <typename Work>
double least_cpu_seconds(Work work) {
  double least = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const double begin = cpu_seconds();
    work();
    least = std::min(least, cpu_seconds() - begin);
  }
  return least;
}

void append_number(std::string& page, std::uint64_t number) {
  char digits[24];
  page.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_sample(std::string& page, const char* name, const std::string& labels,
                   std::uint64_t value) {
  page += name;
  page += labels;
  page += "} ";
  append_number(page, value);
  page += '\n';
}

// No escaping, no table, no age, no Registry: names, labels and numbers alone.
std::string bare_page(const View& view) {
  std::string page;
  page.reserve(view.devices[0].peers.size() * 1400);
  const Device& device = *view.devices[0].device;
  std::vector<std::string> labels;
  labels.reserve(device.peers.size());
  for (const Peer& peer : device.peers) {
    labels.push_back("{netns=\"\",interface=\"wg0\",public_key=\"" + to_string(peer.public_key) +
                     "\"");
  }
  const auto family = [&](const char* name, auto value) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
      append_sample(page, name, labels[i], value(device.peers[i], view.devices[0].peers[i]));
    }
  };
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const Record& record = *view.devices[0].peers[i].record;
    page += "wireguard_peer_info";
    page += labels[i];
    page += ",principal=\"" + record.principal + "\",principal_kind=\"user\"";
    page += ",principal_device=\"" + record.device + "\",role=\"\",status=\"active\"} 1\n";
  }
  using P = const Peer&;
  using S = const PeerStatus&;
  family("wireguard_peer_receive_bytes_total", [](P peer, S) { return peer.received_bytes; });
  family("wireguard_peer_transmit_bytes_total", [](P peer, S) { return peer.sent_bytes; });
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto at =
        static_cast<std::uint64_t>(device.peers[i].last_handshake.time_since_epoch().count());
    page += "wireguard_peer_last_handshake_timestamp_seconds";
    page += labels[i];
    page += "} ";
    append_number(page, at / 1'000'000'000);
    page += '.';
    append_number(page, at % 1'000'000'000);
    page += '\n';
  }
  family("wireguard_peer_session_up", [](P, S status) { return std::uint64_t{status.session_up}; });
  family("wireguard_peer_sessions_total", [](P, S status) { return status.sessions; });
  family("wireguard_peer_endpoint_changes_total",
         [](P, S status) { return status.endpoint_changes; });
  return page;
}

int run(std::size_t peers) {
  const View view = crowd(peers);
  MetricsPage metrics({});
  std::size_t page_size = 0, bare_size = 0;
  const double bare = least_cpu_seconds([&] { bare_size = bare_page(view).size(); });
  const double page = least_cpu_seconds([&] { page_size = metrics.render(view, kNow).size(); });
  const double ratio = page / bare;
  std::printf("bare loop   %8.3f ms  %zu bytes\n", bare * 1e3, bare_size);
  std::printf("MetricsPage %8.3f ms  %zu bytes\n", page * 1e3, page_size);
  std::printf("ratio %.2f (at most 3)\n", ratio);
  return ratio > 3 || page_size < bare_size ? 1 : 0;
}

}  // namespace
}  // namespace wgaudit::test

int main(int argc, char** argv) {
  return wgaudit::test::run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000);
}
