// When the file sink signs, and what a checkpoint says.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/sinks/events.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"
#include "tests/verify/signed_log.hpp"

namespace wgaudit::test {
namespace {

using Json = nlohmann::json;
using Texts = std::vector<std::string>;

class CheckpointTest : public testing::Test {
 protected:
  std::unique_ptr<FileSink> sink(std::shared_ptr<const SigningKey> key = test_key()) {
    FileSinkOptions options{.directory = log().string(),
                            .origin = origin(),
                            .now = [this] { return now_; },
                            .ops = ops_};
    options.checkpoints = {std::move(key), 10, std::chrono::minutes{5}};
    auto one = std::make_unique<FileSink>(std::move(options));
    position_ = one->resume(kInstallation, std::nullopt);
    return one;
  }
  void deliver(FileSink& one, std::uint64_t count) {
    ASSERT_TRUE(one.deliver(batch(position_ + 1, count)));
    position_ += count;
  }
  [[nodiscard]] std::filesystem::path log() const { return directory_.path() / "log"; }
  // All checkpoints, in order.
  [[nodiscard]] std::vector<Json> checkpoints() const {
    std::vector<Json> found;
    for (const auto& [name, bytes] : read_files(log())) {
      std::istringstream lines(bytes);
      for (std::string line; std::getline(lines, line);) {
        const Json json = Json::parse(line);
        if (json["event"]["action"] == "checkpoint") found.push_back(json);
      }
    }
    return found;
  }
  [[nodiscard]] Texts reasons() const {
    Texts texts;
    for (const Json& checkpoint : checkpoints()) texts.push_back(checkpoint["event"]["reason"]);
    return texts;
  }
  [[nodiscard]] int exit_code() const { return exit_code_of(verify_log(log())); }

