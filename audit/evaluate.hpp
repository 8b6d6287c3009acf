// The rules: small pure functions of a case, in tables; what is wrong now, without history.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/judge.hpp"
#include "audit/memory.hpp"

namespace wgaudit {

// How a key stands by the inventory; the first that applies (SPEC §4, precedence).
enum class KeyState : std::uint8_t { unknown, revoked, disabled, expired, unreviewed, good };
[[nodiscard]] KeyState key_state(const Record* record, const Now& now);

// One peer, as the rules see it.
struct PeerCase {
  const Device& device;
  const Peer& peer;
  const PeerMemory& memory;  // this poll included
  const Record* record;      // null: not in the inventory
  const Policy& policy;
  KeyState state;
  bool new_handshake;  // since the poll before
};

// Collects what the rules find, graded by the configuration, accepted by the record's exceptions.
class Verdict {
 public:
  // `open_before`: the findings that were open before this poll, by identity.
  Verdict(const JudgeContext& context, const Now& now, std::span<const Finding> open_before)
      : context_(context), now_(now), open_before_(open_before) {}

  [[nodiscard]] const JudgeContext& context() const { return context_; }
  [[nodiscard]] const Now& now() const { return now_; }
  // `at_most` caps the rule's own severity, such as low for unreviewed keys.
  void open(FindingIdentity identity, const Record* record, std::string detail,
            Severity at_most = Severity::critical);
  [[nodiscard]] bool was_open(const FindingIdentity& identity) const;
  [[nodiscard]] std::vector<Finding> take() { return std::move(findings_); }

 private:
  const JudgeContext& context_;
  const Now& now_;
  std::span<const Finding> open_before_;
  std::vector<Finding> findings_;
};

void evaluate_peer(const PeerCase& peer_case, Verdict& verdict);

// An active record that is expected on the device and is not there. REQUIRES: that is settled.
void evaluate_missing(const Device& device, const Record& record, Verdict& verdict);

void evaluate_inventory(Verdict& verdict);

// Failures that have lasted `failing_after`, and a collector child that died within that time.
void evaluate_failures(const std::map<FailureId, FailureMemory>& failures, Verdict& verdict);
inline constexpr std::string_view kChildSubject = "collector-process";

// Whether `prefix` lies in what the record grants: allowed_ips and allowed_ips_max together. A
// default route is granted only where it is listed literally. True where the record does not say.
[[nodiscard]] bool is_granted(const Cidr& prefix, const Record& record);

}  // namespace wgaudit
