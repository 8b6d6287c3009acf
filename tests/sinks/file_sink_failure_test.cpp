// Disks that are full or broken.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <set>

#include "tests/sinks/file_sink_fixture.hpp"

namespace wgaudit::test {
namespace {

using Names = std::vector<std::string>;

int fail_with(int error) {
  errno = error;
  return -1;
}

// No file of this process grows beyond the limit while it lives: writes are short, then fail.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(FileSinkTest, AShortWriteGoesOnWithTheVerySameBytes) {
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  ASSERT_TRUE(one->deliver(batch(1, 2)));
  const std::size_t before = std::filesystem::file_size(newest());
  std::string half;
  {
    const FileSizeLimit limit(before + 2500);
    const auto outcome = one->deliver(batch(3, 8));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().error.message(),
              "cannot write segment: " + newest().string() + ": File too large");
    half = read_file(newest());
    EXPECT_EQ(half.size(), before + 2500);
    const auto whole = std::count(half.begin(), half.end(), '\n') - 1;
    EXPECT_EQ(outcome.error().delivered, static_cast<std::uint64_t>(whole));
    EXPECT_GT(whole, 2);
    EXPECT_FALSE(one->deliver(batch(outcome.error().delivered + 1, 2)));
    EXPECT_EQ(read_file(newest()), half);
    now_ += std::chrono::hours{1};  // what is encoded is not encoded again
  }
  ASSERT_TRUE(one->deliver(batch(3, 8)));
  EXPECT_TRUE(read_file(newest()).starts_with(half));
  expect_whole(10);
  EXPECT_EQ(segment_files(directory()).size(), 1U);
}

// While there is nothing to deliver: a segment that is due, and its first line.
TEST_F(FileSinkTest, WhatCannotBeWrittenBetweenEventsIsTold) {
  int error = 0;
  bool writes = true;
  ops_.create = [&](int directory, const char* name, int flags, mode_t mode) {
    if (error == 0) return openat(directory, name, flags, mode);
    errno = error;
    return -1;
  };
  ops_.write = [&](int fd, const char* bytes, std::size_t size) {
    if (writes) return ::write(fd, bytes, size);
    errno = ENOSPC;
    return ssize_t{-1};
  };
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  EXPECT_TRUE(one->tend(false));
  EXPECT_EQ(segment_files(directory()).size(), 0U) << "without an event there is no segment";
  ASSERT_TRUE(one->deliver(batch(1, 3)));
  EXPECT_TRUE(one->tend(false));
  now_ += std::chrono::hours{25};
  error = EACCES;
  for (int i = 0; i < 3; ++i) {
    const auto tended = one->tend(false);
    ASSERT_FALSE(tended);
    EXPECT_EQ(tended.error().error.why, "Permission denied");
    EXPECT_EQ(tended.error().delivered, 3U);
  }
  error = 0;
  writes = false;
  for (int i = 0; i < 3; ++i) {
    const auto tended = one->tend(false);
    ASSERT_FALSE(tended);
    EXPECT_EQ(tended.error().error.why, "No space left on device");
  }
  writes = true;
  EXPECT_TRUE(one->tend(false));
  EXPECT_EQ(segment_files(directory()).size(), 2U);
  EXPECT_EQ(read_segments(directory()).reasons(), (Names{"first", "age"}));
  ASSERT_TRUE(one->deliver(batch(4, 1)));
  expect_whole(4);
}

TEST_F(FileSinkTest, AFailedSyncBetweenEventsIsToldAndMended) {
  bool syncs = true;
  ops_.sync_data = [&](int fd) {
    if (syncs) return fdatasync(fd);
    errno = EIO;
    return -1;
  };
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  ASSERT_TRUE(one->deliver(batch(1, 3)));
  syncs = false;
  ASSERT_FALSE(one->tend(true));
  ASSERT_FALSE(one->tend(false));
  syncs = true;
  EXPECT_TRUE(one->tend(false));
  ASSERT_TRUE(one->deliver(batch(4, 1)));
  expect_whole(4);
}

