// Starts a CollectorProcess and prints what it observes, in the form of `wg show all dump` with
// "(hidden)" for every key that is not public.
//
// usage: child_observe [--netlink] [--uapi DIR]… [--dump FILE]… [--limit-ms N]
// "ready PID" first; then one poll for each line of standard input, ended by a line "end …".
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "collectors/child/collector_process.hpp"

namespace {

using namespace wgaudit;

std::string or_none(std::string text) { return text.empty() ? "(none)" : text; }

std::string or_off(unsigned value, const char* format) {
  if (value == 0) return "off";
  char text[16];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string allowed_ips(const Device& device, const Peer& peer) {
  std::string text;
  for (const Cidr& cidr : device.prefixes_of(peer)) {
    text += (text.empty() ? "" : ",") + to_string(cidr);
  }
  return or_none(text);
}

void print(const Device& device) {
  std::printf("%s\t(hidden)\t%s\t%u\t%s\n", device.name.c_str(),
              device.public_key ? to_string(*device.public_key).c_str() : "(none)",
              device.listen_port, or_off(device.firewall_mark, "0x%x").c_str());
  for (const Peer& peer : device.peers) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(peer.last_handshake);
    std::printf("%s\t%s\t%s\t%s\t%s\t%" PRId64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\n",
                device.name.c_str(), to_string(peer.public_key).c_str(),
                peer.preshared_key == PresharedKey::present ? "(hidden)" : "(none)",
                or_none(to_string(peer.endpoint)).c_str(), allowed_ips(device, peer).c_str(),
                std::int64_t{seconds.time_since_epoch().count()}, peer.received_bytes,
                peer.sent_bytes, or_off(peer.persistent_keepalive_seconds, "%u").c_str());
  }
  if (device.link) {
    std::printf("# link %s index %u mtu %u %s\n", device.name.c_str(), device.link->index,
                device.link->mtu_bytes, device.link->up ? "up" : "down");
  }
}

void print(const Observation& observation, const CollectorProcess& process) {
  for (const Device& device : observation.devices) print(device);
  for (const DeviceFailure& failure : observation.failures) {
    std::printf("# failure %s: %s\n", failure.name.c_str(), failure.why.c_str());
  }
  for (const SourceResult& source : observation.sources) {
    std::printf("# source %s %d %s\n", std::string(to_string(source.collector)).c_str(),
                static_cast<int>(source.status), source.why.c_str());
  }
  std::printf("end pid %d restarted %d death %s\n", process.pid(), observation.child_restarted,
              process.last_death().c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  Targets targets;
  targets.netlink = targets.uapi = false;
  targets.uapi_directories.clear();
  Duration limit = std::chrono::seconds(5);
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--netlink") {
      targets.netlink = true;
      continue;
    }
    ++i;
    if (option == "--uapi") {
      targets.uapi = true;
      targets.uapi_directories.push_back({"", value});
    } else if (option == "--dump") {
      targets.dumps.push_back({value, ""});
    } else if (option == "--limit-ms") {
      limit = std::chrono::milliseconds(std::atoi(value));
    } else {
      std::fprintf(stderr, "unknown option %s\n", option.c_str());
      return 2;
    }
  }
  auto process = CollectorProcess::start(targets);
  if (!process) {
    std::fprintf(stderr, "%s\n", process.error().message().c_str());
    return 4;
  }
  std::printf("ready %d\n", process->pid());
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) print(process->poll(limit), *process);
}
