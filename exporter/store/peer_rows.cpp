#include <bit>
#include <cstring>
#include <string>
#include <string_view>

#include "exporter/store/device_rows.hpp"

namespace wgaudit {
namespace {

// u8 family, u8 length, 4 or 16 bytes; one after the other.
std::string encode_prefixes(const std::vector<Cidr>& prefixes) {
  std::string bytes;
  for (const Cidr& prefix : prefixes) {
    bytes += static_cast<char>(prefix.address.family);
    bytes += static_cast<char>(prefix.length);
    bytes.append(reinterpret_cast<const char*>(prefix.address.bytes.data()),
                 address_bits(prefix.address.family) / 8);
  }
  return bytes;
}

std::optional<std::vector<Cidr>> decode_prefixes(std::string_view bytes) {
  std::vector<Cidr> prefixes;
  while (!bytes.empty()) {
    if (bytes.size() < 2 || (bytes[0] != 4 && bytes[0] != 6)) return std::nullopt;
    Cidr prefix;
    prefix.address.family = static_cast<Family>(bytes[0]);
    prefix.length = static_cast<std::uint8_t>(bytes[1]);
    const unsigned bits = address_bits(prefix.address.family);
    bytes.remove_prefix(2);
    if (bytes.size() < bits / 8 || prefix.length > bits) return std::nullopt;
    std::memcpy(prefix.address.bytes.data(), bytes.data(), bits / 8);
    bytes.remove_prefix(bits / 8);
    if (masked(prefix) != prefix) return std::nullopt;
    prefixes.push_back(prefix);
  }
  return prefixes;
}

constexpr std::string_view kPut =
    "INSERT OR REPLACE INTO peers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
    " ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31,"
    " ?32, ?33)";
// Compared here, so that an unchanged row dirties no page.
constexpr std::string_view kLearn =
    "UPDATE peers SET first_seen = ?3, last_handshake = ?4, last_handshake_boot = ?5,"
    " raw_handshake = ?6, received_base = ?7, sent_base = ?8, unobserved = ?9,"
    " received = ?10, sent = ?11, first_seen_boot = ?12"
    " WHERE device = ?1 AND public_key = ?2 AND (first_seen, last_handshake, last_handshake_boot,"
    " raw_handshake, received_base, sent_base, unobserved, received, sent, first_seen_boot) IS NOT"
    " (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
constexpr std::string_view kLoad = "SELECT * FROM peers WHERE device = ? ORDER BY public_key";

// Of a peer that is not there the counters are as if at zero: the bases of its session are so, too.
std::uint64_t received_of(const Peer* peer) { return peer != nullptr ? peer->received_bytes : 0; }
std::uint64_t sent_of(const Peer* peer) { return peer != nullptr ? peer->sent_bytes : 0; }

std::optional<SessionMemory> read_session(Columns& row) {
  const auto number = row.maybe(&Columns::counter);
  const auto started = row.maybe(&Columns::wall);
  const auto start_unknown = row.maybe(&Columns::flag);
  const auto announced = row.maybe(&Columns::flag);
  if (!number) return std::nullopt;
  row.require(started && start_unknown && announced);
  return SessionMemory{*number, started.value_or(WallTime{}), start_unknown.value_or(false),
                       announced.value_or(false)};
}

PeerTold read_told(Columns& row) {
  PeerTold told;
  told.preshared_key = row.enumerator(PresharedKey::absent, PresharedKey::present);
  told.persistent_keepalive_seconds = row.narrow<std::uint16_t>();
  told.endpoint.address = row.address();
  told.endpoint.port = row.narrow<std::uint16_t>();
  told.endpoint.scope_id = row.narrow<std::uint32_t>();
  auto prefixes = decode_prefixes(row.blob());
  row.require(prefixes.has_value());
  if (prefixes) told.prefixes = *std::move(prefixes);
  told.session = read_session(row);
  told.sessions = row.counter();
  told.endpoint_changes = row.counter();
  told.added_sequence = row.counter();
  told.session_throttle.full_at = row.boot();
  told.endpoint_throttle.full_at = row.boot();
  told.suppressed.sessions_started = row.narrow<std::uint32_t>();
  told.suppressed.sessions_ended = row.narrow<std::uint32_t>();
  told.suppressed.endpoints_changed = row.narrow<std::uint32_t>();
  told.suppressed.first = row.wall();
  told.suppressed.last = row.wall();
  told.suppressed.first_boot = row.boot();
  return told;
}

PeerLearned read_learned(Columns& row) {
  PeerLearned learned;
  learned.first_seen = row.wall();
  learned.last_handshake = row.wall();
  learned.last_handshake_boot = row.boot();
  learned.raw_handshake = row.wall();
  learned.session_received_base = row.counter();
  learned.session_sent_base = row.counter();
  learned.session_unobserved = row.duration();
  return learned;
}

// As the last poll is remembered to have had it.
void add_peer(Device& device, const PeerMemory& memory, Columns& row) {
  Peer peer;
  peer.public_key = memory.public_key;
  peer.last_handshake = memory.learned.raw_handshake;
  peer.received_bytes = row.counter();
  peer.sent_bytes = row.counter();
  peer.endpoint = memory.told.endpoint;
  peer.persistent_keepalive_seconds = memory.told.persistent_keepalive_seconds;
  peer.preshared_key = memory.told.preshared_key;
  peer.prefix_offset = static_cast<std::uint32_t>(device.prefixes.size());
  peer.prefix_count = static_cast<std::uint32_t>(memory.told.prefixes.size());
  device.prefixes.insert(device.prefixes.end(), memory.told.prefixes.begin(),
                         memory.told.prefixes.end());
  device.peers.push_back(peer);
}

}  // namespace

PeerRows::PeerRows(Database& database)
    : database_(database),
      put_(database, kPut),
      learn_(database, kLearn),
      remove_(database, "DELETE FROM peers WHERE device = ? AND public_key = ?"),
      load_(database, kLoad),
      traffic_(database) {}

bool PeerRows::put(std::int64_t device, const PeerMemory& peer, const Peer* now) {
  // Bound by position: a new member must find its place here.
  const auto& [preshared_key, keepalive, endpoint, prefixes, session, sessions, endpoint_changes,
               added_sequence, session_throttle, endpoint_throttle, suppressed] = peer.told;
  const auto& [started, ended, endpoints, first, last, first_boot] = suppressed;
  const auto& [first_seen, first_seen_boot, last_handshake, last_handshake_boot, raw_handshake,
               received_base, sent_base, unobserved] = peer.learned;
  const auto& [address, reserved, port, scope] = endpoint;
  const std::string prefix_bytes = encode_prefixes(prefixes);
  const Bound null = std::nullopt;
  return traffic_.put(device, peer) && put_.run({device,
                                                 peer.public_key,
                                                 preshared_key,
                                                 keepalive,
                                                 address,
                                                 port,
                                                 scope,
                                                 Blob{prefix_bytes},
                                                 session ? Bound(session->number) : null,
                                                 session ? Bound(session->started) : null,
                                                 session ? Bound(session->start_unknown) : null,
                                                 session ? Bound(session->announced) : null,
                                                 sessions,
                                                 endpoint_changes,
                                                 added_sequence,
                                                 session_throttle.full_at,
                                                 endpoint_throttle.full_at,
                                                 started,
                                                 ended,
                                                 endpoints,
                                                 first,
                                                 last,
                                                 first_boot,
                                                 first_seen,
                                                 last_handshake,
                                                 last_handshake_boot,
                                                 raw_handshake,
                                                 received_base,
                                                 sent_base,
                                                 unobserved,
                                                 received_of(now),
                                                 sent_of(now),
                                                 first_seen_boot});
}

bool PeerRows::learn(std::int64_t device, const PeerMemory& peer, const Peer* now) {
  const auto& [first_seen, first_seen_boot, last_handshake, last_handshake_boot, raw_handshake,
               received_base, sent_base, unobserved] = peer.learned;
  return traffic_.put(device, peer) &&
         learn_.run({device, peer.public_key, first_seen, last_handshake, last_handshake_boot,
                     raw_handshake, received_base, sent_base, unobserved, received_of(now),
                     sent_of(now), first_seen_boot});
}

bool PeerRows::remove(std::int64_t device, const Key& key) {
  return traffic_.remove(device, key) && remove_.run({device, key});
}

bool PeerRows::load(std::int64_t device, DeviceMemory& memory, Device& last) {
  load_.start({device});
  while (auto row = load_.next()) {
    row->integer();  // device
    PeerMemory peer;
    peer.public_key = row->key();
    peer.is_told = true;
    peer.told = read_told(*row);
    peer.learned = read_learned(*row);
    add_peer(last, peer, *row);
    peer.learned.first_seen_boot = row->boot();  // came with version 2: after all others
    if (!row->sound()) {
      database_.note_corrupt("a peer that makes no sense");
      load_.finish();
      return false;
    }
    memory.peers.push_back(std::move(peer));
  }
  return !database_.failed() && traffic_.load(device, memory.peers);
}

}  // namespace wgaudit
