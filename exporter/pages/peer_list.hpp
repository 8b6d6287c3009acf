// Which peers of a View are asked for, in which order: for the page and the API alike. Pure; cost
// and memory grow with the number of peers, not with what they are asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "audit/history.hpp"
#include "audit/view.hpp"

namespace wgaudit {

enum class PeerActivity : std::uint8_t {
  up,     // has a session
  down,   // had a handshake
  never,  // since the interface knows it
};
[[nodiscard]] std::string_view to_string(PeerActivity activity);

enum class WithFindings : std::uint8_t { any, none };

struct PeerFilter {
  // In the principal, device, role or owner, the key, the endpoint or an allowed IP, whatever the
  // case; or an address that an allowed IP of the peer contains.
  std::string text;
  std::optional<PeerActivity> session;
  std::string status;  // of the inventory, or "unknown"; "" = all, as the next two
  std::string role, principal;
  std::optional<DeviceId> device;
  // Open ones: any, none, of a rule, of a severity at least.
  std::optional<std::variant<WithFindings, RuleId, Severity>> finding;
};

enum class PeerSort : std::uint8_t {
  principal,
  status,
  last_handshake,
  received_bytes,
  sent_bytes,
  findings,  // the worst one, then how many
};
struct PeerOrder {
  PeerSort by = PeerSort::principal;
  bool descending = false;
  friend bool operator==(const PeerOrder&, const PeerOrder&) = default;
};

struct ListedPeer {
  const JudgedDevice* judged = nullptr;
  const Peer* peer = nullptr;
  const PeerStatus* status = nullptr;
  std::string principal;  // or "unknown:…"
  std::uint32_t first_finding = 0, findings = 0;
  std::uint32_t open_findings = 0;
  Severity worst{};  // of the open ones

  [[nodiscard]] PeerActivity activity() const;
  [[nodiscard]] std::string_view inventory_status() const;
};

// Where a list goes on: behind the peer that had these values, whether it is there still or not.
struct PeerPosition {
  std::string text;
  std::uint64_t number = 0;
  DeviceId device;
  Key public_key;
};

struct PeerList {
  std::vector<ListedPeer> rows;          // that match
  std::vector<const Finding*> findings;  // of each row consecutive, the worst first
  std::size_t all = 0;                   // so many peers there are
  [[nodiscard]] std::span<const Finding* const> findings_of(const ListedPeer& row) const {
    return std::span{findings}.subspan(row.first_finding, row.findings);
  }
};
// In no order. The list points into the view.
[[nodiscard]] PeerList list_peers(const View& view, const PeerFilter& filter);

// Those of `rows` that come behind `position` (absent: all), the first `count` of them in order.
// Ties are decided by interface and key: the order is total. Reorders `rows`.
[[nodiscard]] std::span<const ListedPeer> first_peers(std::vector<ListedPeer>& rows,
                                                      const PeerOrder& order, std::size_t count,
                                                      const std::optional<PeerPosition>& position);
[[nodiscard]] PeerPosition position_of(const ListedPeer& row, const PeerOrder& order);

// Null where it is not there.
[[nodiscard]] const JudgedDevice* find_device(const View& view, const DeviceId& id);

}  // namespace wgaudit
