// Blocks, and lines of any length.
#include "exporter/verify/line_reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "exporter/verify/line_pipeline.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

struct Line {
  std::uint64_t size;
  std::string hash;
  bool ended;
  friend bool operator==(const Line&, const Line&) = default;
};

std::vector<Line> lines_of(const std::string& path) {
  std::vector<Line> lines;
  auto reader = LineReader::open(path);
  EXPECT_TRUE(reader);
  for (;;) {
    ScannedBlock block;
    const auto more = reader->next(block.block);
    if (!more.value_or(false)) return lines;
    scan_block(block, false);
    for (const ScannedLine& line : block.lines) {
      lines.push_back({line.size, to_hex(line.hash), line.ended});
    }
  }
}

TEST(LineReader, LinesOfAnyLengthInTheirOrder) {
  const TempDir directory;
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{1}, std::size_t{7680}, (std::size_t{1} << 18U) - 1,
        std::size_t{1} << 18U, (std::size_t{1} << 18U) + 1, std::size_t{1'000'000}}) {
    for (const bool ended : {true, false}) {
      std::string bytes;
      std::vector<Line> want;
      for (int i = 0; i < 5; ++i) {
        const std::string line(i % 2 == 0 ? length : 100, static_cast<char>('a' + i));
        const bool has_end = ended || i < 4;
        if (!has_end && line.empty()) continue;
        bytes += line + (has_end ? "\n" : "");
        want.push_back({line.size(), sha256_hex(line), has_end});
      }
      EXPECT_EQ(lines_of(directory.write("x", bytes)), want) << length;
    }
  }
  EXPECT_EQ(lines_of(directory.write("x", "")), std::vector<Line>{});
}

TEST(LineReader, WhatIsNoFileIsRefused) {
  const TempDir directory;
  const std::string path = (directory.path() / "pipe").string();
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(LineReader::open(path).error(), "it is no regular file");
  EXPECT_EQ(LineReader::open(path + "x").error(), "No such file or directory");
}

TEST(LinePipeline, GivesBlocksInTheOrderTheyWerePut) {
  LinePipeline pipeline(4, false);
  std::size_t taken = 0;
  const auto take = [&] {
    const auto block = pipeline.take();
    ASSERT_EQ(block->lines.size(), 2U);
    EXPECT_EQ(block->lines[0].text, std::to_string(taken));
    ++taken;
  };
  for (std::size_t i = 0; i < 500; ++i) {
    auto block = std::make_unique<ScannedBlock>();
    block->block.bytes = std::to_string(i) + '\n' + std::string(i % 7 * 1000, 'x') + '\n';
    pipeline.put(std::move(block));
    while (pipeline.is_full()) take();
  }
  while (!pipeline.is_empty()) take();
  EXPECT_EQ(taken, 500U);
}

}  // namespace
}  // namespace wgaudit::test
