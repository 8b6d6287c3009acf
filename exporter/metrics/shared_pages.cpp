#include "exporter/metrics/shared_pages.hpp"

#include <algorithm>
#include <utility>

#include "exporter/codec/gzip.hpp"

namespace wgaudit {
namespace {

constexpr Duration kSharedFor = std::chrono::seconds{5};

std::pair<std::uint64_t, bool> number_of(const View& view) { return {view.poll, view.committed}; }

}  // namespace

bool SharedPages::Slot::holds(const View& wanted, BootTime now) const {
  return plain != nullptr && view >= number_of(wanted) && from <= now && now <= until;
}

SharedPages::Bytes SharedPages::get(const View& view, const ScrapeRequest& request, BootTime now,
                                    const std::function<DeliveryHealth()>& delivery) {
  if (!request.is_usual()) return own_page(view, request, now, delivery);
  Slot& slot = slots_[static_cast<std::size_t>(request.form)];
  const std::lock_guard lock(slot.mutex);  // who comes meanwhile waits for the page, and shares it
  if (!slot.holds(view, now)) {
    slot.plain = slot.compressed = nullptr;  // before the next: two of them are much memory
    const DeliveryHealth health = delivery();
    auto page = page_.render(view, now, &health, request);
    slot.view = number_of(view);
    slot.from = now;
    slot.until = std::min(now + kSharedFor, MetricsPage::shows_same_until(view, now));
    slot.plain = std::make_shared<const std::string>(std::move(page));
  }
  if (!request.gzip) return slot.plain;
  if (slot.compressed == nullptr) slot.compressed = compress(*slot.plain, request.form);
  return slot.compressed;
}

SharedPages::Bytes SharedPages::own_page(const View& view, const ScrapeRequest& request,
                                         BootTime now,
                                         const std::function<DeliveryHealth()>& delivery) {
  const DeliveryHealth health = delivery();
  std::string page = page_.render(view, now, &health, request);
  if (request.gzip) return compress(page, request.form);
  return std::make_shared<const std::string>(std::move(page));
}

SharedPages::Bytes SharedPages::compress(const std::string& page, PageForm form) {
  std::string bytes = Gzip().compress(page);
  bytes.shrink_to_fit();  // it may stay for a while
  page_.count_compression(form);
  return std::make_shared<const std::string>(std::move(bytes));
}

}  // namespace wgaudit
