#include "exporter/sinks/sent_window.hpp"

#include <algorithm>

namespace wgaudit {

void SentWindow::sent(std::uint64_t first, std::uint64_t last, Time now) {
  batches_.push_back({first, last, now});
  while (batches_.front().last + kEvents <= last) batches_.pop_front();
}

std::optional<std::uint64_t> SentWindow::ended(Ending ending, Time now) {
  if (ending == Ending::in_order) {
    while (!batches_.empty() && batches_.front().at + kBelieved <= now) batches_.pop_front();
  }
  if (batches_.empty()) return std::nullopt;
  const std::uint64_t last = batches_.back().last;
  const std::uint64_t before_window = last - std::min(last, kEvents);
  const std::uint64_t after = std::max(batches_.front().first - 1, before_window);
  batches_.clear();
  return after;
}

}  // namespace wgaudit
