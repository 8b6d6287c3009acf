#include "exporter/codec/privacy_view.hpp"

#include <utility>

namespace wgaudit {
namespace {

void hide_names(Record& record, const Privacy& privacy) {
  record.principal = shown_principal(record.principal, privacy);
  record.device = shown_name(record.device, privacy);
  record.owner = shown_name(record.owner, privacy);
  record.comment.clear();
  record.tags.clear();
  for (Exception& exception : record.exceptions) exception.reason.clear();
}

std::shared_ptr<const Device> without_addresses(const Device& whole, const Privacy& privacy) {
  auto device = std::make_shared<Device>(whole);
  for (Peer& peer : device->peers) peer.endpoint = shown(peer.endpoint, privacy);
  return device;
}

// The same places of another inventory.
void point_into(JudgedDevice& judged, const Inventory& from, const Inventory& to) {
  for (PeerStatus& status : judged.peers) {
    if (status.record == nullptr) continue;
    status.record = to.records.data() + (status.record - from.records.data());
  }
}

}  // namespace

Inventory shown(Inventory inventory, const Privacy& privacy) {
  if (privacy.identity == IdentityPrivacy::full) return inventory;
  for (Record& record : inventory.records) hide_names(record, privacy);
  return inventory;
}

HistoryAnswer shown(HistoryAnswer answer, const Privacy& privacy) {
  const auto each = [&](auto& rows) {
    for (auto& row : rows) row = shown(std::move(row), privacy);
  };
  each(answer.sessions);
  each(answer.endpoints);
  each(answer.findings);
  each(answer.events);
  return answer;
}

std::shared_ptr<const View> ShownViews::make(const View& whole) {
  auto view = std::make_shared<View>(whole);
  if (privacy_.identity != IdentityPrivacy::full) {
    const bool known = shown_ != nullptr && whole_inventory_.lock() == whole.inventory;
    view->inventory = known ? shown_->inventory
                            : std::make_shared<const Inventory>(shown(*whole.inventory, privacy_));
    whole_inventory_ = whole.inventory;
  }
  for (JudgedDevice& judged : view->devices) {
    point_into(judged, *whole.inventory, *view->inventory);
    if (privacy_.address == AddressPrivacy::full) continue;
    judged.device = without_addresses(*judged.device, privacy_);
  }
  for (Finding& finding : view->findings) finding = shown(std::move(finding), privacy_);
  return view;
}

std::shared_ptr<const View> ShownViews::of(const std::shared_ptr<const View>& view) {
  if (view == nullptr || !privacy_.hides()) return view;
  const std::lock_guard lock(mutex_);
  if (shown_ == nullptr || whole_.lock() != view) {
    shown_ = make(*view);
    whole_ = view;
  }
  return shown_;
}

}  // namespace wgaudit