  TempDir directory_;
  FileOps ops_;
  WallTime now_ = wall("2026-11-22T16:00:00Z");
  std::uint64_t position_ = 0;
};

TEST_F(CheckpointTest, AfterSoManyLinesAndAtTheStop) {
  const auto one = sink();
  deliver(*one, 8);
  EXPECT_EQ(reasons(), Texts{});
  deliver(*one, 1);  // and the first line: ten
  EXPECT_EQ(reasons(), Texts{"lines"});
  one->end();
  EXPECT_EQ(reasons(), Texts{"lines"}) << "there is nothing new";
  deliver(*one, 1);
  one->end();
  EXPECT_EQ(reasons(), (Texts{"lines", "stop"}));
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(CheckpointTest, SaysWhatItIsOver) {
  const auto one = sink();
  deliver(*one, 3);
  one->end();
  const Json line = checkpoints().at(0);
  EXPECT_EQ(line["wireguard"]["checkpoint"]["last_sequence"], 3);
  EXPECT_EQ(line["wireguard"]["checkpoint"]["key_id"], test_key()->verifying().id());
  EXPECT_FALSE(line["wireguard"]["checkpoint"].contains("previous_key_id"));
  EXPECT_EQ(line["wireguard"]["segment"]["name"], "audit-20261122T160000Z-1.jsonl");
  EXPECT_EQ(line["wireguard"]["audit"]["installation"], kInstallation);
  EXPECT_EQ(line["wireguard"]["audit"]["prev_hash"], "sha256:" + one->status().head.hash);
  EXPECT_EQ(line["@timestamp"], "2026-11-22T16:00:00.000Z");
}

TEST_F(CheckpointTest, ALineDoesNotStandLongWithoutOne) {
  const auto one = sink();
  deliver(*one, 1);
  now_ += std::chrono::seconds{299};
  one->tend(false);
  deliver(*one, 1);
  EXPECT_EQ(reasons(), Texts{});
  now_ += std::chrono::seconds{1};
  one->tend(false);
  EXPECT_EQ(reasons(), Texts{"time"});
  now_ += std::chrono::hours{1};
  one->tend(false);
  EXPECT_EQ(reasons(), Texts{"time"}) << "there is nothing new";
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(CheckpointTest, EachSegmentEndsWithOne) {
  const auto one = sink();
  deliver(*one, 2);
  one->tend(true);
  deliver(*one, 1);
  now_ += std::chrono::hours{24};
  one->tend(false);
  one->end();
  EXPECT_EQ(reasons(), (Texts{"segment_end", "segment_end", "stop"}));
  EXPECT_EQ(exit_code(), 0);
}

// The checkpoint at the end of a segment is over what that segment holds, not over the numbers that
// never came after it.
TEST_F(CheckpointTest, ASegmentEndsWithOneBeforeEventsThatWereLost) {
  bool full = false;
  ops_.write = [&](int fd, const char* bytes, std::size_t size) -> ssize_t {
    if (!full) return ::write(fd, bytes, size);
    errno = ENOSPC;
    return -1;
  };
  {
    const auto one = sink();
    deliver(*one, 3);
    full = true;
    now_ += std::chrono::seconds{1};
    EXPECT_FALSE(one->deliver(batch(4, 2)));
    EXPECT_FALSE(one->deliver(batch(8, 2))) << "the outbox was over its limit meanwhile";
    EXPECT_FALSE(one->tend(false));
    full = false;
    EXPECT_TRUE(one->deliver(batch(8, 2)));
    one->end();
    EXPECT_EQ(reasons(), (Texts{"segment_end", "stop"}));
    EXPECT_EQ(exit_code(), 0) << to_text(verify_log(log()));
  }
  {
    const auto one = sink();
    EXPECT_EQ(position_, 9U);
    deliver(*one, 1);  // and it is killed
  }
  now_ += std::chrono::seconds{1};
  const auto one = sink();
  EXPECT_TRUE(one->deliver(batch(20, 1)));
  one->end();
  EXPECT_EQ(reasons(), (Texts{"segment_end", "stop", "segment_end", "stop"}));
  const LogVerdict verdict = verify_log(log());
  EXPECT_EQ(exit_code_of(verdict), 0) << to_text(verdict);
  EXPECT_EQ(verdict.lost_events, 2U + 9U);
}

TEST_F(CheckpointTest, TimesDoNotStepBackThoughTheClockDoes) {
  for (int run = 0; run < 3; ++run) {
    const auto one = sink();
    deliver(*one, 1);
    one->end();
    deliver(*one, 1);
    now_ -= std::chrono::hours{24};
    one->tend(false);  // the clock was set back: it does not wait for yesterday
    EXPECT_EQ(reasons().back(), "time");
    if (run == 1) one->tend(true);  // a segment without a checkpoint
  }
  for (const Json& checkpoint : checkpoints()) {
    EXPECT_EQ(checkpoint["@timestamp"], "2026-11-22T16:00:00.000Z");
  }
  EXPECT_EQ(exit_code(), 0) << to_text(verify_log(log()));
}

TEST_F(CheckpointTest, AKeyThatComesLaterSignsWhatWasBefore) {
  {
    const auto one = sink(nullptr);
    deliver(*one, 30);
    one->end();
  }
  EXPECT_EQ(exit_code(), 4);
  const auto one = sink();
  one->tend(false);
  EXPECT_EQ(reasons(), Texts{});
  now_ += std::chrono::minutes{5};
  one->tend(false);
  EXPECT_EQ(reasons(), Texts{"time"});
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(CheckpointTest, ARestartSignsNothingTwice) {
  for (int run = 0; run < 3; ++run) {
    const auto one = sink();
    if (run == 0) deliver(*one, 1);
    now_ += std::chrono::hours{1};
    one->tend(false);
    one->end();
  }
  EXPECT_EQ(reasons().size(), 1U);
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(CheckpointTest, NoneIsWrittenIntoAFileThatWasTakenAway) {
  const auto one = sink();
  deliver(*one, 2);
  const auto file = log() / read_files(log()).begin()->first;
  std::filesystem::rename(file, directory_.path() / "kept");
  now_ += std::chrono::hours{1};
  one->tend(false);
  one->end();
  EXPECT_EQ(read_file(directory_.path() / "kept").find("\"checkpoint\""), std::string::npos);
  deliver(*one, 1);
  std::filesystem::rename(directory_.path() / "kept", file);
  one->end();
  EXPECT_EQ(reasons(), Texts{"stop"});
  EXPECT_EQ(exit_code(), 0) << to_text(verify_log(log()));
}

}  // namespace
}  // namespace wgaudit::test
