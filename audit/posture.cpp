#include "audit/posture.hpp"

namespace wgaudit {

const Posture* PostureTable::find(const Record& record) const {
  if (const auto found = by_key.find(record.public_key); found != by_key.end()) {
    return &found->second;
  }
  if (record.device.empty()) return nullptr;
  const auto found = by_device.find(record.device);
  return found == by_device.end() ? nullptr : &found->second;
}

const Posture& newer(const Posture& a, const Posture& b) {
  if (a.checked_at != b.checked_at) return a.checked_at < b.checked_at ? b : a;
  return b.compliant ? a : b;
}

std::optional<Posture> posture_of(const Record& record, const PostureTable* table) {
  const Posture* told = table == nullptr ? nullptr : table->find(record);
  if (told == nullptr) return record.posture;
  return record.posture ? newer(*record.posture, *told) : *told;
}

}  // namespace wgaudit
