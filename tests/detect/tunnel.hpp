// A gateway and the devices that hold one key of it, packet by packet, with the timers of WireGuard
// (drivers/net/wireguard/messages.h): what polls would show of endpoint and handshake.
//
// Times are seconds. Devices are initiators. What the gateway sends goes to whoever sent last,
// under the session of whoever shook hands last.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "collectors/model/endpoint.hpp"
#include "tests/detect/random.hpp"

namespace wgaudit::test {

inline constexpr double kNever = std::numeric_limits<double>::infinity();

enum class Use : std::uint8_t {
  browsing,  // packets at random, answered ones; unanswered it tries again later and later
  pinging,   // a packet a second, whether answered or not
  silent,    // nothing, but for keepalives where it has them
};

struct SimDevice {
  Use use = Use::browsing;
  double on_mean = 120, off_mean = 60;  // in use, not in use: how long at the mean
  bool persistent_keepalive = false;    // every 25 seconds
  double loss = 0.002;                  // of packets
  // Called at `next_move`: changes address, reach, next_move; may restart the tunnel.
  std::function<void(SimDevice&, double now, Random&)> move;
  Endpoint address;
  double next_move = kNever;
  bool reached = true;   // the network carries packets
  bool restart = false;  // the tunnel begins anew, with a handshake

  // The state of its tunnel.
  std::uint64_t session = 0;
  double established = -kNever;
  double unanswered_since = kNever;  // data sent, and nothing received since
  double retransmit_after = 1;
  double next_attempt = kNever, next_turn = 0, next_packet = kNever, next_keepalive = kNever;
  double drift = 0;  // of the second between two pings
  bool on = false;
};

struct SimGateway {
  std::uint64_t current = 0, previous = 0;  // sessions that it decrypts
  double last_handshake = -kNever;
  Endpoint endpoint;
  std::uint64_t handshakes = 0;
};

class Tunnel {
 public:
  Tunnel(std::vector<SimDevice> devices, std::uint64_t seed);
  // All that happens until then.
  void run_until(double time);
  [[nodiscard]] const SimGateway& gateway() const { return gateway_; }

 private:
  void act(SimDevice& device, double now);
  void turn(SimDevice& device, double now);
  void send(SimDevice& device, double now, bool data);
  void attempt(SimDevice& device, double now);

  Random random_;
  std::vector<SimDevice> devices_;
  std::vector<double> next_;  // of each device
  SimGateway gateway_;
  std::uint64_t sessions_ = 0;
};

}  // namespace wgaudit::test
