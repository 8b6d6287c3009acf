#include "tests/detect/tunnel.hpp"

#include <algorithm>

namespace wgaudit::test {
namespace {

constexpr double kRekeyAfter = 120, kRejectAfter = 180, kRekeyTimeout = 5, kGiveUpAfter = 15;
constexpr double kRekeyJitter = 0.333, kPersistentKeepalive = 25;

double next_of(const SimDevice& device) {
  const double give_up = device.unanswered_since + kGiveUpAfter;
  return std::min({device.next_move, device.next_turn, device.next_packet, device.next_keepalive,
                   device.next_attempt, give_up});
}

// When it sends again, after a packet at `now`.
double packet_after(SimDevice& device, double now, Random& random) {
  if (!device.on || device.use == Use::silent) return kNever;
  if (device.use == Use::pinging) return now + 1 + device.drift;
  if (device.unanswered_since == kNever) {
    device.retransmit_after = 1;
    return now + std::clamp(random.exponential(0.7), 0.02, 3.0);
  }
  const double wait = device.retransmit_after;
  device.retransmit_after = std::min(wait * 2, 64.0);
  return now + wait;
}

}  // namespace

Tunnel::Tunnel(std::vector<SimDevice> devices, std::uint64_t seed)
    : random_(seed), devices_(std::move(devices)) {
  for (SimDevice& device : devices_) {
    device.drift = random_.uniform(0.0002, 0.003);
    device.next_turn = random_.uniform(0, device.off_mean);
    if (device.persistent_keepalive) device.next_keepalive = random_.uniform(0, 25);
    next_.push_back(next_of(device));
  }
}

void Tunnel::run_until(double time) {
  for (;;) {
    const auto first = std::ranges::min_element(next_);
    if (*first > time) return;
    SimDevice& device = devices_[static_cast<std::size_t>(first - next_.begin())];
    act(device, *first);
    *first = next_of(device);
  }
}

void Tunnel::act(SimDevice& device, double now) {
  if (device.next_move <= now) device.move(device, now, random_);
  if (device.restart) {
    device.restart = false;
    device.session = 0;
    device.next_attempt = now + 0.3;
  }
  if (device.next_turn <= now) turn(device, now);
  if (device.unanswered_since + kGiveUpAfter <= now) {
    device.unanswered_since = kNever;
    device.next_attempt = std::min(device.next_attempt, now + random_.uniform(0, kRekeyJitter));
  }
  if (device.next_attempt <= now) attempt(device, now);
  if (device.next_keepalive <= now) send(device, now, false);
  if (device.next_packet <= now) send(device, now, true);
}

void Tunnel::turn(SimDevice& device, double now) {
  device.on = !device.on;
  const double mean = device.on ? device.on_mean : device.off_mean;
  device.next_turn = now + 1 + random_.exponential(mean);
  device.next_packet = device.on && device.use != Use::silent ? now : kNever;
}

void Tunnel::send(SimDevice& device, double now, bool data) {
  const double age = now - device.established;
  const bool usable = device.session != 0 && age < kRejectAfter;
  const bool arrives = usable && device.reached && !random_.chance(device.loss);
  const bool decrypts = device.session == gateway_.current || device.session == gateway_.previous;
  if (arrives && decrypts) gateway_.endpoint = device.address;
  const bool answered = arrives && device.session == gateway_.current;
  if (data && answered) device.unanswered_since = kNever;
  if (data && usable && !answered) {
    device.unanswered_since = std::min(device.unanswered_since, now);
  }
  if (!usable || age >= kRekeyAfter)
    device.next_attempt = std::min(device.next_attempt, now + 0.05);
  if (device.persistent_keepalive) device.next_keepalive = now + kPersistentKeepalive;
  if (data) device.next_packet = packet_after(device, now, random_);
}

void Tunnel::attempt(SimDevice& device, double now) {
  if (!device.reached || random_.chance(2 * device.loss)) {
    device.next_attempt = now + kRekeyTimeout + random_.uniform(0, kRekeyJitter);
    return;
  }
  gateway_.previous = gateway_.current;
  gateway_.current = device.session = ++sessions_;
  gateway_.last_handshake = now;
  gateway_.endpoint = device.address;
  ++gateway_.handshakes;
  device.established = now;
  device.unanswered_since = kNever;
  device.next_attempt = kNever;
  // What waited goes out with it.
  if (device.on && device.use == Use::browsing) device.next_packet = now + 0.02;
}

}  // namespace wgaudit::test
