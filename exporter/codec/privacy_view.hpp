// The View as pages and API may show it: what --privacy.* hides is not in it, so that no search, no
// sort and no filter can find it out either.
#pragma once

#include <memory>
#include <mutex>

#include "audit/history_query.hpp"
#include "audit/view.hpp"
#include "exporter/codec/privacy.hpp"

namespace wgaudit {

// Where names are hidden, so is what the inventory says of a peer in free words: comment, tags,
// reasons of exceptions.
[[nodiscard]] Inventory shown(Inventory inventory, const Privacy& privacy);
// For people to read. A line of an event hides by itself: its encoder takes the event as it is.
[[nodiscard]] HistoryAnswer shown(HistoryAnswer answer, const Privacy& privacy);

// Makes the View that may be shown once of each, however many ask for it; of an inventory, too.
// Any thread.
class ShownViews {
 public:
  explicit ShownViews(const Privacy& privacy) : privacy_(privacy) {}
  // The view itself where nothing is hidden. Null of null.
  [[nodiscard]] std::shared_ptr<const View> of(const std::shared_ptr<const View>& view);

 private:
  // REQUIRES: lock held.
  [[nodiscard]] std::shared_ptr<const View> make(const View& whole);

  const Privacy privacy_;
  std::mutex mutex_;
  std::weak_ptr<const View> whole_;  // what shown_ is of
  std::shared_ptr<const View> shown_;
  std::weak_ptr<const Inventory> whole_inventory_;
};

}  // namespace wgaudit