TEST_F(FileSinkTest, ADiskThatIsFullFromTheBeginning) {
  const auto one = sink();
  {
    const FileSizeLimit limit(0);
    EXPECT_EQ(one->resume(kInstallation, 4), 4U);
    for (int i = 0; i < 5; ++i) {
      const auto outcome = one->deliver(batch(5, 3));
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().delivered, 4U);
    }
  }
  ASSERT_TRUE(one->deliver(batch(5, 3)));
  EXPECT_EQ(read_segments(directory()).problems, Names{});
  EXPECT_EQ(read_segments(directory()).sequences, (std::vector<std::uint64_t>{5, 6, 7}));
  EXPECT_EQ(segment_files(directory()).size(), 1U);
}

TEST_F(FileSinkTest, ALineThatIsBegunWhenItsSegmentIsTakenAwayIsRecordedAsTorn) {
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  ASSERT_TRUE(one->deliver(batch(1, 2)));
  const std::filesystem::path old = newest();
  {
    const FileSizeLimit limit(std::filesystem::file_size(old) + 100);
    ASSERT_FALSE(one->deliver(batch(3, 1)));
  }
  std::filesystem::rename(old, temporary_.path() / "kept");
  ASSERT_TRUE(one->deliver(batch(3, 1)));
  std::filesystem::rename(temporary_.path() / "kept", old);
  expect_whole(3);
  EXPECT_EQ(read_segments(directory()).first_lines.back().torn_bytes, 100U);
}

TEST_F(FileSinkTest, AfterAFailedSyncTheLinesSinceTheLastAreWrittenAgain) {
  bool broken = false;
  int syncs = 0;
  ops_.sync_data = [&](int fd) {
    ++syncs;
    if (!broken) return fdatasync(fd);
    broken = false;
    return fail_with(EIO);
  };
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  ASSERT_TRUE(one->deliver(batch(1, 2)));
  const std::filesystem::path old = newest();
  const ChainHead head = one->status().head;
  EXPECT_EQ(head.sequence, 2U);
  broken = true;
  const auto outcome = one->deliver(batch(3, 2));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().delivered, 2U);
  EXPECT_EQ(one->status().head, head) << "no head of a line that comes again";
  EXPECT_EQ(outcome.error().error.message(),
            "cannot sync segment: " + old.string() + ": Input/output error");
  EXPECT_EQ(syncs, 2);
  // A crash now does not take them for written.
  EXPECT_EQ(written_tail(directory().string())->value().sequence, 2U);
  ASSERT_TRUE(one->deliver(batch(3, 3)));
  EXPECT_EQ(syncs, 3) << "once, of the new segment";
  const Segments segments = read_segments(directory());
  EXPECT_EQ(segments.problems, Names{});
  EXPECT_EQ(segments.sequences, (std::vector<std::uint64_t>{1, 2, 3, 4, 3, 4, 5}));
  EXPECT_EQ(segments.ids[2], segments.ids[4]);
  ASSERT_EQ(segments.reasons(), (Names{"first", "sync_failed"}));
  EXPECT_TRUE(segments.first_lines[1].repeats);
  EXPECT_EQ(segments.first_lines[1].first_sequence, 3U);
}

TEST_F(FileSinkTest, ATailThatCannotBeSyncedAtTheStartIsWrittenAgain) {
  run(5);
  ops_.sync_data = [](int) { return fail_with(EIO); };
  auto one = sink();
  EXPECT_EQ(one->resume(kInstallation, 3), 3U);
  one = nullptr;
  ops_ = FileOps{};
  ops_.sync_data = [first = true](int fd) mutable {
    return std::exchange(first, false) ? fail_with(EIO) : fdatasync(fd);
  };
  one = sink();
  EXPECT_EQ(one->resume(kInstallation, 4), 4U);
  EXPECT_EQ(one->status().head, ChainHead{}) << "event 5 comes again, in another line";
  ASSERT_TRUE(one->deliver(batch(5, 2)));
  EXPECT_EQ(one->status().head.sequence, 6U);
  const Segments segments = read_segments(directory());
  EXPECT_EQ(segments.problems, Names{});
  EXPECT_EQ(segments.sequences, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 5, 6}));
  EXPECT_TRUE(segments.first_lines[1].repeats);
}

