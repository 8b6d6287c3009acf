#include "audit/fleet.hpp"

#include <algorithm>
#include <tuple>

namespace wgaudit {
namespace {

struct Use {
  Key key;
  std::uint32_t view = 0;
  std::uint32_t device = 0;
};

std::vector<Use> uses_of(std::span<const View* const> views, bool of_interfaces) {
  std::vector<Use> uses;
  for (std::uint32_t v = 0; v < views.size(); ++v) {
    for (std::uint32_t d = 0; d < views[v]->devices.size(); ++d) {
      const Device& device = *views[v]->devices[d].device;
      if (!of_interfaces) {
        for (const Peer& peer : device.peers) uses.push_back({peer.public_key, v, d});
      } else if (device.public_key) {
        uses.push_back({*device.public_key, v, d});
      }
    }
  }
  std::ranges::sort(uses, [](const Use& a, const Use& b) {
    return std::tie(a.key, a.view, a.device) < std::tie(b.key, b.view, b.device);
  });
  return uses;
}

// Calls `at_several` with the uses of each key that is at more than one gateway.
template <typename AtSeveral>
void for_each_shared(const std::vector<Use>& uses, AtSeveral at_several) {
  for (std::size_t begin = 0, end = 0; begin < uses.size(); begin = end) {
    while (end < uses.size() && uses[end].key == uses[begin].key) ++end;
    if (uses[begin].view != uses[end - 1].view) {
      at_several(std::span(uses).subspan(begin, end - begin));
    }
  }
}

std::vector<Place> places_of(std::span<const View* const> views, std::span<const Use> uses) {
  std::vector<Place> places;
  for (const Use& use : uses) {
    const Device& device = *views[use.view]->devices[use.device].device;
    places.push_back({views[use.view]->gateway, device.netns, device.name});
  }
  return places;
}

// The first few by name: a key can be at hundreds of gateways.
std::string list_of(const std::vector<Place>& places) {
  constexpr std::size_t kNamed = 8;
  std::string text;
  for (std::size_t i = 0; i < places.size() && i < kNamed; ++i) {
    text += (i == 0 ? "" : ", ") + to_string(places[i]);
  }
  return places.size() <= kNamed
             ? text
             : text + " and " + std::to_string(places.size() - kNamed) + " more";
}

// The inventory says that this interface has this key.
bool listed(const Inventory& inventory, const Place& place, const Key& key) {
  const Gateway* gateway = inventory.gateway(place.gateway);
  return gateway != nullptr &&
         std::ranges::any_of(gateway->interfaces, [&](const GatewayInterface& interface) {
           return interface.name == place.interface && interface.netns == place.netns &&
                  interface.public_key == key;
         });
}

class FleetPass {
 public:
  explicit FleetPass(std::span<const View* const> views)
      : views_(views), view_(*views.front()), inventory_(*view_.inventory) {}

  std::vector<FleetFinding> run() {
    for_each_shared(uses_of(views_, false), [&](std::span<const Use> uses) { judge_peer(uses); });
    for_each_shared(uses_of(views_, true), [&](std::span<const Use> uses) { judge_own(uses); });
    return std::move(found_);
  }

 private:
  void judge_peer(std::span<const Use> uses) {
    const Record* record = inventory_.find(uses.front().key);
    if (record == nullptr) return;
    std::vector<Place> places = places_of(views_, uses);
    std::vector<Place> denied;
    std::ranges::copy_if(places, std::back_inserter(denied), [&](const Place& place) {
      return !allows(*record, place.gateway, place.netns, place.interface);
    });
    if (denied.empty()) return;
    std::string detail = "the key is at " + list_of(places) + "; ";
    if (!record->at) {
      detail += "its record has no `at`";
    } else {
      detail += "`at` does not allow " +
                (denied.size() == places.size() ? "any of them" : list_of(denied));
    }
    open(uses.front().key, "", record, std::move(detail), std::move(places));
  }

  void judge_own(std::span<const Use> uses) {
    const Key& key = uses.front().key;
    std::vector<Place> places = places_of(views_, uses);
    if (std::ranges::all_of(places, [&](const Place& p) { return listed(inventory_, p, key); })) {
      return;
    }
    std::string detail = "interfaces of several gateways have one private key: " + list_of(places);
    open(key, std::string(kInterfaceKeySubject), inventory_.find(key), std::move(detail),
         std::move(places));
  }

  void open(const Key& key, std::string subject, const Record* record, std::string detail,
            std::vector<Place> places) {
    const std::string_view role =
        record != nullptr ? inventory_.role_name(*record) : std::string_view{};
    const auto severity = view_.rule_settings->severity(RuleId::duplicate_key, role);
    if (!severity) return;
    Finding finding;
    finding.identity = {RuleId::duplicate_key, "", "", key, std::move(subject)};
    finding.severity = *severity;
    finding.since = view_.taken.wall;
    finding.detail = std::move(detail);
    if (record != nullptr) {
      finding.principal = record->principal;
      finding.accepted = find_exception(*record, "duplicate_key", view_.taken.wall) != nullptr;
    }
    found_.push_back({std::move(finding), std::move(places)});
  }

  std::span<const View* const> views_;
  const View& view_;  // any of them: they share inventory, rules and time
  const Inventory& inventory_;
  std::vector<FleetFinding> found_;
};

}  // namespace

std::vector<FleetFinding> evaluate_fleet(std::span<const View* const> views) {
  if (views.size() < 2 || !views.front()->inventory_health.configured) return {};
  return FleetPass(views).run();
}

}  // namespace wgaudit
