// A disk that takes no more, by the limit on the size of files (setrlimit(2)): a write fails as it
// does on a full disk, in the middle of a commit.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    set(bytes);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  void set(rlim_t bytes) const {
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }

 private:
  rlimit before_{};
};

Step large_step(const Memory& memory, const Now& now) {
  Step step = device_step(memory, {"", "wg0"}, {"alice", "bob"}, now);
  for (int i = 0; i < 50; ++i) add_event(step, now, std::string(2000, 'x'));
  return step;
}

// Wherever it ends: nothing of the step is there, and the same step is committed once there is
// room.
TEST(FullDisk, KeepsNothingOfAStepAndAllOfItLater) {
  StoreWorld world;
  world.open(at({}));
  int failures = 0;
  for (rlim_t limit = 32'768; limit < 600'000; limit += 20'000) {
    const Now now = at(seconds(limit));
    const Step step = large_step(world.memory, now);
    const std::size_t events = world.events().size();
    bool committed = false;
    {
      const FileSizeLimit full(limit);
      committed = world.store->commit(step, now);
    }
    if (!committed) {
      ++failures;
      EXPECT_FALSE(world.store->status().up);
      EXPECT_TRUE(world.store->status().why.starts_with("disk I/O error"));
      EXPECT_TRUE(world.store->is_open());
      EXPECT_EQ(world.events().size(), events);
      const Stored before = stored(world.memory);
      EXPECT_EQ(stored(world.restart(now).memory).devices, before.devices);
      ASSERT_TRUE(world.store->commit(step, now)) << world.store->status().why;
    }
    EXPECT_TRUE(world.store->status().up);
    world.memory.apply(step.delta);
    EXPECT_EQ(world.events().size(), events + step.events.size());
  }
  EXPECT_GT(failures, 3);
}

TEST(FullDisk, RecoveryIsNoticedThoughNothingIsTold) {
  StoreWorld world;
  world.open(at({}));
  const FileSizeLimit full(33'000);
  EXPECT_FALSE(world.store->commit(large_step(world.memory, at({})), at({})));
  EXPECT_FALSE(world.store->status().up);
  full.set(RLIM_INFINITY);
  EXPECT_FALSE(world.store->status().up) << "nobody has tried";
  EXPECT_TRUE(world.store->write_learned(world.memory, 0, 60, at({})));
  EXPECT_TRUE(world.store->status().up);
}

TEST(FullDisk, SinksKeepTheirPlace) {
  StoreWorld world;
  world.open(at({}));
  ASSERT_TRUE(world.commit(events_step(world.memory, 5, at({})), at({})));
  ASSERT_TRUE(world.store->advance("file", 2));
  {
    const FileSizeLimit full(0);
    EXPECT_FALSE(world.store->advance("file", 4));
    EXPECT_EQ(world.store->cursor("file"), 2U);
    EXPECT_FALSE(world.store->status().up);
    EXPECT_FALSE(world.store->write_learned(world.memory, 0, 1, at(seconds(5))));
  }
  EXPECT_TRUE(world.store->advance("file", 4));
  world.restart(at({}));
  EXPECT_EQ(world.store->cursor("file"), 4U);
}

TEST(FullDisk, OpeningMayBeTriedAgain) {
  StoreWorld world;
  {
    const FileSizeLimit full(0);
    const auto opened = world.store->open(std::nullopt, at({}));
    ASSERT_FALSE(opened);
    EXPECT_FALSE(opened.error().permanent) << opened.error().error.message();
    EXPECT_FALSE(world.store->is_open());
    EXPECT_FALSE(world.store->status().up);
    EXPECT_NE(world.store->status().why, "");
  }
  EXPECT_EQ(world.open(at({})).memory.baseline_reason, BaselineReason::first_run);
}

TEST(FullDisk, ADatabaseThatIsThereIsNotGivenUp) {
  StoreWorld world;
  world.open(at({}));
  ASSERT_TRUE(world.commit(large_step(world.memory, at({})), at({})));
  const Stored want = stored(world.memory);
  world.store = std::make_unique<Store>(world.directory);
  {
    const FileSizeLimit full(0);
    const auto opened = world.store->open(std::nullopt, at({}));
    if (!opened) EXPECT_FALSE(opened.error().permanent) << opened.error().error.message();
  }
  EXPECT_EQ(stored(world.open(at({})).memory), want);
  EXPECT_TRUE(world.files("state.db.").empty());
}

}  // namespace
}  // namespace wgaudit::test
