#include "exporter/pages/peer_list.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "exporter/codec/privacy.hpp"
#include "exporter/pages/text_search.hpp"

namespace wgaudit {
namespace {

DeviceId id_of(const JudgedDevice& judged) { return {judged.device->netns, judged.device->name}; }

const JudgedDevice* find_device(const View& view, std::string_view netns, std::string_view name) {
  using Names = std::pair<std::string_view, std::string_view>;
  const auto names = [](const JudgedDevice& judged) {
    return Names(judged.device->netns, judged.device->name);
  };
  const auto found = std::ranges::lower_bound(view.devices, Names(netns, name), {}, names);
  return found != view.devices.end() && names(*found) == Names(netns, name) ? &*found : nullptr;
}

// A row a peer, device after device; and where the rows of each device begin.
std::vector<std::size_t> add_rows(const View& view, PeerList& list) {
  std::vector<std::size_t> begins;
  for (const JudgedDevice& judged : view.devices) list.all += judged.peers.size();
  list.rows.reserve(list.all);
  for (const JudgedDevice& judged : view.devices) {
    begins.push_back(list.rows.size());
    for (std::size_t i = 0; i < judged.peers.size(); ++i) {
      const Peer& peer = judged.device->peers[i];
      ListedPeer row{&judged, &peer, &judged.peers[i], {}};
      row.principal = principal_of(peer.public_key, row.status->record);
      list.rows.push_back(std::move(row));
    }
  }
  return begins;
}

void add_findings(const View& view, const std::vector<std::size_t>& begins, PeerList& list) {
  std::vector<std::pair<ListedPeer*, const Finding*>> found;
  for (const Finding& finding : view.findings) {
    const FindingIdentity& identity = finding.identity;
    if (!identity.public_key) continue;
    const JudgedDevice* judged = find_device(view, identity.netns, identity.interface);
    const Peer* peer = judged == nullptr ? nullptr : judged->device->find(*identity.public_key);
    if (peer == nullptr) continue;
    const auto device = static_cast<std::size_t>(judged - view.devices.data());
    const auto index = static_cast<std::size_t>(peer - judged->device->peers.data());
    found.emplace_back(&list.rows[begins[device] + index], &finding);
  }
  std::ranges::stable_sort(found, [](const auto& a, const auto& b) {
    return std::tuple(a.first, b.second->severity) < std::tuple(b.first, a.second->severity);
  });
  list.findings.reserve(found.size());
  for (const auto& [row, finding] : found) {
    if (row->findings++ == 0) row->first_finding = static_cast<std::uint32_t>(list.findings.size());
    list.findings.push_back(finding);
    if (finding->accepted) continue;
    ++row->open_findings;
    row->worst = std::max(row->worst, finding->severity);
  }
}

bool has_text(const ListedPeer& row, const Inventory& inventory, const TextSearch& search) {
  const Record* record = row.status->record;
  if (search.in(row.principal) || search.in(to_string(row.peer->public_key))) return true;
  if (record != nullptr && (search.in(record->device) || search.in(record->owner) ||
                            search.in(inventory.role_name(*record)))) {
    return true;
  }
  if (search.in(endpoint_text(row.peer->endpoint))) return true;
  return std::ranges::any_of(row.judged->device->prefixes_of(*row.peer), [&](const Cidr& cidr) {
    return search.inside(cidr) || search.in(to_string(cidr));
  });
}

using FindingCondition = std::variant<WithFindings, RuleId, Severity>;

bool has_finding(const ListedPeer& row, const PeerList& list, const FindingCondition& wanted) {
  if (const auto* how = std::get_if<WithFindings>(&wanted)) {
    return (row.open_findings > 0) == (*how == WithFindings::any);
  }
  if (const auto* least = std::get_if<Severity>(&wanted)) return row.worst >= *least;
  const RuleId rule = std::get<RuleId>(wanted);
  return std::ranges::any_of(list.findings_of(row), [&](const Finding* finding) {
    return finding->identity.rule == rule && !finding->accepted;
  });
}

bool matches(const ListedPeer& row, const View& view, const PeerList& list,
             const PeerFilter& filter, const TextSearch& search) {
  const Record* record = row.status->record;
  if (filter.session && row.activity() != *filter.session) return false;
  if (!filter.status.empty() && row.inventory_status() != filter.status) return false;
  if (!filter.principal.empty() && row.principal != filter.principal) return false;
  if (!filter.role.empty() &&
      (record == nullptr || view.inventory->role_name(*record) != filter.role)) {
    return false;
  }
  if (filter.device && id_of(*row.judged) != *filter.device) return false;
  if (filter.finding && !has_finding(row, list, *filter.finding)) return false;
  return search.empty() || has_text(row, *view.inventory, search);
}

// What a row is sorted by: one of the two is the same for all.
struct SortKey {
  std::string_view text;
  std::uint64_t number = 0;
};

// As unsigned numbers, in the order of the times.
std::uint64_t as_number(WallTime time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count()) ^ (std::uint64_t{1} << 63U);
}

SortKey key_of(const ListedPeer& row, const PeerOrder& order) {
  const Record* record = row.status->record;
  switch (order.by) {
    case PeerSort::principal:
      return {row.principal, 0};
    case PeerSort::status:
      return {"", record == nullptr ? kStatuses : static_cast<std::uint64_t>(record->status)};
    case PeerSort::last_handshake:
      return {"", as_number(row.peer->last_handshake)};
    case PeerSort::received_bytes:
      return {"", row.peer->received_bytes};
    case PeerSort::sent_bytes:
      return {"", row.peer->sent_bytes};
    case PeerSort::findings:
      return {"", (static_cast<std::uint64_t>(row.worst) << 32U) | row.open_findings};
  }
  return {};
}

// A place in the order.
struct Spot {
  SortKey key;
  std::string_view netns, interface;
  const Key* public_key;
};
Spot place_of(const ListedPeer& row, const PeerOrder& order) {
  const Device& device = *row.judged->device;
  return {key_of(row, order), device.netns, device.name, &row.peer->public_key};
}
bool comes_before(const Spot& a, const Spot& b, const PeerOrder& order) {
  const auto key = [](const Spot& place) { return std::tie(place.key.number, place.key.text); };
  if (key(a) != key(b)) return order.descending ? key(b) < key(a) : key(a) < key(b);
  return std::tie(a.netns, a.interface, *a.public_key) <
         std::tie(b.netns, b.interface, *b.public_key);
}

}  // namespace

