// What was sent over connections that acknowledge nothing but bytes, and may be lost with them: the
// last of it is sent again after a connection broke. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace wgaudit {

class SentWindow {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::uint64_t kEvents = 1'000;
  // A receiver that closed its end in order had read all of it; what it had for so long it has put
  // where it belongs. Or each idle connection that is closed would bring everything again.
  static constexpr std::chrono::seconds kBelieved{60};

  enum class Ending : std::uint8_t { broken, in_order };

  // Of one installation; by sequence.
  void sent(std::uint64_t first, std::uint64_t last, Time now);
  // After which sequence to go on; nullopt: nothing can be lost. All is forgotten: it is sent
  // again.
  [[nodiscard]] std::optional<std::uint64_t> ended(Ending ending, Time now);
  void clear() { batches_.clear(); }

 private:
  struct Batch {
    std::uint64_t first, last;
    Time at;
  };
  std::deque<Batch> batches_;
};

}  // namespace wgaudit
