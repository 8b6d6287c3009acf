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
  return plain != nullptr && view >= number_of(wanted) && now <= until;
}

SharedPages::Bytes SharedPages::get(const View& view, const ScrapeRequest& request, BootTime now,
                                    const std::function<DeliveryHealth()>& delivery) {
  if (!request.is_usual()) return rare_page(view, request, now, delivery);
  Slot& slot = slots_[static_cast<std::size_t>(request.form)];
  const std::lock_guard lock(slot.mutex);  // who comes meanwhile waits for the page, and shares it
  return page_of(slot, view, request, now, delivery);
}

SharedPages::Bytes SharedPages::page_of(Slot& slot, const View& view, const ScrapeRequest& request,
                                        BootTime now,
                                        const std::function<DeliveryHealth()>& delivery) {
  if (!slot.holds(view, now)) {
    slot.plain = slot.compressed = nullptr;  // before the next: two of them are much memory
    const DeliveryHealth health = delivery();
    auto page = page_.render(view, now, &health, request);
    slot.view = number_of(view);
    slot.until = std::min(now + kSharedFor, MetricsPage::shows_same_until(view, now));
    slot.plain = std::make_shared<const std::string>(std::move(page));
  }
  if (!request.gzip) return slot.plain;
  if (slot.compressed == nullptr) slot.compressed = compress(*slot.plain, request.form);
  return slot.compressed;
}

SharedPages::Bytes SharedPages::rare_page(const View& view, const ScrapeRequest& request,
                                          BootTime now,
                                          const std::function<DeliveryHealth()>& delivery) {
  const std::lock_guard lock(rare_mutex_);
  RareSlot& slot = rare_slot(request);
  const bool written = slot.holds(view, now);
  if (!written) {
    slot.plain = slot.compressed = nullptr;
    if (!has_room_for_rare()) return nullptr;
  }
  const bool compressed = !request.gzip || slot.compressed != nullptr;
  auto page = page_of(slot, view, request, now, delivery);
  if (!written) rare_pages_.emplace_back(slot.plain);
  if (!compressed) rare_pages_.emplace_back(slot.compressed);
  return page;
}

SharedPages::RareSlot& SharedPages::rare_slot(const ScrapeRequest& request) {
  const auto is_it = [&](const RareSlot& slot) {
    return slot.used != 0 && slot.request.same_page(request);
  };
  auto found = std::ranges::find_if(rare_, is_it);
  if (found == rare_.end()) {
    found = std::ranges::min_element(rare_, {}, &RareSlot::used);
    found->plain = found->compressed = nullptr;
    found->request = request;
  }
  found->used = ++rare_requests_;
  return *found;
}

// Of those that are kept, and of those that are sent: each slow reader may hold another one.
bool SharedPages::has_room_for_rare() {
  const auto bytes_in_use = [&] {
    std::erase_if(rare_pages_, [](const auto& page) { return page.expired(); });
    std::size_t bytes = 0;
    for (const auto& page : rare_pages_) {
      if (const Bytes held = page.lock()) bytes += held->size();
    }
    return bytes;
  };
  if (bytes_in_use() <= most_rare_bytes_) return true;
  for (RareSlot& slot : rare_) slot.plain = slot.compressed = nullptr;
  return bytes_in_use() <= most_rare_bytes_;
}

SharedPages::Bytes SharedPages::compress(const std::string& page, PageForm form) {
  std::string bytes = Gzip().compress(page);
  bytes.shrink_to_fit();  // it may stay for a while
  page_.count_compression(form);
  return std::make_shared<const std::string>(std::move(bytes));
}

}  // namespace wgaudit
