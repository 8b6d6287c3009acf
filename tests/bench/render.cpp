// How much /metrics costs: rendering a page of 10,000 peers against a bare loop that writes the
// same series with to_chars, compressing it against `gzip -1`, and a scrape of it over loopback.
// Prints all; exit 1 when a ratio is above its limit or the scrape costs the server more than 15 ms
// of CPU.
//
// usage: bench_render [pages]     pages: without the scrape
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "exporter/codec/gzip.hpp"
#include "exporter/metrics/page.hpp"
#include "exporter/web/server.hpp"
#include "tests/metrics/fleet.hpp"
#include "tests/web/client.hpp"

namespace wgaudit::test {
namespace {

constexpr int kRounds = 15;

double cpu_seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The least of several rounds: what the work costs, not what else the machine does.
template <typename Clock, typename Work>
double least_cpu_seconds(Clock clock, Work work) {
  double least = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const double begin = clock();
    work();
    least = std::min(least, clock() - begin);
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

// What the server's threads spend on one scrape: all of this process but the client's thread.
double scrape_seconds(const View& view, MetricsPage& metrics) {
  WebSource source{.metrics =
                       [&](const ScrapeRequest& request, Duration) {
                         return std::make_shared<const std::string>(
                             metrics.render(view, kNow, nullptr, request));
                       },
                   .not_ready = [] { return std::optional<std::string>(); },
                   .view = [] { return std::shared_ptr<const View>(); }};
  auto server = WebServer::bind({.listen_addresses = {"127.0.0.1:0"}}, std::move(source));
  if (!server) return 1e9;
  server->start();
  const auto server_seconds = [] {
    return cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
  };
  const std::string address = server->addresses().front();
  return least_cpu_seconds(server_seconds, [&] {
    if (get(address, "/metrics").size() < 1000) std::abort();
  });
}

// Of the processes that have ended: `gzip -1` of a file, without its start.
double children_seconds() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Compared {
  double ours = 0, theirs = 0;  // seconds
  std::size_t our_size = 0, their_size = 0;
};

Compared compare_with_gzip(const std::string& page) {
  const auto path =
      std::filesystem::temp_directory_path() / ("bench_render." + std::to_string(getpid()));
  std::ofstream(path) << page;
  const auto gzip = [](const std::string& arguments) {
    if (std::system(("gzip -1 -c " + arguments).c_str()) != 0) std::abort();
  };
  const double start = least_cpu_seconds(children_seconds, [&] { gzip("/dev/null >/dev/null"); });
  Compared compared;
  compared.theirs =
      least_cpu_seconds(children_seconds, [&] { gzip(path.string() + " >/dev/null"); }) - start;
  gzip(path.string() + " >" + path.string() + ".gz");
  compared.their_size = std::filesystem::file_size(path.string() + ".gz");
  const auto clock = [] { return cpu_seconds(CLOCK_PROCESS_CPUTIME_ID); };
  compared.ours =
      least_cpu_seconds(clock, [&] { compared.our_size = Gzip().compress(page).size(); });
  std::filesystem::remove(path);
  std::filesystem::remove(path.string() + ".gz");
  return compared;
}

int run(bool with_scrape) {
  const View view = crowd(10'000);
  MetricsPage metrics({});
  const auto clock = [] { return cpu_seconds(CLOCK_PROCESS_CPUTIME_ID); };
  std::size_t page_size = 0, bare_size = 0;
  const double bare = least_cpu_seconds(clock, [&] { bare_size = bare_page(view).size(); });
  const double page =
      least_cpu_seconds(clock, [&] { page_size = metrics.render(view, kNow).size(); });
  const ScrapeRequest openmetrics{.form = PageForm::openmetrics};
  std::string text;
  const double other =
      least_cpu_seconds(clock, [&] { text = metrics.render(view, kNow, nullptr, openmetrics); });
  const Compared gzip = compare_with_gzip(text);
  const double ratio = std::max(page, other) / bare;
  const double gzip_ratio = gzip.ours / gzip.theirs;
  const double size_ratio =
      static_cast<double>(gzip.our_size) / static_cast<double>(gzip.their_size);
  std::printf("bare loop   %8.3f ms  %zu bytes\n", bare * 1e3, bare_size);
  std::printf("MetricsPage %8.3f ms  %zu bytes\n", page * 1e3, page_size);
  std::printf("OpenMetrics %8.3f ms  %zu bytes\n", other * 1e3, text.size());
  std::printf("ratio %.2f (at most 3)\n", ratio);
  std::printf("gzip -1     %8.3f ms  %zu bytes\n", gzip.theirs * 1e3, gzip.their_size);
  std::printf("Gzip        %8.3f ms  %zu bytes\n", gzip.ours * 1e3, gzip.our_size);
  std::printf("ratio %.2f in time, %.2f in bytes (at most 1.2)\n", gzip_ratio, size_ratio);
  bool holds = ratio <= 3 && gzip_ratio <= 1.2 && size_ratio <= 1.2;
  if (with_scrape) {
    const double scrape = scrape_seconds(view, metrics);
    std::printf("scrape %.3f ms of CPU (at most 15)\n", scrape * 1e3);
    holds = holds && scrape <= 0.015;
  }
  return holds && page_size >= bare_size && text.size() >= bare_size ? 0 : 1;
}

}  // namespace
}  // namespace wgaudit::test

int main(int argc, char** argv) {
  return wgaudit::test::run(argc < 2 || std::string_view(argv[1]) != "pages");
}
