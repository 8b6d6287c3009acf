// Pages of /metrics for all who scrape: each form is written once a View and compressed once,
// however many ask for it, at once or one after the other. Any thread.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "audit/view.hpp"
#include "exporter/metrics/page.hpp"

namespace wgaudit {

class SharedPages {
 public:
  using Bytes = std::shared_ptr<const std::string>;
  static constexpr std::size_t kMostRareBytes = 64U << 20U;

  // `most_rare_bytes`: of pages that are not the usual ones, while they are kept or sent.
  explicit SharedPages(MetricsOptions options, std::size_t most_rare_bytes = kMostRareBytes)
      : page_(options), most_rare_bytes_(most_rare_bytes) {}

  // The page as asked for, compressed where the request says so. Its View is this one or a later
  // one that another scrape came with. Of requests that are not the usual ones the last few are
  // shared; null where slow readers hold too much of such pages. What is not of a View (state,
  // sinks, the process: `delivery` is called when a page is written) is five seconds old at most.
  [[nodiscard]] Bytes get(const View& view, const ScrapeRequest& request, BootTime now,
                          const std::function<DeliveryHealth()>& delivery);

 private:
  struct Slot {
    std::mutex mutex;
    std::pair<std::uint64_t, bool> view;  // poll, committed
    BootTime until;
    Bytes plain, compressed;  // null: not made yet

    [[nodiscard]] bool holds(const View& wanted, BootTime now) const;
  };
  // Of a page of groups, or of switches.
  struct RareSlot : Slot {
    ScrapeRequest request;
    std::uint64_t used = 0;
  };
  // REQUIRES: the slot's mutex, or that of all rare ones, is held.
  Bytes page_of(Slot& slot, const View& view, const ScrapeRequest& request, BootTime now,
                const std::function<DeliveryHealth()>& delivery);
  Bytes rare_page(const View& view, const ScrapeRequest& request, BootTime now,
                  const std::function<DeliveryHealth()>& delivery);
  RareSlot& rare_slot(const ScrapeRequest& request);
  [[nodiscard]] bool has_room_for_rare();
  [[nodiscard]] Bytes compress(const std::string& page, PageForm form);

  MetricsPage page_;
  std::array<Slot, kPageForms> slots_;
  const std::size_t most_rare_bytes_;
  std::mutex rare_mutex_;  // guards what follows
  std::array<RareSlot, 4> rare_;
  std::uint64_t rare_requests_ = 0;
  std::vector<std::weak_ptr<const std::string>> rare_pages_;  // each once
};

}  // namespace wgaudit
