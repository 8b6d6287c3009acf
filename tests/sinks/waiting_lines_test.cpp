#include "exporter/sinks/waiting_lines.hpp"

#include <gtest/gtest.h>

namespace wgaudit {
namespace {

std::vector<std::uint64_t> sequences(const std::vector<WaitingLines::Line>& lines) {
  std::vector<std::uint64_t> all;
  for (const auto& line : lines) all.push_back(line.sequence);
  return all;
}

TEST(WaitingLines, AreWrittenInPiecesOfAnySize) {
  WaitingLines lines;
  lines.add("one", 1, "h1");
  lines.add("two", 2, "h2");
  EXPECT_EQ(lines.rest(), "one\ntwo\n");
  lines.wrote(3);  // all but its line end
  EXPECT_TRUE(lines.take_written().empty());
  EXPECT_EQ(lines.fragment(), "one");
  EXPECT_EQ(lines.rest(), "\ntwo\n");
  lines.wrote(1);
  const auto first = lines.take_written();
  EXPECT_EQ(sequences(first), std::vector<std::uint64_t>{1});
  EXPECT_EQ(first[0].hash, "h1");
  EXPECT_EQ(lines.fragment(), "");
  lines.add("three", 3);
  lines.wrote(10);
  EXPECT_EQ(sequences(lines.take_written()), (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(lines.rest(), "");
}

TEST(WaitingLines, KeepOfAllThatWaitsTheOneThatIsBegun) {
  WaitingLines lines;
  lines.add("one", 1);
  lines.add("two", 2);
  lines.wrote(1);
  lines.keep_begun();
  EXPECT_EQ(lines.rest(), "ne\n");
  lines.add("new", 7);
  lines.wrote(7);
  EXPECT_EQ(sequences(lines.take_written()), (std::vector<std::uint64_t>{0, 7}));
  lines.add("two", 2);
  lines.keep_begun();
  EXPECT_EQ(lines.rest(), "");
}

}  // namespace
}  // namespace wgaudit
