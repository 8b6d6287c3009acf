#include "exporter/store/outbox.hpp"

#include <algorithm>
#include <numeric>
#include <ranges>

namespace wgaudit {

Outbox::Outbox(std::uint64_t first, const std::vector<std::uint32_t>& sizes, std::uint64_t sequence,
               std::map<std::string, std::uint64_t> cursors)
    : first_(sizes.empty() ? sequence + 1 : first),
      sizes_(sizes.begin(), sizes.end()),
      bytes_(std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0})),
      cursors_(std::move(cursors)) {}

void Outbox::add(std::uint32_t bytes) {
  sizes_.push_back(bytes);
  bytes_ += bytes;
}

void Outbox::remove_through(std::uint64_t sequence) {
  while (!sizes_.empty() && first_ <= sequence) {
    bytes_ -= sizes_.front();
    sizes_.pop_front();
    ++first_;
  }
}

void Outbox::move_cursor(const std::string& sink, std::uint64_t sequence) {
  cursors_[sink] = sequence;
}

void Outbox::remove_cursor(const std::string& sink) { cursors_.erase(sink); }

std::uint64_t Outbox::through_for(std::uint64_t bytes) const {
  std::uint64_t remaining = bytes_, through = 0;
  for (std::size_t i = 0; i < sizes_.size() && remaining > bytes; ++i) {
    remaining -= sizes_[i];
    through = first_ + i;
  }
  return through;
}

std::uint64_t Outbox::first_undelivered() const {
  std::uint64_t delivered = sequence();
  for (const std::uint64_t cursor : std::views::values(cursors_)) {
    delivered = std::min(delivered, cursor);
  }
  return std::max(first_, delivered + 1);
}

std::uint64_t Outbox::too_large_through(const StoreLimits& limits) const {
  if (bytes_ <= limits.outbox_bytes) return 0;
  return through_for(limits.outbox_bytes - limits.outbox_bytes / 10);
}

std::uint64_t Outbox::drop_through(const StoreLimits& limits) const {
  const std::uint64_t through = std::max(too_large_through(limits), too_old_);
  return through < first_ ? 0 : through;
}

std::uint64_t Outbox::may_trim_through(const StoreLimits& limits) const {
  std::uint64_t through = sequence();
  for (const std::uint64_t cursor : std::views::values(cursors_)) {
    through = std::min(through, cursor);
  }
  const std::uint64_t others = sequence() - std::min(sequence(), limits.kept_events);
  return std::min({through, others, first_ - 1 + limits.trimmed_at_once});
}

std::uint64_t Outbox::undelivered_through(std::uint64_t sequence) const {
  std::uint64_t delivered = std::min(sequence, this->sequence());
  const std::uint64_t last = delivered;
  for (const std::uint64_t cursor : std::views::values(cursors_)) {
    delivered = std::min(delivered, cursor);
  }
  return last - std::clamp(delivered, std::min(first_ - 1, last), last);
}

OutboxStatus Outbox::status(const StoreLimits& limits) const {
  OutboxStatus status;
  if (!sizes_.empty()) {
    status.first = first_;
    status.last = sequence();
  }
  for (const auto& [name, cursor] : cursors_) status.sinks.push_back({name, cursor});
  status.drop_through = drop_through(limits);
  return status;
}

}  // namespace wgaudit
