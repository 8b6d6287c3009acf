// What others do to the files, under the sink and before it.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/sinks/file_sink_fixture.hpp"

namespace wgaudit::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

std::string error_of(const std::expected<void, Sink::Failure>& outcome) {
  return outcome ? "" : outcome.error().error.message();
}

TEST_F(FileSinkTest, ASecondWriterIsKeptOutUntilTheFirstGoes) {
  auto first = sink();
  (void)first->resume(kInstallation, std::nullopt);
  const auto second = sink();
  EXPECT_EQ(second->resume(kInstallation, 0), 0U);
  ASSERT_TRUE(first->deliver(batch(1, 5)));
  const auto outcome = second->deliver(batch(1, 2));
  EXPECT_EQ(error_of(outcome),
            "cannot write events: " + directory().string() + ": another process writes here");
  EXPECT_EQ(outcome.error().delivered, 0U);
  first.reset();
  // It was told of position 0; what it finds is 5.
  const auto told = second->deliver(batch(1, 2));
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().delivered, 5U);
  EXPECT_EQ(error_of(told),
            "cannot go on as told: " + directory().string() + ": its segments end at sequence 5");
  ASSERT_TRUE(second->deliver(batch(6, 1)));
  expect_whole(6);
}

TEST_F(FileSinkTest, TheDirectoryMustBeOneAndItsParentThere) {
  const auto message = [&](const std::string& why) {
    return "cannot write events: " + directory().string() + ": " + why;
  };
  (void)temporary_.write("log", "");
  const auto one = sink();
  EXPECT_EQ(one->resume(kInstallation, 7), 7U);
  EXPECT_EQ(error_of(one->deliver(batch(8, 1))), message("Not a directory"));
  fs::remove(directory());
  EXPECT_EQ(error_of(one->deliver(batch(8, 1))), "");  // and now it can be
  auto nowhere = options();
  nowhere.directory = directory().string() + "/no/where";
  EXPECT_EQ(error_of(FileSink(nowhere).deliver(batch(1, 1))),
            "cannot write events: " + nowhere.directory + ": No such file or directory");
}

// systemd's LogsDirectory= of a dynamic user is one. (That of another user is refused; to make one
// takes root.)
TEST_F(FileSinkTest, ALinkOfOurOwnToTheDirectoryIsFollowed) {
  fs::create_directory(temporary_.path() / "private");
  fs::create_directory_symlink("private", directory());
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  EXPECT_EQ(error_of(one->deliver(batch(1, 3))), "");
  EXPECT_EQ((*written_tail(directory().string()))->sequence, 3U);
  if (geteuid() != 0) return;
  ASSERT_EQ(lchown(directory().c_str(), 65534, 65534), 0);
  EXPECT_EQ(written_tail(directory().string()).error().message(),
            "cannot read events: " + directory().string() + ": it is a symbolic link");
}

TEST_F(FileSinkTest, ASegmentThatIsNoFileIsRefused) {
  const std::string target = temporary_.write("precious", "");
  fs::create_directory(directory());
  const fs::path segment = directory() / "audit-20261122T160000Z-1.jsonl";
  fs::create_symlink(target, segment);
  const auto one = sink();
  EXPECT_EQ(one->resume(kInstallation, std::nullopt), 0U);
  const std::string what = "cannot open segment: " + segment.string() + ": ";
  EXPECT_EQ(error_of(one->deliver(batch(1, 1))), what + "it is a symbolic link");
  EXPECT_EQ(read_file(target), "");
  fs::remove(segment);
  ASSERT_EQ(mkfifo(segment.c_str(), 0600), 0);
  EXPECT_EQ(error_of(one->deliver(batch(1, 1))), what + "it is no regular file");
  EXPECT_EQ(written_tail(directory().string()).error().message(), what + "it is no regular file");
}

// What is done to the segment of events 1 to 3 while it is open.
struct Meddling {
  const char* name;
  void (*act)(const fs::path& segment);
};
void PrintTo(const Meddling& meddling, std::ostream* out) { *out << meddling.name; }
class FileSinkMeddlingTest : public FileSinkTest, public testing::WithParamInterface<Meddling> {};

TEST_P(FileSinkMeddlingTest, BeginsANewSegment) {
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  ASSERT_TRUE(one->deliver(batch(1, 3)));
  GetParam().act(newest());
  ASSERT_TRUE(one->deliver(batch(4, 2)));
  ASSERT_TRUE(one->deliver(batch(6, 1)));
  const Segments segments = read_segments(directory());
  ASSERT_FALSE(segments.first_lines.empty());
  EXPECT_EQ(segments.first_lines.back().reason, "replaced");
  EXPECT_EQ(segments.first_lines.back().first_sequence, 4U);
  std::vector<std::uint64_t> last{segments.sequences.end() - 3, segments.sequences.end()};
  EXPECT_EQ(last, (std::vector<std::uint64_t>{4, 5, 6}));
  EXPECT_EQ(sink()->resume(kInstallation, std::nullopt), 0U) << "it is locked";
}

INSTANTIATE_TEST_SUITE_P(
    All, FileSinkMeddlingTest,
    testing::Values(
        Meddling{"renamed", [](const fs::path& p) { fs::rename(p, p.string() + ".1"); }},
        Meddling{"removed", [](const fs::path& p) { fs::remove(p); }},
        Meddling{"cut", [](const fs::path& p) { fs::resize_file(p, 0); }},
        Meddling{"grown", [](const fs::path& p) { fs::resize_file(p, fs::file_size(p) + 1); }},
        Meddling{"copied",
                 [](const fs::path& p) {
                   fs::copy_file(p, p.string() + "~");
                   fs::rename(p.string() + "~", p);
                 }}),
    [](const auto& test) { return test.param.name; });

TEST_F(FileSinkTest, ARenamedSegmentAndItsSuccessorAreOneChain) {
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  ASSERT_TRUE(one->deliver(batch(1, 3)));
  const fs::path old = newest();
  fs::rename(old, temporary_.path() / "kept");
  ASSERT_TRUE(one->deliver(batch(4, 1)));
  fs::rename(temporary_.path() / "kept", old);
  expect_whole(4);
}

TEST_F(FileSinkTest, ADirectoryThatIsMovedAwayIsMadeAnew) {
  const auto one = sink();
  (void)one->resume(kInstallation, std::nullopt);
  ASSERT_TRUE(one->deliver(batch(1, 3)));
  fs::rename(directory(), temporary_.path() / "moved");
  one->tend(true);
  ASSERT_TRUE(one->deliver(batch(4, 1)));
  EXPECT_EQ(segment_files(temporary_.path() / "moved").size(), 1U);
  const Segments segments = read_segments(directory());
  EXPECT_EQ(segments.problems, Names{});
  EXPECT_EQ(segments.sequences, std::vector<std::uint64_t>{4});
  EXPECT_EQ(segments.reasons(), Names{"first"});
}

}  // namespace
}  // namespace wgaudit::test
