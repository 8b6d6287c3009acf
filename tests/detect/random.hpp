// Random numbers for traces: the same seed gives the same trace on every machine.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace wgaudit::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  double uniform(double from, double to) {
    constexpr double kScale = 0x1p-53;
    return from + (to - from) * static_cast<double>(engine_() >> 11U) * kScale;
  }
  bool one_in(double n) { return uniform(0, n) < 1; }
  bool chance(double p) { return uniform(0, 1) < p; }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  double exponential(double mean) { return -mean * std::log(1 - uniform(0, 1)); }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform(0, 1)));
    return radius * std::cos(2 * std::numbers::pi * uniform(0, 1));
  }
  // With this median; `spread` is the deviation of its natural logarithm.
  double log_normal(double median, double spread) { return median * std::exp(spread * normal()); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace wgaudit::test
