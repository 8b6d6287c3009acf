// Segments that the file sink removes: what stays, and what the log says of the rest.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "exporter/sinks/segment_limits.hpp"
#include "tests/sinks/events.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"
#include "tests/verify/signed_log.hpp"

namespace wgaudit::test {
namespace {

std::vector<SegmentFile> files(std::size_t count) {
  std::vector<SegmentFile> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back({{wall("2026-11-01T00:00:00Z") + i * std::chrono::hours{24}, i + 1, 0}, 100});
  }
  return all;
}

TEST(SegmentLimits, TheOldestGoAndTheNewestStays) {
  const WallTime now = wall("2026-11-10T12:00:00Z");  // in the tenth of ten days
  struct Case {
    SegmentLimits limits;
    std::size_t count;
    std::string_view reason;
  };
  for (const auto& [limits, count, reason] : {
           Case{{}, 0, ""},
           Case{{10, 0, {}}, 0, ""},
           Case{{7, 0, {}}, 3, "max-segments"},
           Case{{1, 0, {}}, 9, "max-segments"},
           Case{{0, 1000, {}}, 0, ""},
           Case{{0, 999, {}}, 1, "max-bytes"},
           Case{{0, 1, {}}, 9, "max-bytes"},
           // A segment is as old as its last line: it ended when the next began.
           Case{{0, 0, std::chrono::hours{24 * 8 + 12}}, 0, ""},
           Case{{0, 0, std::chrono::hours{24 * 8 + 11}}, 1, "max-age"},
           Case{{0, 0, std::chrono::hours{1}}, 9, "max-age"},
           Case{{8, 300, std::chrono::hours{24 * 6}}, 7, "max-bytes"},
       }) {
    const Removal removal = choose_removal(files(10), limits, now);
    EXPECT_EQ(removal.count, count);
    EXPECT_EQ(removal.reason, reason);
  }
  EXPECT_EQ(choose_removal(files(1), {1, 1, std::chrono::hours{1}}, now).count, 0U);
  EXPECT_EQ(choose_removal({}, {1, 1, std::chrono::hours{1}}, now).count, 0U);
}

class RetentionTest : public testing::Test {
 protected:
  FileSinkOptions options(std::uint64_t max_segments) {
    FileSinkOptions options = log_options(directory_.path(), {.segment_bytes = 20'000});
    options.limits.max_segments = max_segments;
    return options;
  }
  static void deliver(FileSink& sink, std::uint64_t last) {
    std::uint64_t position = sink.resume(kInstallation, std::nullopt);
    for (; position < last; ++position) ASSERT_TRUE(sink.deliver(batch(position + 1, 1)));
    sink.tend(false);
    sink.end();
  }
  [[nodiscard]] LogVerdict verify() const { return verify_log(directory_.path()); }

  TempDir directory_;
};

TEST_F(RetentionTest, WhatIsRemovedIsRecordedFirst) {
  Files all;
  {
    FileSink keeps(options(0));
    deliver(keeps, 200);
    all = read_files(directory_.path());
    ASSERT_GT(all.size(), 10U);
  }
  FileSink sink(options(4));
  deliver(sink, 230);
  const Files left = read_files(directory_.path());
  EXPECT_LE(left.size(), 4U);
  const LogVerdict verdict = verify();
  EXPECT_EQ(exit_code_of(verdict), 0) << to_text(verdict);
  EXPECT_GE(verdict.removed_segments, all.size() - 4);
  EXPECT_EQ(sink.status().removal_error, "");
  // Digests of files that somebody kept can be compared.
  std::string text;
  for (const auto& [name, bytes] : left) text += bytes;
  for (const auto& [name, bytes] : all) {
    if (left.contains(name) || name == all.rbegin()->first) continue;
    EXPECT_NE(text.find('"' + name + '"'), std::string::npos) << name;
    EXPECT_NE(text.find(sha256_hex(bytes)), std::string::npos) << name;
  }
}

// With `sync: off` too: power loss must not leave a log that lacks both files and record.
TEST_F(RetentionTest, TheRecordIsOnTheDiskBeforeAFileGoes) {
  auto unsynced = options(4);
  unsynced.sync = SyncPolicy::off;
  int syncs = 0, removals = 0;
  bool removes = false;
  unsynced.ops.sync_data = [&](int fd) {
    ++syncs;
    removes = true;
    return fdatasync(fd);
  };
  unsynced.ops.remove = [&](int directory, const char* name) {
    EXPECT_TRUE(removes) << "nothing was synced";
    ++removals;
    return unlinkat(directory, name, 0);
  };
  unsynced.ops.write = [&](int fd, const char* bytes, std::size_t size) {
    removes = false;
    return ::write(fd, bytes, size);
  };
  FileSink sink(unsynced);
  deliver(sink, 200);
  EXPECT_GT(removals, 5);
  EXPECT_LE(syncs, removals) << "and for nothing else";
  EXPECT_EQ(exit_code_of(verify()), 0) << to_text(verify());
}

TEST_F(RetentionTest, MoreThanWasRecordedIsMissing) {
  {
    FileSink sink(options(4));
    deliver(sink, 200);
  }
  EXPECT_EQ(exit_code_of(verify()), 0);
  Files left = read_files(directory_.path());
  const Files before = left;
  left.erase(left.begin());
  write_files(directory_.path(), left, before);
  EXPECT_EQ(exit_code_of(verify()), 4);
}

TEST_F(RetentionTest, WhatCannotBeRemovedStaysAndIsSaid) {
  auto stubborn = options(4);
  int tries = 0;
  stubborn.ops.remove = [&](int, const char*) {
    ++tries;
    errno = EPERM;
    return -1;
  };
  FileSink sink(stubborn);
  deliver(sink, 200);
  EXPECT_GT(read_files(directory_.path()).size(), 4U);
  EXPECT_TRUE(sink.status().removal_error.starts_with("cannot remove segment: " +
                                                      directory_.path().string()));
  EXPECT_TRUE(sink.status().removal_error.ends_with(": Operation not permitted"));
  const LogVerdict verdict = verify();
  EXPECT_EQ(exit_code_of(verdict), 0) << to_text(verdict);
}

// A record that is on the disk, and a crash before the first file was gone.
TEST_F(RetentionTest, ARecordWithoutARemovalIsNoHole) {
  auto dies = options(4);
  bool dead = false;
  dies.ops.remove = [&](int directory, const char* name) {
    dead = true;
    (void)directory, (void)name;
    errno = EIO;
    return -1;
  };
  {
    FileSink sink(dies);
    for (std::uint64_t i = sink.resume(kInstallation, std::nullopt); !dead; ++i) {
      ASSERT_TRUE(sink.deliver(batch(i + 1, 1)));
    }
  }
  FileSink sink(options(4));
  deliver(sink, 200);
  EXPECT_LE(read_files(directory_.path()).size(), 4U);
  EXPECT_EQ(exit_code_of(verify()), 0) << to_text(verify());
}

// One record names several, and the process dies when only some of them are gone.
TEST_F(RetentionTest, ACrashBetweenTwoOfOneRecordIsNoHole) {
  for (const std::size_t gone : {1U, 3U}) {
    TempDir place;
    LogSpec spec{.segment_bytes = 20'000};
    const auto limited = [&](std::uint64_t max_segments) {
      FileSinkOptions made = log_options(place.path(), spec);
      made.limits.max_segments = max_segments;
      return made;
    };
    (void)write_log(place.path(), spec);
    const std::size_t all = read_files(place.path()).size();
    ASSERT_GT(all, 5U);
    {
      auto dies = limited(all - 4);
      dies.ops.remove = [&, left = gone](int directory, const char* name) mutable {
        if (left == 0) return errno = EIO, -1;
        --left;
        return unlinkat(directory, name, 0);
      };
      FileSink sink(dies);
      deliver(sink, spec.events + 1);
    }
    LogVerdict verdict = verify_log(place.path());
    EXPECT_EQ(exit_code_of(verdict), 0) << to_text(verdict);
    FileSink sink(limited(all - 4));
    deliver(sink, spec.events + 2);
    verdict = verify_log(place.path());
    EXPECT_EQ(exit_code_of(verdict), 0) << to_text(verdict);
    EXPECT_EQ(verdict.removed_segments, all + 1 - verdict.segments) << "each is counted once";
  }
}

// Where that cannot be written nothing is removed, and the sink says that it failed: the record is
// a line of the log as any other.
TEST_F(RetentionTest, ARecordThatCannotBeWrittenIsAFailure) {
  for (const SyncPolicy policy : {SyncPolicy::batch, SyncPolicy::off}) {
    for (const bool by_sync : {false, true}) {
      TempDir place;
      LogSpec spec{.segment_bytes = 20'000};
      (void)write_log(place.path(), spec);
      const std::size_t all = read_files(place.path()).size();
      bool broken = true;
      std::string last;
      auto failing = log_options(place.path(), spec);
      failing.sync = policy;
      failing.limits.max_segments = all - 2;
      const auto is_record = [&] { return last.contains("\"segments-removed\""); };
      failing.ops.write = [&](int fd, const char* bytes, std::size_t size) -> ssize_t {
        last.assign(bytes, size);
        if (broken && !by_sync && is_record()) return errno = ENOSPC, -1;
        return ::write(fd, bytes, size);
      };
      failing.ops.sync_data = [&](int fd) {
        if (broken && by_sync && is_record()) return errno = EIO, -1;
        return fdatasync(fd);
      };
      FileSink sink(failing);
      (void)sink.resume(kInstallation, std::nullopt);
      const auto delivered = sink.deliver(batch(spec.events + 1, 1));
      ASSERT_FALSE(delivered);
      EXPECT_EQ(delivered.error().delivered, spec.events + 1) << "the event is on the disk";
      EXPECT_EQ(delivered.error().error.what,
                by_sync ? "cannot sync segment" : "cannot write segment");
      EXPECT_FALSE(sink.tend(false)) << "it is tried again, at once";
      EXPECT_EQ(sink.status().removal_error, "");
      EXPECT_GE(read_files(place.path()).size(), all);
      broken = false;
      EXPECT_TRUE(sink.tend(false));
      sink.tend(false);
      sink.end();
      EXPECT_LE(read_files(place.path()).size(), all - 2);
      const LogVerdict verdict = verify_log(place.path());
      EXPECT_EQ(exit_code_of(verdict), 0) << to_text(verdict);
    }
  }
}

// A wall clock that is ahead for a minute makes every segment old.
TEST_F(RetentionTest, AJumpOfTheClockRemovesNothing) {
  using std::chrono::hours, std::chrono::minutes;
  WallTime now = wall("2026-11-22T16:00:00Z");
  BootTime since_boot{hours{100}};
  const auto pass = [&](Duration time) { now += time, since_boot += time; };
  auto aged = options(0);
  aged.now = [&] { return now; };
  aged.boot = [&] { return since_boot; };
  aged.limits.max_age = hours{24 * 30};
  FileSink sink(aged);
  std::uint64_t position = sink.resume(kInstallation, std::nullopt);
  const auto run_for = [&](Duration time) {
    for (const Duration step = minutes{10}; time > Duration{}; time -= step) {
      pass(step);
      ASSERT_TRUE(sink.deliver(batch(++position, 1)));
      sink.tend(false);
    }
  };
  const auto count = [&] { return read_files(directory_.path()).size(); };
  const auto oldest = [&] { return read_files(directory_.path()).begin()->first; };
  run_for(hours{24});
  ASSERT_GT(count(), 5U);
  const std::string first = oldest();
  for (const Duration jump : {Duration{hours{24 * 730}}, Duration{hours{-24 * 730}}}) {
    now += jump;
    run_for(minutes{50});
    EXPECT_EQ(oldest(), first);
  }
  now += hours{24 * 31};  // no jump there and back: the clock was wrong before
  run_for(minutes{50});
  EXPECT_EQ(oldest(), first);
  run_for(hours{1});
  EXPECT_NE(oldest(), first) << "an hour after the step";
  sink.end();
  EXPECT_EQ(exit_code_of(verify()), 0) << to_text(verify());
}

TEST_F(RetentionTest, ALogOfOneSegmentKeepsIt) {
  auto tiny = options(1);
  tiny.limits = {1, 1, std::chrono::hours{1}};
  tiny.boot = [] { return BootTime{}; };
  tiny.max_segment_bytes = 1'000'000;
  FileSink sink(tiny);
  deliver(sink, 50);
  EXPECT_EQ(read_files(directory_.path()).size(), 1U);
  EXPECT_EQ(exit_code_of(verify()), 0);
}

}  // namespace
}  // namespace wgaudit::test
