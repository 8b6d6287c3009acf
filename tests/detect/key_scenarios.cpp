#include <algorithm>
#include <cassert>
#include <string>

#include "tests/detect/key_days.hpp"

namespace wgaudit::test {
namespace {

Endpoint at(std::string_view text) {
  const auto endpoint = parse_endpoint(text);
  assert(endpoint);
  return *endpoint;
}

// Some address of a carrier that has many /24.
Endpoint carrier(Random& random) {
  Endpoint endpoint = at("100.64.0.1:1000");
  endpoint.address.bytes[1] = static_cast<std::uint8_t>(64 + random.below(8));
  endpoint.address.bytes[2] = static_cast<std::uint8_t>(random.below(256));
  endpoint.address.bytes[3] = static_cast<std::uint8_t>(1 + random.below(250));
  endpoint.port = static_cast<std::uint16_t>(1024 + random.below(60'000));
  return endpoint;
}

SimDevice browser(std::string_view address) {
  SimDevice device;
  device.address = at(address);
  return device;
}

std::vector<SimDevice> two_in_use(Random&) {
  return {browser("192.0.2.7:4000"), browser("198.51.100.9:5000")};
}

std::vector<SimDevice> two_pinging(Random& random) {
  auto devices = two_in_use(random);
  for (SimDevice& device : devices) device.use = Use::pinging, device.off_mean = 10;
  return devices;
}

// Two copies of a profile with `PersistentKeepalive = 25`, one of them on a shelf.
std::vector<SimDevice> one_with_keepalives(Random& random) {
  auto devices = two_in_use(random);
  for (SimDevice& device : devices) device.persistent_keepalive = true;
  devices[1].use = Use::silent;
  return devices;
}

std::vector<SimDevice> one_silent(Random& random) {
  auto devices = two_in_use(random);
  devices[1].use = Use::silent;
  return devices;
}

// At the edge of a Wi-Fi for eight hours. The Wi-Fi is kept until it is dead, so that some time
// passes without a network; to it the phone goes back without one. After a time without any network
// some clients begin the tunnel anew.
void flap(SimDevice& phone, double now, Random& random) {
  const bool on_wifi = phone.address.address == at("203.0.113.7:1").address;
  if (phone.reached && on_wifi && random.chance(0.4)) {
    phone.reached = false;
    phone.next_move = now + std::min(random.log_normal(8, 1), 90.0);
    return;
  }
  phone.restart = !phone.reached && random.chance(0.5);
  phone.reached = true;
  if (on_wifi) {
    // The lease of the carrier lasts, or the next attachment gets another address.
    phone.address = random.chance(0.3) ? carrier(random) : at("100.64.9.9:1700");
  } else {
    phone.address = at("203.0.113.7:4000");
  }
  phone.next_move = now + 10 + random.log_normal(80, 0.8);
}

std::vector<SimDevice> flapping(Random&) {
  SimDevice phone = browser("203.0.113.7:4000");
  phone.persistent_keepalive = true;
  phone.move = flap;
  phone.next_move = 30;
  return {phone};
}

// Three times in a row, each time in another of its networks at the worst; every half hour.
std::vector<SimDevice> restarted(Random&) {
  SimDevice laptop = browser("192.0.2.7:4000");
  laptop.next_move = 60;
  laptop.move = [left = 3](SimDevice& device, double now, Random& random) mutable {
    device.restart = true;
    device.address = random.chance(0.5) ? carrier(random) : at("192.0.2.7:4000");
    --left;
    device.next_move = now + (left > 0 ? random.uniform(5, 55) : 1800);
    if (left == 0) left = 3;
  };
  return {laptop};
}

// The carrier's NAT gives another address, half of the time of another /24, with every rekeying:
// two seconds before it is due.
std::vector<SimDevice> carrier_nat(Random& random) {
  SimDevice phone;
  phone.address = carrier(random);
  phone.persistent_keepalive = true;
  phone.next_move = 1;
  phone.move = [](SimDevice& device, double now, Random& any) {
    const auto network = device.address.address.bytes;
    const bool within = any.chance(0.5);
    device.address = carrier(any);
    if (within) std::copy_n(network.begin(), 3, device.address.address.bytes.begin());
    device.next_move = std::max(device.established + 118, now + any.uniform(20, 140));
  };
  return {phone};
}

// A client that tries both families whenever it connects, and connects whenever it is in doubt.
std::vector<SimDevice> both_families(Random&) {
  SimDevice laptop = browser("192.0.2.7:4000");
  laptop.next_move = 20;
  laptop.move = [](SimDevice& device, double now, Random& random) {
    const bool ipv4 = device.address.address.family == Family::ipv4;
    device.address = at(ipv4 ? "[2001:db8:7::1]:4000" : "192.0.2.7:4000");
    device.restart = random.chance(0.5);
    device.next_move = now + 5 + random.exponential(30);
  };
  return {laptop};
}

// Home, train, office: some moves a day, closed for a while before each, and often begun anew.
std::vector<SimDevice> roaming(Random&) {
  SimDevice laptop = browser("192.0.2.7:4000");
  laptop.next_move = 1200;
  laptop.move = [](SimDevice& device, double now, Random& random) {
    if (device.reached) {
      device.reached = false;
      device.next_move = now + random.log_normal(300, 1);
      return;
    }
    constexpr std::string_view kPlaces[] = {"192.0.2.7:4000", "198.51.100.9:1", "203.0.113.5:2"};
    device.reached = true;
    device.restart = random.chance(0.7);
    device.address = random.chance(0.3) ? carrier(random) : at(kPlaces[random.below(3)]);
    device.next_move = now + random.log_normal(2400, 1);
  };
  return {laptop};
}

// One tunnel after the other, some longer than a session lasts; seldom another address behind them.
std::vector<SimDevice> train(Random& random) {
  SimDevice phone;
  phone.address = carrier(random);
  phone.persistent_keepalive = true;
  phone.next_move = 60;
  phone.move = [](SimDevice& device, double now, Random& any) {
    device.reached = !device.reached;
    if (device.reached && any.chance(0.1)) device.address = carrier(any);
    device.next_move = now + (device.reached ? any.exponential(90) : any.log_normal(10, 1));
  };
  return {phone};
}

const KeyScenario kScenarios[] = {
    {"two devices, both in use", two_in_use, 1, 1, 1},
    {"two devices, both pinging every second", two_pinging, 1, 1, 1},
    {"two devices, one only keeps alive", one_with_keepalives, 0, 1, 1},
    {"two devices, one never active", one_silent, 0, 0, 0},
    {"phone flapping between LTE and Wi-Fi", flapping, 0, 0, 0},
    {"client restarted three times", restarted, 0, 0, 0},
    {"carrier-grade NAT", carrier_nat, 0, 0, 0},
    {"IPv4 and IPv6 in turn", both_families, 0, 0, 0},
    {"laptop that roams", roaming, 0, 0, 0},
    {"phone on a train", train, 0, 0, 0},
};

}  // namespace

std::span<const KeyScenario> key_scenarios() { return kScenarios; }

const KeyScenario* find_key_scenario(std::string_view name) {
  const auto* found = std::ranges::find(kScenarios, name, &KeyScenario::name);
  return found == std::end(kScenarios) ? nullptr : found;
}

}  // namespace wgaudit::test
