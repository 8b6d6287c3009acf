#include "exporter/store/device_rows.hpp"

#include <string_view>
#include <tuple>

namespace wgaudit {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO devices (netns, name, collector, implementation, netns_device, netns_inode,"
    " link_index, public_key, listen_port, firewall_mark) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kUpdate =
    "UPDATE devices SET collector = ?2, implementation = ?3, netns_device = ?4, netns_inode = ?5,"
    " link_index = ?6, public_key = ?7, listen_port = ?8, firewall_mark = ?9 WHERE id = ?1";

DeviceId read_id(Columns& row) {
  DeviceId id;
  id.first = row.text();
  id.second = row.text();
  return id;
}

DeviceTold read_told(Columns& row) {
  DeviceTold told;
  told.collector = row.enumerator(CollectorKind::netlink, CollectorKind::dump);
  told.implementation = row.enumerator(Implementation::kernel, Implementation::unknown);
  told.netns_device = row.counter();
  told.netns_inode = row.counter();
  told.link_index = row.maybe(&Columns::narrow<std::uint32_t>);
  told.public_key = row.maybe(&Columns::key);
  told.listen_port = row.narrow<std::uint16_t>();
  told.firewall_mark = row.narrow<std::uint32_t>();
  return told;
}

// Without a link: of that nothing is remembered but its index.
Device device_of(const DeviceId& id, const DeviceTold& told, BootTime observed_at) {
  Device device;
  std::tie(device.netns, device.name) = id;
  device.collector = told.collector;
  device.implementation = told.implementation;
  device.netns_device = told.netns_device;
  device.netns_inode = told.netns_inode;
  device.public_key = told.public_key;
  device.listen_port = told.listen_port;
  device.firewall_mark = told.firewall_mark;
  device.observed_at = observed_at;
  return device;
}

}  // namespace

DeviceRows::DeviceRows(Database& database)
    : database_(database),
      find_(database, "SELECT id FROM devices WHERE netns = ? AND name = ?"),
      insert_(database, kInsert),
      update_(database, kUpdate),
      rename_(database, "UPDATE devices SET netns = ?, name = ? WHERE netns = ? AND name = ?"),
      remove_(database, "DELETE FROM devices WHERE netns = ? AND name = ?"),
      load_(database,
            "SELECT netns, name, collector, implementation, netns_device, netns_inode,"
            " link_index, public_key, listen_port, firewall_mark, id FROM devices") {}

std::optional<std::int64_t> DeviceRows::find(const DeviceId& id) {
  find_.start({id.first, id.second});
  auto row = find_.next();
  if (!row) return std::nullopt;
  const std::int64_t found = row->integer();
  find_.finish();
  return found;
}

std::optional<std::int64_t> DeviceRows::put(const DeviceId& id,
                                            const std::optional<DeviceTold>& told) {
  const auto found = find(id);
  if (database_.failed() || (found && !told)) return found;
  const DeviceTold written = told.value_or(DeviceTold{});
  const auto& [collector, implementation, netns_device, netns_inode, link_index, public_key,
               listen_port, firewall_mark] = written;
  if (found) {
    const bool done = update_.run({*found, collector, implementation, netns_device, netns_inode,
                                   link_index, public_key, listen_port, firewall_mark});
    return done ? found : std::nullopt;
  }
  const bool done = insert_.run({id.first, id.second, collector, implementation, netns_device,
                                 netns_inode, link_index, public_key, listen_port, firewall_mark});
  if (!done) return std::nullopt;
  return database_.last_row();
}

// As Memory::apply() does it: a name that is taken stays with who has it.
bool DeviceRows::rename(const DeviceId& from, const DeviceId& to) {
  if (find(to)) return remove(from);
  return !database_.failed() && rename_.run({to.first, to.second, from.first, from.second});
}

bool DeviceRows::remove(const DeviceId& id) { return remove_.run({id.first, id.second}); }

bool DeviceRows::load(PeerRows& peers, BootTime observed_at,
                      std::map<DeviceId, DeviceMemory>& devices) {
  load_.start();
  while (auto row = load_.next()) {
    const DeviceId id = read_id(*row);
    DeviceMemory memory;
    memory.is_told = true;
    memory.told = read_told(*row);
    const std::int64_t number = row->integer();
    if (!row->sound()) database_.note_corrupt("a device that makes no sense");
    auto last = std::make_shared<Device>(device_of(id, memory.told, observed_at));
    if (database_.failed() || !peers.load(number, memory, *last)) {
      load_.finish();
      return false;
    }
    normalize(*last);
    memory.last = std::move(last);
    devices.emplace(id, std::move(memory));
  }
  return !database_.failed();
}

}  // namespace wgaudit
