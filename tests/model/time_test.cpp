#include "collectors/model/time.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace wgaudit {
namespace {

using namespace std::chrono_literals;

TEST(Time, Rfc3339) {
  struct Case {
    std::string_view input, want;
  };
  const Case cases[] = {
      {"2026-08-01T00:00:00Z", "2026-08-01T00:00:00.000Z"},
      {"2026-08-01T02:30:00.5+02:30", "2026-08-01T00:00:00.500Z"},
      {"2026-07-31T23:00:00-01:00", "2026-08-01T00:00:00.000Z"},
      {"2027-01-31", "2027-01-31T00:00:00.000Z"},
      {"2024-02-29t23:59:59z", "2024-02-29T23:59:59.000Z"},
      {"1970-01-01T00:00:00.123456789Z", "1970-01-01T00:00:00.123Z"},
  };
  for (const auto& c : cases) {
    const auto got = parse_rfc3339(c.input);
    ASSERT_TRUE(got) << c.input;
    EXPECT_EQ(to_rfc3339(*got), c.want);
  }
  for (const std::string_view text :
       {"", "2026", "2026-02-30", "2026-13-01", "2026-08-01T", "2026-08-01T00:00:00",
        "2026-08-01T24:00:00Z", "2026-08-01T00:00:00.Z", "2026-08-01T00:00:00Zx",
        "2026-08-01T00:00:00+0200", "yesterday", "3026-08-01", "2026-8-1"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(Time, Durations) {
  struct Case {
    std::string_view input;
    Duration want;
    std::string_view printed;
  };
  const Case cases[] = {
      {"90s", 90s, "1m30s"},     {"1h30m", 90min, "1h30m"}, {"2w", 336h, "2w"},  {"0", 0s, "0s"},
      {"250ms", 250ms, "250ms"}, {"30d", 720h, "30d"},      {"1y", 8760h, "1y"}, {"5m", 5min, "5m"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(parse_duration(c.input), c.want) << c.input;
    EXPECT_EQ(to_string(c.want), c.printed);
    EXPECT_EQ(parse_duration(to_string(c.want)), c.want);
  }
  for (const std::string_view text :
       {"", "5", "-5s", "5 s", "1m1h", "1s1s", "s", "1.5h", "999999999999y", "5µs", "1h30"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Time, TimespecsNeverOverflow) {
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(from_timespec(0, 0), WallTime{});
  EXPECT_EQ(from_timespec(1, 5), WallTime{1s + 5ns});
  EXPECT_GT(from_timespec(kMax, kMax), WallTime{});
  EXPECT_LT(from_timespec(kMin, kMin), WallTime{});
  EXPECT_EQ(from_timespec(1, -1), WallTime{1s});
}

}  // namespace
}  // namespace wgaudit
