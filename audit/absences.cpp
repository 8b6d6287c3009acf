#include "audit/absences.hpp"

#include <algorithm>

#include "audit/memory.hpp"
#include "audit/track.hpp"

namespace wgaudit {

const Absence* Absences::noted_before(const Absent& what) const {
  if (known_ == nullptr) return nullptr;
  const auto noted = std::ranges::lower_bound(known_->absences, what, {}, &Absence::what);
  return noted != known_->absences.end() && noted->what == what ? &*noted : nullptr;
}

void Absences::keep(const Absent& what) {
  if (const Absence* noted = noted_before(what)) noted_.push_back(*noted);
}

// Absent: this reading is incomplete, and nothing was known before.
std::optional<BootTime> Absences::since(const Absent& what) const {
  const auto from_now =
      reading_.complete() ? std::optional(reading_.device.observed_at) : std::nullopt;
  if (known_ == nullptr) return from_now;
  if (const Absence* noted = noted_before(what)) return noted->since;
  if (what.kind != AbsenceKind::peer) return from_now;
  // A peer that was there before anybody asked for it.
  const auto peer =
      std::ranges::lower_bound(known_->peers, what.public_key, {}, &PeerMemory::public_key);
  const bool known = peer != known_->peers.end() && peer->public_key == what.public_key;
  return known && peer->pending.absent_since ? peer->pending.absent_since : from_now;
}

bool Absences::believed(const Absent& what) {
  const std::optional<BootTime> since = this->since(what);
  if (!since) return false;
  noted_.push_back({what, *since});
  return reading_.complete() && reading_.settled(*since);
}

std::vector<Absence> Absences::take() {
  std::ranges::sort(noted_, {}, &Absence::what);
  return std::move(noted_);
}

}  // namespace wgaudit
