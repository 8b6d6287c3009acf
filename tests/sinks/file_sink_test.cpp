#include "exporter/sinks/file_sink.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "exporter/codec/sha256.hpp"
#include "tests/sinks/file_sink_fixture.hpp"

namespace wgaudit::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

unsigned mode_of(const fs::path& path) {
  struct stat status{};
  stat(path.c_str(), &status);
  return status.st_mode & 07777U;
}

TEST_F(FileSinkTest, ANewDirectoryHasOneSegmentWithAFirstLine) {
  EXPECT_EQ(run(3), 0U);
  const Segments segments = read_segments(directory());
  EXPECT_EQ(segments.problems, Names{});
  EXPECT_EQ(segments.sequences, up_to(3));
  ASSERT_EQ(segments.first_lines.size(), 1U);
  EXPECT_EQ(segments.first_lines[0].name, "audit-20261122T160000Z-1.jsonl");
  EXPECT_EQ(segments.first_lines[0].reason, "first");
  EXPECT_EQ(segments.first_lines[0].installation, kInstallation);
  EXPECT_EQ(segments.first_lines[0].first_sequence, 1U);
}

TEST_F(FileSinkTest, ModesDoNotDependOnTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777 & ~0700}, mode_t{0777}}) {
    const mode_t before = umask(mask);
    run(1);
    umask(before);
    EXPECT_EQ(mode_of(directory()), 0750U) << mask;
    EXPECT_EQ(mode_of(newest()), 0640U) << mask;
    fs::remove_all(directory());
  }
}

TEST_F(FileSinkTest, AModeThatSomebodyChoseStays) {
  fs::create_directory(directory());
  fs::permissions(directory(), fs::perms{0700});
  run(1);
  EXPECT_EQ(mode_of(directory()), 0700U);
}

TEST_F(FileSinkTest, GoesOnInTheSameSegmentAfterARestart) {
  run(3);
  EXPECT_EQ(run(2), 3U);
  EXPECT_EQ(run(0), 5U);
  expect_whole(5);
  EXPECT_EQ(segment_files(directory()).size(), 1U);
}

TEST_F(FileSinkTest, GoesOnInOcsfTooButNotInTheMiddleOfASegment) {
  const auto run_as = [&](EventFormat format, std::uint64_t first, std::uint64_t count) {
    FileSinkOptions with_format = options();
    with_format.format = format;
    FileSink one(std::move(with_format));
    EXPECT_EQ(one.resume(kInstallation, std::nullopt), first - 1);
    EXPECT_TRUE(one.deliver(batch(first, count)));
    return segment_files(directory()).size();
  };
  EXPECT_EQ(run_as(EventFormat::ocsf, 1, 3), 1U);
  EXPECT_EQ(run_as(EventFormat::ocsf, 4, 2), 1U);
  EXPECT_TRUE(read_file(newest()).starts_with("{\"time\":"));
  EXPECT_EQ(run_as(EventFormat::ecs, 6, 1), 2U);
  const std::string first_line = read_file(newest()).substr(0, 2000);
  EXPECT_TRUE(first_line.starts_with("{\"@timestamp\":")) << first_line;
  EXPECT_NE(first_line.find(R"("reason":"format")"), std::string::npos) << first_line;
  EXPECT_EQ(run_as(EventFormat::ocsf, 7, 1), 3U);
}

TEST_F(FileSinkTest, ItsTailNotTheCursorSaysWhatWasWritten) {
  run(5);
  for (const std::uint64_t cursor : {0U, 3U, 5U, 900U}) {
    EXPECT_EQ(sink()->resume(kInstallation, cursor), 5U) << cursor;
  }
}

TEST_F(FileSinkTest, WithoutSegmentsTheCursorSaysIt) {
  const auto one = sink();
  EXPECT_EQ(one->resume(kInstallation, std::nullopt), 0U);
  EXPECT_EQ(one->resume(kInstallation, 41), 41U);
  EXPECT_TRUE(one->deliver(batch(42, 1)));
  EXPECT_EQ(read_segments(directory()).first_lines[0].first_sequence, 42U);
}

