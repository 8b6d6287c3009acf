#include <algorithm>
#include <string_view>

#include "exporter/store/device_rows.hpp"

namespace wgaudit {
namespace {

// Compared here, so that an unchanged row dirties no page.
constexpr std::string_view kPut =
    "INSERT INTO traffic VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET"
    " mean = ?3, variance = ?4, minutes = ?5 WHERE (mean, variance, minutes) IS NOT (?3, ?4, ?5)";
constexpr std::string_view kLoad =
    "SELECT public_key, mean, variance, minutes FROM traffic WHERE device = ?";

}  // namespace

TrafficRows::TrafficRows(Database& database)
    : database_(database),
      put_(database, kPut),
      remove_(database, "DELETE FROM traffic WHERE device = ? AND public_key = ?"),
      load_(database, kLoad) {}

bool TrafficRows::put(std::int64_t device, const PeerMemory& peer) {
  const auto& [mean, variance, minutes] = peer.traffic;
  return minutes == 0 || put_.run({device, peer.public_key, mean, variance, minutes});
}

bool TrafficRows::remove(std::int64_t device, const Key& key) { return remove_.run({device, key}); }

bool TrafficRows::load(std::int64_t device, std::vector<PeerMemory>& peers) {
  load_.start({device});
  while (auto row = load_.next()) {
    const Key key = row->key();
    const TrafficLevel level{row->real(), row->real(), row->narrow<std::uint32_t>()};
    const auto peer = std::ranges::lower_bound(peers, key, {}, &PeerMemory::public_key);
    const bool known = peer != peers.end() && peer->public_key == key;
    if (!row->sound() || level.variance < 0 || !known) {
      database_.note_corrupt("traffic of a peer that makes no sense");
      load_.finish();
      return false;
    }
    peer->traffic = level;
  }
  return !database_.failed();
}

}  // namespace wgaudit
