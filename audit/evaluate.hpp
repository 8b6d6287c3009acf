// The rules: small pure functions of a case, in tables; what is wrong now, without history.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/absences.hpp"
#include "audit/judge.hpp"
#include "audit/memory.hpp"
#include "audit/prefix_index.hpp"

namespace wgaudit {

// How a key stands by the inventory; the first that applies (SPEC §4, precedence).
enum class KeyState : std::uint8_t { unknown, revoked, disabled, expired, unreviewed, good };
[[nodiscard]] KeyState key_state(const Record* record, const Now& now);
[[nodiscard]] bool is_expired(const Record& record, const Now& now);

// Collects what the rules find, graded by the configuration, accepted by the record's exceptions.
class Verdict {
 public:
  // `open_before`: the findings that were open before this poll, by identity.
  Verdict(const JudgeContext& context, const Now& now, std::span<const Finding> open_before)
      : context_(context), now_(now), open_before_(open_before) {}

  [[nodiscard]] const JudgeContext& context() const { return context_; }
  [[nodiscard]] const Now& now() const { return now_; }
  // `at_most` caps the rule's own severity, such as low for unreviewed keys.
  // `evidence`: how many facts show it.
  void open(FindingIdentity identity, const Record* record, std::string detail,
            Severity at_most = Severity::critical, std::size_t evidence = 1);
  // Neither opens nor closes: what would decide it is not settled, or cannot be seen.
  void leave(const FindingIdentity& identity);

  [[nodiscard]] bool was_open(const FindingIdentity& identity) const;
  [[nodiscard]] std::span<const Finding> open_before(RuleId rule) const;
  // Those of the rule on the device, by key and subject.
  [[nodiscard]] std::span<const Finding> open_before(RuleId rule, const DeviceId& device) const;

  [[nodiscard]] std::vector<Finding> take() { return std::move(findings_); }
  // The ones that were open and are left as they are.
  [[nodiscard]] std::set<FindingIdentity> take_left() { return std::move(left_); }

 private:
  [[nodiscard]] std::optional<Severity> severity_of(RuleId rule, const Record* record) const;

  const JudgeContext& context_;
  const Now& now_;
  std::span<const Finding> open_before_;
  std::vector<Finding> findings_;
  std::set<FindingIdentity> left_;
};

// One device, as the rules see it.
struct DeviceCase {
  const Device& device;
  const DeviceMemory* memory;  // before this poll; null at first sight
  const PrefixIndex& prefixes;
  Absences& absences;
  BootTime watched_since{};  // since when it has been read without a gap, in this run

  // When a key of the device was first seen; absent: not before this poll.
  [[nodiscard]] std::optional<WallTime> first_seen(const Key& key) const;
};

// One peer of it.
struct PeerCase {
  const DeviceCase& on;
  const Peer& peer;
  const PeerMemory& memory;  // this poll included
  const Record* record;      // null: not in the inventory
  const Policy& policy;
  KeyState state;
  bool new_handshake;  // since the poll before

  [[nodiscard]] const Device& device() const { return on.device; }
};

[[nodiscard]] FindingIdentity about(RuleId rule, const PeerCase& c, std::string subject = "");

void evaluate_peer(const PeerCase& peer_case, Verdict& verdict);
// The finding of the rule about the peer that was open before this poll, or null.
[[nodiscard]] const Finding* finding_before(RuleId rule, const PeerCase& c, const Verdict& verdict);
// Of prefixes of the peer (prefix_rules.cpp).
void allowed_ips_excess(const PeerCase& c, Verdict& verdict);
void allowed_ips_too_broad(const PeerCase& c, Verdict& verdict);
void allowed_ips_missing(const PeerCase& c, Verdict& verdict);

// Prefixes of a device that lie inside those of another peer.
void evaluate_overlaps(const DeviceCase& c, Verdict& verdict);

// Active records that are expected on the device and are not there.
void evaluate_missing(const DeviceCase& c, Verdict& verdict);

// What is forwarded from the device without a filter (forwarding.cpp).
void evaluate_forwarding(const DeviceCase& c, Verdict& verdict);

// The interface itself against this gateway's entry: its key, its age, whether it is up.
void evaluate_interface(const Device& device, Verdict& verdict);
// An interface of this gateway's entry that is not there. REQUIRES: that is settled.
void evaluate_absent_interface(const GatewayInterface& interface, Verdict& verdict);
[[nodiscard]] FindingIdentity interface_down_identity(const GatewayInterface& interface);

// A key and a device that it is a peer of.
struct KeyHolder {
  const Device* device;
  const Peer* peer;
};
// Keys that are peers of several interfaces. `holders`: all peers of all devices.
void evaluate_duplicates(std::vector<KeyHolder> holders, Verdict& verdict);

void evaluate_inventory(Verdict& verdict);

// Failures that have lasted `failing_after`, and a collector child that died within that time.
void evaluate_failures(const std::map<FailureId, FailureMemory>& failures, Verdict& verdict);
inline constexpr std::string_view kChildSubject = "collector-process";

// Listeners that whoever reaches them may read.
void evaluate_listeners(Verdict& verdict);

// Whether `prefix` lies in what the record grants: allowed_ips and allowed_ips_max together. A
// default route is granted only where it is listed literally. True where the record does not say.
[[nodiscard]] bool is_granted(const Cidr& prefix, const Record& record);

}  // namespace wgaudit
