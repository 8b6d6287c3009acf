// The View: what was judged by one poll, immutable, read by every other thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/finding.hpp"
#include "audit/inventory.hpp"
#include "audit/rules.hpp"
#include "collectors/model/device.hpp"

namespace wgaudit {

// What is known of a peer beyond the kernel's values; parallel to Device::peers.
struct PeerStatus {
  const Record* record = nullptr;  // into the View's inventory; null: not in it
  WallTime first_seen{};
  bool session_up = false;
  // Committed values; never back but to 0.
  std::uint64_t sessions = 0, endpoint_changes = 0;
};

// The last state of a device: of the last complete dump, or an incomplete one merged over it.
struct JudgedDevice {
  std::shared_ptr<const Device> device;
  std::vector<PeerStatus> peers;  // peers[i] is about device->peers[i]
  bool success = true;            // read in this poll; else `device` is what was known before
};

// How one (collector, namespace) stands, since the program started.
struct SourceHealth {
  SourceResult last;
  std::optional<WallTime> last_success;
  std::array<std::uint64_t, kRetryReasons> retries_total{};
};

struct InterfaceHealth {
  CollectorKind collector = CollectorKind::netlink;
  std::string netns, name;
  bool success = true;
};

// How the inventory file stands; `inventory` itself is the one in force.
struct InventoryHealth {
  bool configured = false;
  bool last_reload_successful = true;
  std::optional<WallTime> last_success;
  std::vector<Problem> problems;  // of the last load
  bool gateway_known = false;     // has an entry for this gateway
  // What the last load rejected: the SHA-256 of the text, or a digest of the problems where the
  // text could not be had. The same for the same rejection; "" when the last load was good.
  std::string rejected;
};

struct FindingCounts {
  // [rule code][severity]
  std::array<std::array<std::uint64_t, kSeverities + 1>, kMaxRuleCode + 1> count{};
  [[nodiscard]] std::uint64_t& at(RuleId rule, Severity severity) {
    return count[static_cast<std::size_t>(rule)][static_cast<std::size_t>(severity)];
  }
  [[nodiscard]] std::uint64_t at(RuleId rule, Severity severity) const {
    return count[static_cast<std::size_t>(rule)][static_cast<std::size_t>(severity)];
  }
};

struct View {
  std::uint64_t poll = 0;  // number of this poll, from 1
  Now taken;               // when it was judged
  std::string gateway;
  std::shared_ptr<const Inventory> inventory;  // never null; empty when none is configured
  InventoryHealth inventory_health;
  std::shared_ptr<const RuleSettings> rule_settings;  // never null
  std::vector<JudgedDevice> devices;                  // by (netns, name)
  std::vector<SourceHealth> sources;                  // by (collector, netns)
  std::vector<InterfaceHealth> interfaces;            // by (collector, netns, name)
  std::vector<Finding> findings;                      // open and accepted, by identity
  FindingCounts opened_total;                         // since the program started
  // Of the Views of one poll that whose counters hold what its own commit stored.
  bool committed = false;
};

}  // namespace wgaudit
