#include "collectors/dump/decoder.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kInterfaceFields = 4;  // without the interface column
constexpr std::size_t kPeerFields = 8;

void split(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  for (;;) {
    const auto tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return;
    line.remove_prefix(tab + 1);
  }
}

template <typename Integer>
std::optional<Integer> number(std::string_view digits, int base = 10) {
  Integer value = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

template <typename Integer>
std::optional<Integer> number_or_off(std::string_view text) {
  if (text == "off") return Integer{0};
  return number<Integer>(text);
}

std::optional<std::uint32_t> firewall_mark(std::string_view text) {
  if (text.starts_with("0x")) return number<std::uint32_t>(text.substr(2), 16);
  return number_or_off<std::uint32_t>(text);
}

// Looks without decoding, so that no byte of a secret key leaves the buffer.
enum class Secret { malformed, absent, present };
Secret look_at_secret(std::string_view text) {
  if (text == "(none)") return Secret::absent;
  if (text == "(hidden)") return Secret::present;
  if (text.size() != Key::kBase64Size || text.back() != '=') return Secret::malformed;
  bool zero = true;
  for (const char c : text.substr(0, Key::kBase64Size - 1)) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '/') return Secret::malformed;
    zero = zero && c == 'A';
  }
  return zero ? Secret::absent : Secret::present;
}

}  // namespace

std::expected<void, std::string> DumpDecoder::fail(std::string_view field,
                                                   std::string_view why) const {
  std::string text = "line " + std::to_string(line_number_) + ": ";
  return std::unexpected(text.append(field).append(": ").append(why));
}

std::expected<void, std::string> DumpDecoder::feed(std::string_view line) {
  ++line_number_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return {};
  split(line, fields_);
  const std::size_t count = fields_.size();
  if (columns_ == Columns::unknown) {
    columns_ = count == kInterfaceFields || count == kPeerFields ? Columns::without_interface
                                                                 : Columns::with_interface;
  }
  const std::size_t first = columns_ == Columns::with_interface ? 1 : 0;
  const std::string_view name = first == 1 ? fields_[0] : std::string_view(fallback_name_);
  if (count == kInterfaceFields + first) return interface_line(name, first);
  if (count == kPeerFields + first) return peer_line(name, first);
  const std::string expected = std::to_string(kInterfaceFields + first) + " or " +
                               std::to_string(kPeerFields + first) + " are expected";
  return fail("fields", std::to_string(count) + " of them where " + expected);
}

std::expected<void, std::string> DumpDecoder::interface_line(std::string_view name,
                                                             std::size_t first) {
  if (!is_interface_name(name)) return fail("interface", "not a name that the kernel takes");
  Device device;
  device.name = name;
  device.collector = CollectorKind::dump;
  device.implementation = Implementation::unknown;
  if (look_at_secret(fields_[first]) == Secret::malformed) return fail("private-key", "not a key");
  if (fields_[first + 1] != "(none)") {
    device.public_key = parse_key(fields_[first + 1]);
    if (!device.public_key) return fail("public-key", "not a key");
  }
  const auto port = number<std::uint16_t>(fields_[first + 2]);
  if (!port) return fail("listen-port", "not a port number");
  device.listen_port = *port;
  const auto mark = firewall_mark(fields_[first + 3]);
  if (!mark) return fail("fwmark", "neither \"off\" nor a 32 bit number");
  device.firewall_mark = *mark;
  if (!by_name_.emplace(name, pending_.size()).second) return fail("interface", "listed twice");
  pending_.push_back({std::move(device), {}});
  return {};
}

std::expected<void, std::string> DumpDecoder::peer_line(std::string_view name, std::size_t first) {
  if (pending_.empty()) return fail("interface", "a peer before its interface's own line");
  Pending* owner = &pending_.back();
  if (owner->device.name != name) {
    const auto found = by_name_.find(std::string(name));
    if (found == by_name_.end()) return fail("interface", "a peer before its interface's own line");
    owner = &pending_[found->second];
  }
  Peer peer;
  const auto public_key = parse_key(fields_[first]);
  if (!public_key) return fail("public-key", "not a key");
  peer.public_key = *public_key;
  const Secret preshared = look_at_secret(fields_[first + 1]);
  if (preshared == Secret::malformed) return fail("preshared-key", "not a key");
  peer.preshared_key = preshared == Secret::present ? PresharedKey::present : PresharedKey::absent;
  if (fields_[first + 2] != "(none)") {
    const auto endpoint = parse_endpoint_any_scope(fields_[first + 2]);
    if (!endpoint) return fail("endpoint", "not an address and port");
    peer.endpoint = *endpoint;
  }
  const auto handshake = number<std::int64_t>(fields_[first + 4]);
  if (!handshake) return fail("latest-handshake", "not a number of seconds");
  peer.last_handshake = from_timespec(*handshake, 0);
  const auto received = number<std::uint64_t>(fields_[first + 5]);
  if (!received) return fail("transfer-rx", "not a number of bytes");
  peer.received_bytes = *received;
  const auto sent = number<std::uint64_t>(fields_[first + 6]);
  if (!sent) return fail("transfer-tx", "not a number of bytes");
  peer.sent_bytes = *sent;
  const auto keepalive = number_or_off<std::uint16_t>(fields_[first + 7]);
  if (!keepalive) return fail("persistent-keepalive", "neither \"off\" nor seconds");
  peer.persistent_keepalive_seconds = *keepalive;
  if (!add_prefixes(fields_[first + 3], owner->device, peer)) {
    return fail("allowed-ips", "not a list of prefixes");
  }
  if (!owner->keys.insert(peer.public_key).second) {
    return fail("public-key", "this peer is on the interface twice");
  }
  owner->device.peers.push_back(peer);
  return {};
}

bool DumpDecoder::add_prefixes(std::string_view list, Device& device, Peer& peer) const {
  const auto offset = device.prefixes.size();
  peer.prefix_offset = static_cast<std::uint32_t>(offset);
  if (list == "(none)") return true;
  for (;;) {
    const auto comma = list.find(',');
    const auto prefix = parse_cidr(list.substr(0, comma));
    if (!prefix) return false;
    device.prefixes.push_back(*prefix);
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  const auto begin = device.prefixes.begin() + static_cast<std::ptrdiff_t>(offset);
  std::sort(begin, device.prefixes.end());
  device.prefixes.erase(std::unique(begin, device.prefixes.end()), device.prefixes.end());
  peer.prefix_count = static_cast<std::uint32_t>(device.prefixes.size() - offset);
  return true;
}

std::vector<Device> DumpDecoder::take() {
  std::vector<Device> devices;
  devices.reserve(pending_.size());
  for (Pending& pending : pending_) {
    normalize(pending.device);
    devices.push_back(std::move(pending.device));
  }
  pending_.clear();
  return devices;
}

}  // namespace wgaudit