TEST_F(FileSinkTest, ASegmentThatCannotBeMadeIsTriedAgainAndLeavesNothingBehind) {
  int failures = 0;
  ops_.create = [&](int directory, const char* name, int flags, mode_t mode) {
    return ++failures <= 2 ? fail_with(ENOSPC) : openat(directory, name, flags, mode);
  };
  ops_.sync_directory = [&](int fd) { return failures <= 4 ? fail_with(EIO) : fsync(fd); };
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  for (const char* why : {"No space left on device", "No space left on device",
                          "Input/output error", "Input/output error"}) {
    const auto outcome = one->deliver(batch(1, 1));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().error.message(), "cannot create segment: " + directory().string() +
                                                   "/audit-20261122T160000Z-1.jsonl: " + why);
    EXPECT_EQ(segment_files(directory()), Names{});
  }
  ASSERT_TRUE(one->deliver(batch(1, 1)));
  expect_whole(1);
}

TEST_F(FileSinkTest, ATornLineThatCannotBeEndedIsTriedAgain) {
  run(3);
  std::filesystem::resize_file(newest(), std::filesystem::file_size(newest()) - 9);
  bool full = true;
  ops_.write = [&](int fd, const char* bytes, std::size_t size) {
    return full ? fail_with(ENOSPC) : ::write(fd, bytes, size);
  };
  const auto one = sink();
  EXPECT_EQ(one->resume(kInstallation, 1), 1U);
  EXPECT_EQ(one->deliver(batch(2, 1)).error().error.message(),
            "cannot end the torn line: " + newest().string() + ": No space left on device");
  full = false;
  EXPECT_EQ(one->deliver(batch(2, 1)).error().delivered, 2U);  // it was told 1
  ASSERT_TRUE(one->deliver(batch(3, 2)));
  expect_whole(4);
}

// Any of it at any time, restarts between: nothing is lost, and doubled only after a failed sync.
class FileSinkRandomTest : public FileSinkTest, public testing::WithParamInterface<unsigned> {
 protected:
  void SetUp() override {
    ops_.create = [this](int directory, const char* name, int flags, mode_t mode) {
      return one_in(10) ? fail_with(ENOSPC) : openat(directory, name, flags, mode);
    };
    ops_.write = [this](int fd, const char* bytes, std::size_t size) -> ssize_t {
      if (one_in(12)) return fail_with(one_in(2) ? EINTR : ENOSPC);
      return ::write(fd, bytes, one_in(3) ? 1 + random_() % size : size);
    };
    ops_.sync_data = [this](int) { return one_in(25) ? fail_with(EIO) : 0; };
    ops_.sync_directory = [this](int) { return one_in(25) ? fail_with(EIO) : 0; };
  }
  bool one_in(unsigned times) { return random_() % times == 0; }

  std::minstd_rand random_{GetParam()};
};

TEST_P(FileSinkRandomTest, NothingIsLost) {
  auto small = options();
  small.max_segment_bytes = 9000;
  auto one = std::make_unique<FileSink>(small);
  std::uint64_t position = one->resume(kInstallation, std::nullopt), acknowledged = position;
  const std::uint64_t last = 300;
  while (position < last) {
    const std::uint64_t count = std::min<std::uint64_t>(1 + random_() % 9, last - position);
    const auto outcome = one->deliver(batch(position + 1, count));
    position = outcome ? position + count : outcome.error().delivered;
    acknowledged = std::max(acknowledged, position);
    now_ += std::chrono::milliseconds{random_() % 500};
    if (one_in(9)) one->tend(one_in(2));
    if (!one_in(15)) continue;
    one.reset();
    one = std::make_unique<FileSink>(small);
    position = one->resume(kInstallation, acknowledged);
  }
  const Segments segments = read_segments(directory());
  EXPECT_EQ(segments.problems, Names{});
  std::set<std::uint64_t> all;
  std::size_t doubled = 0;
  for (const std::uint64_t sequence : segments.sequences) {
    if (!all.insert(sequence).second) ++doubled;
  }
  EXPECT_EQ(std::vector(all.begin(), all.end()), up_to(last));
  const auto repeats = std::ranges::count(segments.first_lines, true, &FirstLine::repeats);
  EXPECT_LE(doubled, 9U * static_cast<unsigned>(repeats));
}

INSTANTIATE_TEST_SUITE_P(Seeds, FileSinkRandomTest, testing::Range(1U, 41U));

}  // namespace
}  // namespace wgaudit::test
