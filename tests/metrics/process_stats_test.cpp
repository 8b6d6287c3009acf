#include "exporter/metrics/process_stats.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace wgaudit::test {
namespace {

TEST(ProcStat, IsParsedBehindAnyProgramName) {
  const std::string tail =
      " S 1 42 42 0 -1 4194560 100 0 3 0 11 7 0 0 20 0 5 0 123456 25600000 900 184467 1 1 0\n";
  const ProcStat want{11, 7, 123456, 5, 25600000, 900};
  for (const std::string name : {"(wgaudit)", "(a) b (c) )", "()"}) {
    EXPECT_EQ(parse_proc_stat("42 " + name + tail), want) << name;
  }
}

TEST(ProcStat, CutShortIsRefused) {
  for (const std::string text : {"", "42", "42 (x)", "42 (x) S 1 2 3", "42 (x)S 1"}) {
    EXPECT_EQ(parse_proc_stat(text), std::nullopt) << text;
  }
}

TEST(ProcessStats, SeeThisProcess) {
  const ProcessStats before = read_process_stats();
  ASSERT_TRUE(before.open_fds && before.threads && before.start_time_seconds);
  const int file = dup(0);
  const ProcessStats after = read_process_stats();
  close(file);
  EXPECT_EQ(*after.open_fds, *before.open_fds + 1);
  EXPECT_EQ(after.start_time_seconds, before.start_time_seconds);
  EXPECT_GE(*after.threads, 1);
  EXPECT_GT(*after.resident_memory_bytes, 100'000);
  EXPECT_GT(*after.virtual_memory_bytes, *after.resident_memory_bytes);
  EXPECT_NEAR(*after.start_time_seconds, static_cast<double>(time(nullptr)), 3600);
}

}  // namespace
}  // namespace wgaudit::test
