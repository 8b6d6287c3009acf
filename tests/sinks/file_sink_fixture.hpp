// A file sink over a temporary directory, whose clock the test moves.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "exporter/sinks/file_sink.hpp"
#include "tests/sinks/events.hpp"
#include "tests/sinks/segments.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {

class FileSinkTest : public testing::Test {
 protected:
  [[nodiscard]] FileSinkOptions options() {
    FileSinkOptions options{.directory = directory().string(),
                            .origin = origin(),
                            .now = [this] { return now_; },
                            .ops = ops_};
    return options;
  }
  [[nodiscard]] std::filesystem::path directory() const { return temporary_.path() / "log"; }
  [[nodiscard]] std::unique_ptr<FileSink> sink() { return std::make_unique<FileSink>(options()); }
  // As a process that starts, delivers and ends.
  std::uint64_t run(std::uint64_t count, const std::string& installation = kInstallation) {
    const auto one = sink();
    const std::uint64_t position = one->resume(installation, std::nullopt);
    EXPECT_TRUE(one->deliver(batch(position + 1, count, installation)));
    return position;
  }
  [[nodiscard]] std::filesystem::path newest() const {
    return directory() / segment_files(directory()).back();
  }
  // The events are 1 to `last`, each once, and nothing is wrong.
  void expect_whole(std::uint64_t last) const {
    const Segments segments = read_segments(directory());
    EXPECT_EQ(segments.problems, std::vector<std::string>{});
    EXPECT_EQ(segments.sequences, up_to(last));
  }

  TempDir temporary_;
  FileOps ops_;
  WallTime now_{std::chrono::seconds{1'795'363'200}};  // 2026-11-22T16:00:00Z
};

}  // namespace wgaudit::test