TEST_F(FileSinkTest, AFirstLineAloneTellsWhatCameBefore) {
  run(5);
  {
    const auto one = sink();
    (void)one->resume(kInstallation, std::nullopt);
    one->tend(true);
    EXPECT_EQ(one->status().head.sequence, 5U);
  }
  EXPECT_EQ(segment_files(directory()).size(), 2U);
  const auto one = sink();
  EXPECT_EQ(one->resume(kInstallation, std::nullopt), 5U);
  EXPECT_EQ(one->status().head, (ChainHead{sha256_hex(read_segments(directory()).last_event), 5}));
  EXPECT_TRUE(one->deliver(batch(6, 1)));
  expect_whole(6);
  EXPECT_EQ(segment_files(directory()).size(), 2U);
}

TEST_F(FileSinkTest, AnotherInstallationBeginsANewSegmentFromItsFirstEvent) {
  run(5);
  EXPECT_EQ(sink()->resume(kOtherInstallation, 3), 0U);
  const auto one = sink();
  ASSERT_EQ(one->resume(kInstallation, std::nullopt), 5U);
  ASSERT_TRUE(one->deliver(batch(6, 1)));
  ASSERT_TRUE(one->deliver(batch(1, 2, kOtherInstallation)));  // within one second of the clock
  ASSERT_TRUE(one->deliver(batch(3, 1, kOtherInstallation)));
  const Segments segments = read_segments(directory());
  EXPECT_EQ(segments.problems, Names{});
  EXPECT_EQ(segments.sequences, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(segments.reasons(), (Names{"first", "installation"}));
  EXPECT_EQ(segments.first_lines[1].installation, kOtherInstallation);
}

TEST_F(FileSinkTest, EventsThatStandAreNotWrittenAgain) {
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  ASSERT_TRUE(one->deliver(batch(1, 4)));
  ASSERT_TRUE(one->deliver(batch(2, 5)));
  expect_whole(6);
}

TEST_F(FileSinkTest, ANewSegmentBySize) {
  auto small = options();
  small.max_segment_bytes = 4000;
  FileSink one(small);
  (void)one.resume(kInstallation, std::nullopt);
  ASSERT_TRUE(one.deliver(batch(1, 10)));
  ASSERT_TRUE(one.deliver(batch(11, 10)));
  expect_whole(20);
  const Segments segments = read_segments(directory());
  EXPECT_GT(segments.first_lines.size(), 4U);
  EXPECT_EQ(segments.reasons()[1], "size");
  EXPECT_EQ(one.status().segment_bytes, fs::file_size(newest()));
  EXPECT_LT(fs::file_size(newest()), 4000U + kMaxLineBytes);
}

TEST_F(FileSinkTest, ANewSegmentByAgeThoughNothingComes) {
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  ASSERT_TRUE(one->deliver(batch(1, 1)));
  now_ += std::chrono::hours{24} - std::chrono::seconds{1};
  one->tend(false);
  EXPECT_EQ(segment_files(directory()).size(), 1U);
  now_ += std::chrono::seconds{1};
  for (int i = 0; i < 3; ++i) one->tend(false);
  EXPECT_EQ(read_segments(directory()).reasons(), (Names{"first", "age"}));
  now_ += std::chrono::hours{48};  // a segment without an event does not age
  one->tend(false);
  ASSERT_TRUE(one->deliver(batch(2, 1)));
  expect_whole(2);
  EXPECT_EQ(segment_files(directory()).size(), 2U);
}

TEST_F(FileSinkTest, ANewSegmentOnReopenIfTheOldHasAnEvent) {
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  one->tend(true);
  EXPECT_EQ(segment_files(directory()), Names{});
  ASSERT_TRUE(one->deliver(batch(1, 1)));
  for (int i = 0; i < 3; ++i) one->tend(true);
  ASSERT_TRUE(one->deliver(batch(2, 1)));
  expect_whole(2);
  EXPECT_EQ(read_segments(directory()).reasons(), (Names{"first", "reopen"}));
}

TEST_F(FileSinkTest, NamesKeepTheirOrderThoughTheClockStepsBack) {
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(one->deliver(batch(i, 1)));
    one->tend(true);
    now_ += std::chrono::milliseconds{i % 3 == 0 ? -90'000 : 400};
  }
  expect_whole(20);
  EXPECT_EQ(segment_files(directory()).size(), 21U);
}

TEST_F(FileSinkTest, ATakenNameGetsANumber) {
  fs::create_directory(directory());
  (void)temporary_.write("log/audit-20261122T160000Z-1.jsonl", "");
  run(1);
  EXPECT_EQ(segment_files(directory()).back(), "audit-20261122T160000Z-1-1.jsonl");
  expect_whole(1);
}

TEST_F(FileSinkTest, TheStatusNamesTheHeadOfTheChain) {
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  EXPECT_EQ(one->status().head, ChainHead{});
  ASSERT_TRUE(one->deliver(batch(1, 2)));
  const ChainHead head{sha256_hex(read_segments(directory()).last_event), 2};
  EXPECT_EQ(one->status().head, head);
  const auto written = written_tail(directory().string());
  EXPECT_EQ(written->value().sequence, 2U);
  EXPECT_EQ(written->value().installation, kInstallation);
}

TEST_F(FileSinkTest, TheWrittenTailTellsOfEarlierInstallationsToo) {
  run(3);
  const auto two = sink();
  (void)two->resume(kOtherInstallation, std::nullopt);
  ASSERT_TRUE(two->deliver(batch(1, 2, kOtherInstallation)));
  two->tend(true);  // a second segment of it
  ASSERT_TRUE(two->deliver(batch(3, 2, kOtherInstallation)));
  auto written = written_tail(directory().string())->value();
  EXPECT_EQ(written.installation, kOtherInstallation);
  EXPECT_EQ(written.sequence, 4U);
  EXPECT_EQ(written.earlier, (std::map<std::string, std::uint64_t>{{kInstallation, 3}}));
  const std::string third(32, '2');
  (void)two->resume(third, std::nullopt);
  ASSERT_TRUE(two->deliver(batch(1, 1, third)));
  written = written_tail(directory().string())->value();
  EXPECT_EQ(written.earlier,
            (std::map<std::string, std::uint64_t>{{kInstallation, 3}, {kOtherInstallation, 4}}));
}

TEST_F(FileSinkTest, TheWrittenTailOfNothing) {
  EXPECT_FALSE(written_tail(directory().string())->has_value());
  fs::create_directory(directory());
  EXPECT_FALSE(written_tail(directory().string() + "//")->has_value());
  (void)temporary_.write("log/audit-20261122T160000Z-1.jsonl", "{}\nother\n");
  EXPECT_FALSE(written_tail(directory().string())->has_value());
}

TEST_F(FileSinkTest, LinesThatAreNotOursCountForTheChainAlone) {
  run(3);
  const std::string ours = read_file(newest());
  for (const std::string& foreign :
       {std::string("{\"event\":{\"sequence\":99}}\n"), std::string("\n"), std::string("\0\xff", 2),
        std::string(100'000, 'x'), std::string(100'000, '{'), std::string("\"\\"),
        std::string("{\"wireguard\":{\"audit\":{\"installation\":\"y\"}},\"event\":{}}\n")}) {
    (void)temporary_.write("log/" + newest().filename().string(), ours + foreign);
    EXPECT_EQ(written_tail(directory().string())->value().sequence, 3U);
    const auto one = sink();
    EXPECT_EQ(one->resume(kInstallation, std::nullopt), 3U);
    ASSERT_TRUE(one->deliver(batch(4, 1)));
    EXPECT_EQ(read_segments(directory()).sequences, up_to(4));
    EXPECT_EQ(segment_files(directory()).size(), 2U);
    fs::remove(newest());
  }
}

}  // namespace
}  // namespace wgaudit::test
