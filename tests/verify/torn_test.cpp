// Logs of disks that fail and of processes that are killed: the verifier takes every one of them,
// and what was cut off hides no edit.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <random>

#include "tests/sinks/events.hpp"
#include "tests/support/files.hpp"
#include "tests/verify/edits.hpp"

namespace wgaudit::test {
namespace {

int fail_with(int error) {
  errno = error;
  return -1;
}

// Any call fails at any time; the process ends at any time, in a write too.
class TornLogs : public testing::TestWithParam<unsigned> {
 protected:
  void write() {
    FileSinkOptions options = log_options(directory_.path(), {.segment_bytes = 9000});
    options.sync = SyncPolicy::batch;
    options.ops.create = [this](int directory, const char* name, int flags, mode_t mode) {
      return one_in(10) ? fail_with(ENOSPC) : openat(directory, name, flags, mode);
    };
    options.ops.write = [this](int fd, const char* bytes, std::size_t size) -> ssize_t {
      if (one_in(12)) return fail_with(one_in(2) ? EINTR : ENOSPC);
      return ::write(fd, bytes, one_in(3) ? 1 + random_() % size : size);
    };
    options.ops.sync_data = [this](int) { return one_in(25) ? fail_with(EIO) : 0; };
    options.ops.sync_directory = [this](int) { return one_in(25) ? fail_with(EIO) : 0; };
    auto sink = std::make_unique<FileSink>(options);
    std::uint64_t position = sink->resume(kInstallation, std::nullopt), acknowledged = position;
    while (position < 200) {
      const std::uint64_t count = std::min<std::uint64_t>(1 + random_() % 9, 200 - position);
      const auto outcome = sink->deliver(batch(position + 1, count));
      position = outcome ? position + count : outcome.error().delivered;
      acknowledged = std::max(acknowledged, position);
      if (one_in(9)) sink->tend(one_in(2));
      if (one_in(30)) sink->end();
      if (!one_in(8)) continue;
      sink = nullptr;
      sink = std::make_unique<FileSink>(options);
      position = sink->resume(kInstallation, acknowledged);
    }
    sink = nullptr;
    // In the end in order, on a disk that works.
    FileSink last(log_options(directory_.path(), {.segment_bytes = 9000}));
    position = last.resume(kInstallation, acknowledged);
    ASSERT_TRUE(last.deliver(batch(position + 1, 3)));
    last.end();
  }
  bool one_in(unsigned times) { return random_() % times == 0; }

  TempDir directory_;
  std::minstd_rand random_{GetParam()};
};

TEST_P(TornLogs, AreWholeAndEveryEditShows) {
  write();
  const LogVerdict verdict = verify_log(directory_.path(), true, true);
  ASSERT_EQ(exit_code_of(verdict), 0) << to_text(verdict);
  EXPECT_GE(verdict.events, 203U);
  const Files original = read_files(directory_.path());
  // Some segments of such a log have no checkpoint at their end: one that is gone may leave a log
  // that is whole in itself.
  VerifyOptions options;
  options.keys = {test_key()->verifying()};
  options.heads = {{verdict.head->sequence, verdict.head->hash}};
  // What a full disk left without a byte is no line that could be edited.
  const auto is_empty = [](const auto& file) { return file.second.size() < 2; };
  Files lines = original, others = original;
  std::erase_if(lines, is_empty);
  std::erase_if(others, std::not_fn(is_empty));
  Random random(GetParam());
  int edits = 0;
  for (const EditKind& kind : edit_kinds()) {
    for (int i = 0; i < 2; ++i) {
      Files files = lines;
      if (!kind.apply(files, random) || files == lines) continue;
      ++edits;
      files.insert(others.begin(), others.end());
      write_files(directory_.path(), files, original);
      const auto edited = verify_segments({directory_.path().string()}, options);
      EXPECT_NE(exit_code_of(*edited), 0) << kind.name << '\n' << to_text(*edited);
      write_files(directory_.path(), original, files);
    }
  }
  EXPECT_GE(edits, 20);
}
INSTANTIATE_TEST_SUITE_P(Seeds, TornLogs, testing::Range(1U, 13U));

// Nothing follows on the last whole line but what was cut off: its record binds it.
TEST(TornRecord, BindsTheLineBeforeWhatWasCutOff) {
  const TempDir directory;
  write_log(directory.path(), {.events = 4, .segment_bytes = 1'000'000, .stopped = false});
  const Files before = read_files(directory.path());
  Files files = before;
  files.begin()->second += "{\"@time";
  write_files(directory.path(), files, before);
  {
    // The process dies in the first line of the next segment, and once more.
    for (int i = 0; i < 2; ++i) {
      auto options = log_options(directory.path(), {});
      int writes = 0;
      options.ops.write = [&writes](int fd, const char* bytes, std::size_t size) -> ssize_t {
        if (size == 1) return ::write(fd, bytes, 1);
        return ++writes == 1 ? ::write(fd, bytes, 20) : fail_with(ENOSPC);
      };
      FileSink dies(options);
      const std::uint64_t position = dies.resume(kInstallation, std::nullopt);
      EXPECT_EQ(position, 4U);
      EXPECT_FALSE(dies.deliver(batch(5, 1)));
    }
    FileSink goes_on(log_options(directory.path(), {}));
    ASSERT_EQ(goes_on.resume(kInstallation, std::nullopt), 4U);
    ASSERT_TRUE(goes_on.deliver(batch(5, 1)));
    goes_on.end();
  }
  const Files whole = read_files(directory.path());
  ASSERT_EQ(whole.size(), 4U);
  const LogVerdict verdict = verify_log(directory.path());
  ASSERT_EQ(exit_code_of(verdict), 0) << to_text(verdict);
  EXPECT_EQ(verdict.torn_lines, 3U);
  for (const auto& [name, bytes] : whole) {
    for (std::size_t at = 0; at < bytes.size(); at += bytes.size() / 50 + 1) {
      Files edited = whole;
      edited[name][at] = static_cast<char>(edited[name][at] ^ 1);
      write_files(directory.path(), edited, whole);
      EXPECT_NE(exit_code_of(verify_log(directory.path())), 0) << name << " at " << at;
      write_files(directory.path(), whole, edited);
    }
  }
}

}  // namespace
}  // namespace wgaudit::test
