// What should be on a device and is not, until that is settled (SPEC §2): a peer, a prefix, a
// preshared key, a filter, or what a finding was about. Values, no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "collectors/model/cidr.hpp"
#include "collectors/model/key.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {

struct DeviceMemory;
struct Reading;

// `overlap`: one prefix inside another peer's; it is absent when either of them is. `filter`: of
// what is forwarded.
enum class AbsenceKind : std::uint8_t { peer, prefix, preshared_key, overlap, filter };

struct Absent {
  Key public_key;
  AbsenceKind kind = AbsenceKind::peer;
  Cidr prefix{};  // of prefix and overlap; of a filter its family alone
  friend auto operator<=>(const Absent&, const Absent&) = default;
};

struct Absence {
  Absent what;
  BootTime since{};  // the first complete reading of an unbroken run of them without it
  friend bool operator==(const Absence&, const Absence&) = default;
};

// The absences of one device in one poll.
class Absences {
 public:
  // `known` is null at first sight of the device. Both outlive this.
  Absences(const DeviceMemory* known, const Reading& reading) : known_(known), reading_(reading) {}

  // Whether it is believed. REQUIRES: this reading does not show it; asked once a poll for each.
  [[nodiscard]] bool believed(const Absent& what);
  // For a reading that cannot tell: what was noted before stays so.
  void keep(const Absent& what);
  // To be remembered: by `what`.
  [[nodiscard]] std::vector<Absence> take();

 private:
  [[nodiscard]] const Absence* noted_before(const Absent& what) const;
  [[nodiscard]] std::optional<BootTime> since(const Absent& what) const;

  const DeviceMemory* known_;
  const Reading& reading_;
  std::vector<Absence> noted_;
};

}  // namespace wgaudit
