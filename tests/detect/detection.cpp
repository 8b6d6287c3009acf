// True and false alarms of the two rules that are statistics, over generated days. Prints its
// figures; exits 1 if they do not hold. Run it from a release build.
//   detection [DAYS]    1,000 by default
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/detect/key_days.hpp"
#include "tests/detect/traffic_days.hpp"

using namespace wgaudit;
using namespace wgaudit::test;

namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

bool holds(const KeyScenario& scenario, const KeyFigures& figures) {
  const auto share = [&](std::uint64_t days) {
    return static_cast<double>(days) / static_cast<double>(figures.days);
  };
  return share(figures.high_days) >= scenario.least_high &&
         share(figures.high_days) <= scenario.most_high &&
         share(figures.medium_days) <= scenario.most_medium;
}

bool show_shared_key(std::uint64_t days) {
  std::printf(
      "shared_key: %lu days of eight hours in use each, polled every 5 s; it takes %zu "
      "handshakes or %zu returns\n",
      days, kSharedHandshakes, kSharedReturns);
  std::printf("  %-40s %9s %9s %8s %8s %12s %18s\n", "", "days high", "days med.", "findings",
              "minutes", "handshakes/h", "most in 10 min");
  bool all_hold = true;
  for (const KeyScenario& scenario : key_scenarios()) {
    const KeyFigures figures = run_days(scenario, days);
    const bool good = holds(scenario, figures);
    all_hold = all_hold && good;
    std::printf("  %-40s %9lu %9lu %8lu %8.1f %12.1f %6zu hs. %4zu ret.%s\n",
                std::string(scenario.name).c_str(), figures.high_days, figures.medium_days,
                figures.findings, median(figures.minutes_until_high),
                static_cast<double>(figures.handshakes) / (8 * static_cast<double>(days)),
                figures.most.handshakes, figures.most.returns, good ? "" : "  FAIL");
  }
  return all_hold;
}

bool show_traffic(std::uint64_t peers) {
  std::printf(
      "\ntraffic_anomaly: %lu peers of 60 days each; bursts of an hour after that, in "
      "multiples of the mean minute\n",
      peers);
  std::printf("  %-42s %15s %8s %6s %6s %6s %10s\n", "", "findings/30 d", "limit", "8 x", "64 x",
              "512 x", "video call");
  bool all_hold = true;
  for (const TrafficScenario& scenario : traffic_scenarios()) {
    const TrafficFigures figures = run_traffic(scenario, peers);
    const bool good =
        figures.findings <= scenario.most_findings && figures.seen_8 >= scenario.least_seen_8 &&
        figures.seen_512 >= scenario.least_seen_512 && figures.seen_call <= scenario.most_seen_call;
    all_hold = all_hold && good;
    std::printf("  %-42s %15.3f %6.0f x %4.0f %% %4.0f %% %4.0f %% %8.0f %%%s\n",
                std::string(scenario.name).c_str(), figures.findings, figures.limit,
                100 * figures.seen_8, 100 * figures.seen_64, 100 * figures.seen_512,
                100 * figures.seen_call, good ? "" : "  FAIL");
  }
  return all_hold;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t days = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
  const bool keys = show_shared_key(days);
  const bool traffic = show_traffic(std::max<std::uint64_t>(days / 5, 1));
  return keys && traffic ? 0 : 1;
}
