// Pages of /metrics for all who scrape: each form is written once a View and compressed once,
// however many ask for it, at once or one after the other. Any thread.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "audit/view.hpp"
#include "exporter/metrics/page.hpp"

namespace wgaudit {

class SharedPages {
 public:
  using Bytes = std::shared_ptr<const std::string>;  // never null

  explicit SharedPages(MetricsOptions options) : page_(options) {}

  // The page as asked for, compressed where the request says so. Its View is this one or a later
  // one that another scrape came with. A request that is not the usual one gets a page of its own.
  // What is not of a View (state, sinks, the process: `delivery` is called when a page is written)
  // is five seconds old at most.
  [[nodiscard]] Bytes get(const View& view, const ScrapeRequest& request, BootTime now,
                          const std::function<DeliveryHealth()>& delivery);

 private:
  struct Slot {
    std::mutex mutex;
    std::pair<std::uint64_t, bool> view;  // poll, committed
    BootTime from, until;
    Bytes plain, compressed;  // null: not made yet

    [[nodiscard]] bool holds(const View& wanted, BootTime now) const;
  };
  Bytes own_page(const View& view, const ScrapeRequest& request, BootTime now,
                 const std::function<DeliveryHealth()>& delivery);
  [[nodiscard]] Bytes compress(const std::string& page, PageForm form);

  MetricsPage page_;
  std::array<Slot, kPageForms> slots_;
};

}  // namespace wgaudit
