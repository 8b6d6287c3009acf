// A write that was cut off at any byte, and a file that lacks a part of its middle.
#include <gtest/gtest.h>

#include "tests/sinks/file_sink_fixture.hpp"

namespace wgaudit::test {
namespace {

using Names = std::vector<std::string>;

class TornTailTest : public FileSinkTest {
 protected:
  void SetUp() override {
    ops_.sync_directory = [](int) { return 0; };  // some thousand times
  }
  // Writes the file back cut to each size in [from, to], goes on from there to `last` events, and
  // expects them whole. `torn`: how many sizes had to begin a new segment.
  void cut_and_go_on(std::size_t from, std::size_t to, std::uint64_t last, std::size_t& torn) {
    const std::string name = segment_files(directory()).front();
    const std::string bytes = read_file(directory() / name);
    torn = 0;
    for (std::size_t size = from; size <= to; ++size) {
      std::filesystem::remove_all(directory());
      (void)temporary_.write("log/" + name, bytes.substr(0, size));
      auto unsynced = options();
      unsynced.sync = SyncPolicy::off;
      FileSink one(unsynced);
      const auto before = written_tail(directory().string());
      const std::uint64_t position = one.resume(kInstallation, std::nullopt);
      ASSERT_TRUE(before);
      EXPECT_EQ(before->value_or(WrittenTail{}).sequence, position);
      ASSERT_TRUE(one.deliver(batch(position + 1, last - position))) << size;
      expect_whole(last);
      if (HasFailure()) FAIL() << "cut to " << size << " of " << bytes.size() << " bytes";
      if (segment_files(directory()).size() > 1) ++torn;
    }
  }
};

TEST_F(TornTailTest, AtEveryByteOfTheLastLine) {
  run(3);
  const std::string bytes = read_file(newest());
  const std::size_t begin = bytes.rfind('\n', bytes.size() - 2) + 1;
  std::size_t torn = 0;
  cut_and_go_on(begin, bytes.size(), 4, torn);
  // Neither at its begin, nor where its line end alone or nothing is missing.
  EXPECT_EQ(torn, bytes.size() - begin - 2);
}

TEST_F(TornTailTest, AtEveryByteOfTheFirstLine) {
  run(0);
  {
    const auto one = sink();
    (void)one->resume(kInstallation, std::nullopt);
    ASSERT_TRUE(one->deliver(batch(1, 1)));
  }
  const std::string bytes = read_file(newest());
  const std::size_t end = bytes.find('\n') + 1;
  ASSERT_GT(end, 1100U);
  std::size_t torn = 0;
  cut_and_go_on(0, end, 2, torn);
  EXPECT_EQ(torn, end - 1);  // an empty file gets a successor too
}

TEST_F(TornTailTest, ALineEndThatWasPutThereBeforeTheProcessDiedAgain) {
  run(3);
  const std::string name = newest().filename().string();
  (void)temporary_.write("log/" + name, read_file(newest()) + "{\"@timestamp\n");
  EXPECT_EQ(run(1), 3U);
  expect_whole(4);
  EXPECT_EQ(read_segments(directory()).reasons(), (Names{"first", "torn_tail"}));
  EXPECT_EQ(read_segments(directory()).first_lines[1].torn_bytes, 12U);
}

// The process died again when it had made the next segment, and had not written its first line, or
// a part of it.
TEST_F(TornTailTest, OfTheSegmentBeforeAnEmptyOrTornOne) {
  for (const std::string_view begun : {"", "{\"@time"}) {
    std::filesystem::remove_all(directory());
    run(3);
    std::filesystem::resize_file(newest(), std::filesystem::file_size(newest()) - 5);
    if (!begun.empty())
      (void)temporary_.write("log/" + newest().filename().string(), read_file(newest()) + '\n');
    (void)temporary_.write("log/audit-20261122T160000Z-3.jsonl", begun);
    EXPECT_EQ(run(2), 2U);
    expect_whole(4);
    const Segments segments = read_segments(directory());
    EXPECT_EQ(segments.reasons(), (Names{"first", "torn_tail"}));
    EXPECT_GT(segments.first_lines[1].torn_bytes, 0U);
    EXPECT_EQ(segments.first_lines[1].previous, "audit-20261122T160000Z-3.jsonl");
  }
}

// After power loss pages that were never synced can be zeros while later ones are there.
TEST_F(TornTailTest, EventsAfterAHoleComeAgainUnlessTheyWereAcknowledged) {
  run(9);
  const std::string name = newest().filename().string();
  std::string bytes = read_file(newest());
  std::size_t fourth = 0;
  for (int line = 0; line < 4; ++line) fourth = bytes.find('\n', fourth) + 1;
  bytes.replace(fourth, 20, 20, '\0');
  struct Case {
    std::optional<std::uint64_t> cursor;
    std::uint64_t want;
  };
  for (const auto& [cursor, want] : {Case{std::nullopt, 3}, Case{2, 3}, Case{6, 6}, Case{50, 9}}) {
    std::filesystem::remove_all(directory());
    (void)temporary_.write("log/" + name, bytes);
    const auto one = sink();
    EXPECT_EQ(one->resume(kInstallation, cursor), want);
    ASSERT_TRUE(one->deliver(batch(want + 1, 1)));
    const Segments segments = read_segments(directory());
    EXPECT_EQ(segments.reasons(), (Names{"first", "broken_chain"}));
    EXPECT_EQ(segments.sequences.back(), want + 1);
    EXPECT_EQ(written_tail(directory().string())->value().sequence, want + 1);
  }
}

}  // namespace
}  // namespace wgaudit::test
