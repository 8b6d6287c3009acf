#include "collectors/uapi/decoder.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <chrono>
#include <utility>

#include "collectors/uapi/public_key.hpp"

namespace wgaudit {
namespace {

// Under this a "time" of the last handshake is an age: boringtun sends the seconds since then
// (cloudflare/boringtun#447), and no WireGuard shook hands before September 2001.
constexpr std::int64_t kFirstPlausibleSecond = 1'000'000'000;

template <typename Integer>
bool read_number(std::string_view digits, Integer& value) {
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value);
  return error == std::errc{} && rest == end;
}

bool is_hex_key(std::string_view text) {
  return text.size() == 2 * Key::kSize &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

void take_handshake(std::int64_t seconds, std::int64_t nanoseconds, WallTime now, Peer& peer) {
  const bool age = seconds > 0 && seconds < kFirstPlausibleSecond;
  peer.last_handshake = from_timespec(seconds, nanoseconds);
  if (!age) return;
  peer.last_handshake = now - peer.last_handshake.time_since_epoch();
  peer.handshake_clock = HandshakeClock::elapsed;
}

}  // namespace

std::expected<UapiDecoder::Progress, std::string> UapiDecoder::feed(std::string_view line) {
  ++line_number_;
  if (line.empty()) {
    end_peer();
    return Progress::done;
  }
  const auto fail = [this](std::string_view field, std::string_view why) {
    std::string text = "line " + std::to_string(line_number_) + ": ";
    return std::unexpected(text.append(field).append(": ").append(why));
  };
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return fail("line", "not key=value");
  const std::string_view field = line.substr(0, equals);
  const std::string_view value = line.substr(equals + 1);
  Outcome outcome;
  if (field == "errno") {
    outcome = read_number(value, error_number_.emplace()) ? Outcome::good : Outcome::malformed;
  } else if (field == "public_key") {
    outcome = begin_peer(value);
  } else {
    outcome = in_peer_ ? peer_field(field, value) : device_field(field, value);
  }
  switch (outcome) {
    case Outcome::malformed:  // the name of a field that is known is no secret
      return fail(field, "malformed");
    case Outcome::duplicate:
      return fail(field, "this peer is on the interface twice");
    case Outcome::too_many:
      return fail(field, "too many");
    case Outcome::good:
    case Outcome::unknown:  // implementations add fields: they are passed over
      break;
  }
  return Progress::more;
}

UapiDecoder::Outcome UapiDecoder::device_field(std::string_view field, std::string_view value) {
  bool good = true;
  if (field == "private_key") {
    good = is_hex_key(value);
    if (good) device_.public_key = derive_public_key(value);
  } else if (field == "listen_port") {
    good = read_number(value, device_.listen_port);
  } else if (field == "fwmark") {
    good = read_number(value, device_.firewall_mark);
  } else {
    return Outcome::unknown;
  }
  return good ? Outcome::good : Outcome::malformed;
}

UapiDecoder::Outcome UapiDecoder::begin_peer(std::string_view value) {
  end_peer();
  const auto public_key = parse_hex_key(value);
  if (!public_key) return Outcome::malformed;
  if (device_.peers.size() == limits_.peers) return Outcome::too_many;
  if (!keys_.insert(*public_key).second) return Outcome::duplicate;
  Peer& peer = device_.peers.emplace_back();
  peer.public_key = *public_key;
  peer.prefix_offset = static_cast<std::uint32_t>(device_.prefixes.size());
  in_peer_ = true;
  return Outcome::good;
}

UapiDecoder::Outcome UapiDecoder::peer_field(std::string_view field, std::string_view value) {
  Peer& peer = device_.peers.back();
  bool good = true;
  if (field == "preshared_key") {
    good = is_hex_key(value);
    const bool zero = value.find_first_not_of('0') == std::string_view::npos;
    peer.preshared_key = zero ? PresharedKey::absent : PresharedKey::present;
  } else if (field == "endpoint") {
    const auto endpoint = parse_endpoint_any_scope(value);
    good = endpoint.has_value();
    if (good) peer.endpoint = *endpoint;
  } else if (field == "last_handshake_time_sec") {
    good = read_number(value, handshake_seconds_) && handshake_seconds_ >= 0;
  } else if (field == "last_handshake_time_nsec") {
    good = read_number(value, handshake_nanoseconds_);
  } else if (field == "tx_bytes") {
    good = read_number(value, peer.sent_bytes);
  } else if (field == "rx_bytes") {
    good = read_number(value, peer.received_bytes);
  } else if (field == "persistent_keepalive_interval") {
    good = read_number(value, peer.persistent_keepalive_seconds);
  } else if (field == "allowed_ip") {
    return add_prefix(value);
  } else {
    return Outcome::unknown;
  }
  return good ? Outcome::good : Outcome::malformed;
}

UapiDecoder::Outcome UapiDecoder::add_prefix(std::string_view value) {
  const auto prefix = parse_cidr(value);
  if (!prefix) return Outcome::malformed;
  if (device_.prefixes.size() == limits_.prefixes) return Outcome::too_many;
  device_.prefixes.push_back(*prefix);
  return Outcome::good;
}

void UapiDecoder::end_peer() {
  if (!in_peer_) return;
  Peer& peer = device_.peers.back();
  take_handshake(handshake_seconds_, handshake_nanoseconds_, now_, peer);
  const auto begin = device_.prefixes.begin() + static_cast<std::ptrdiff_t>(peer.prefix_offset);
  std::sort(begin, device_.prefixes.end());
  device_.prefixes.erase(std::unique(begin, device_.prefixes.end()), device_.prefixes.end());
  peer.prefix_count = static_cast<std::uint32_t>(device_.prefixes.size() - peer.prefix_offset);
  handshake_seconds_ = handshake_nanoseconds_ = 0;
  in_peer_ = false;
}

std::expected<Device, std::string> UapiDecoder::take() {
  assert(!in_peer_);
  const std::int64_t error_number = error_number_.value_or(0);
  const bool empty = device_.peers.empty() && !device_.public_key && device_.listen_port == 0;
  if (error_number != 0 && empty) {
    return std::unexpected("the implementation answers errno " + std::to_string(error_number));
  }
  // Without an errno line, or with one that is not 0, nothing says that all of it came.
  const bool whole = error_number_ && error_number == 0;
  device_.completeness = whole ? Completeness::complete : Completeness::incomplete;
  device_.collector = CollectorKind::uapi;
  device_.implementation = Implementation::userspace;
  normalize(device_);
  return std::move(device_);
}

}  // namespace wgaudit
