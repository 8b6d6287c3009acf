// What the collector child is asked to read. Fixed when the child starts; values only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wgaudit {

// A network namespace beside the exporter's own: NAME stands for /run/netns/NAME, LABEL=PATH for
// any file that setns(2) takes.
struct NetnsTarget {
  std::string label;
  std::string path;
  friend bool operator==(const NetnsTarget&, const NetnsTarget&) = default;
};

// Where userspace implementations keep their `*.sock`; their devices belong to namespace `netns`.
struct UapiDirectory {
  std::string netns;
  std::string path;
  friend bool operator==(const UapiDirectory&, const UapiDirectory&) = default;
};

// A file with `wg show all dump`; "-" is standard input. Its interfaces belong to namespace
// `netns`: a report of many gateways tells them apart by it.
struct DumpFile {
  std::string path;
  std::string netns;
  friend bool operator==(const DumpFile&, const DumpFile&) = default;
};

// Stands for the listing of all namespaces where a source is named; no label can hold a '/'.
inline constexpr std::string_view kAllNamespaces = "/run/netns";

struct Targets {
  bool netlink = true;
  bool uapi = true;
  bool all_netns = false;          // all of /run/netns, listed anew at every poll
  std::vector<NetnsTarget> netns;  // asked for by name: one that is gone is a failure
  std::vector<UapiDirectory> uapi_directories{{"", "/run/wireguard"}};
  std::vector<DumpFile> dumps;
  bool forwarding = false;  // whether what comes in is forwarded, and filtered
  friend bool operator==(const Targets&, const Targets&) = default;
};

}  // namespace wgaudit