std::string_view to_string(PeerActivity activity) {
  constexpr std::array<std::string_view, 3> kNames{"up", "down", "never"};
  return kNames[static_cast<std::size_t>(activity)];
}

PeerActivity ListedPeer::activity() const {
  if (status->session_up) return PeerActivity::up;
  return peer->has_handshake() ? PeerActivity::down : PeerActivity::never;
}

std::string_view ListedPeer::inventory_status() const {
  return status->record == nullptr ? "unknown" : to_string(status->record->status);
}

PeerList list_peers(const View& view, const PeerFilter& filter) {
  PeerList list;
  add_findings(view, add_rows(view, list), list);
  const TextSearch search(filter.text);
  std::erase_if(list.rows,
                [&](const ListedPeer& row) { return !matches(row, view, list, filter, search); });
  return list;
}

std::span<const ListedPeer> first_peers(std::vector<ListedPeer>& rows, const PeerOrder& order,
                                        std::size_t count,
                                        const std::optional<PeerPosition>& position) {
  auto end = rows.end();
  if (position) {
    const Spot at{{position->text, position->number},
                  position->device.first,
                  position->device.second,
                  &position->public_key};
    end = std::partition(rows.begin(), rows.end(), [&](const ListedPeer& row) {
      return comes_before(at, place_of(row, order), order);
    });
  }
  const auto behind = static_cast<std::size_t>(end - rows.begin());
  const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(std::min(count, behind));
  const auto before = [&](const ListedPeer& a, const ListedPeer& b) {
    return comes_before(place_of(a, order), place_of(b, order), order);
  };
  // Of pages far behind a partial sort is the dearer one.
  if (count < behind / 8) {
    std::partial_sort(rows.begin(), middle, end, before);
  } else {
    std::sort(rows.begin(), end, before);
  }
  return std::span{rows}.first(static_cast<std::size_t>(middle - rows.begin()));
}

PeerPosition position_of(const ListedPeer& row, const PeerOrder& order) {
  const SortKey key = key_of(row, order);
  return {std::string(key.text), key.number, id_of(*row.judged), row.peer->public_key};
}

const JudgedDevice* find_device(const View& view, const DeviceId& id) {
  return find_device(view, id.first, id.second);
}

}  // namespace wgaudit
