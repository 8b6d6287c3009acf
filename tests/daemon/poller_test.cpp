#include "exporter/daemon/poller.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;

// A collector whose polls the test lets through one by one, and a boot clock that the test moves.
class FakeCollector {
 public:
  Observation observe() {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return allowed_ > 0; });
    --allowed_;
    Observation observation;
    observation.devices = {test::device("wg0", {{.name = "alice"}}, clock())};
    observation.sources.push_back({CollectorKind::netlink, "", SourceStatus::complete, "", {}, {}});
    return observation;
  }
  void allow(int polls) {
    const std::scoped_lock lock(mutex_);
    allowed_ += polls;
    changed_.notify_all();
  }
  void wait_for_begin(int polls) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_ >= polls; });
  }
  int begun() {
    const std::scoped_lock lock(mutex_);
    return begun_;
  }
  BootTime clock() const { return BootTime{Duration{boot_.load()}}; }
  void move_clock(Duration by) { boot_ += by.count(); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int allowed_ = 0, begun_ = 0;
  std::atomic<std::int64_t> boot_ = 1'000'000'000'000;
};

JudgeContext context() {
  return make_context("gw1", std::make_shared<const Inventory>(), {},
                      std::make_shared<const RuleSettings>());
}

struct Rig {
  FakeCollector collector;
  std::atomic<int> published = 0;
  test::TempDir dir;
  Store store{dir.path() / "state"};
  StateKeeper keeper{store, {[] { return std::nullopt; }, [](const auto&) {}, [](const auto&) {}}};
  Poller poller{1h,
                Memory{},
                context(),
                keeper,
                {[this] { return collector.observe(); },
                 [this] { return Now{WallTime{1h}, collector.clock(), "boot"}; },
                 [this] { return store.outbox(); }, [this](const View&) { ++published; }}};
  ~Rig() {
    collector.allow(100);
    poller.stop();
  }
};

TEST(Poller, NoViewBeforeTheFirstPoll) {
  Rig rig;
  rig.poller.start();
  rig.collector.wait_for_begin(1);
  EXPECT_EQ(rig.poller.fresh(1s, 1ms), nullptr);
  EXPECT_EQ(rig.poller.view(), nullptr);
}

TEST(Poller, TheFirstScrapeWaitsForTheFirstPoll) {
  Rig rig;
  rig.poller.start();
  auto scrape = std::async(std::launch::async, [&] { return rig.poller.fresh(1s, 10s); });
  rig.collector.wait_for_begin(1);
  rig.collector.allow(1);
  const auto view = scrape.get();
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(view->poll, 1U);
  EXPECT_EQ(view->devices.size(), 1U);
}

TEST(Poller, AFreshViewCostsNoPoll) {
  Rig rig;
  rig.collector.allow(1);
  rig.poller.start();
  ASSERT_NE(rig.poller.fresh(1s, 10s), nullptr);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rig.poller.fresh(1s, 10s)->poll, 1U);
  EXPECT_EQ(rig.collector.begun(), 1);
}

TEST(Poller, OnePollServesAllWhoWait) {
  Rig rig;
  rig.collector.allow(1);
  rig.poller.start();
  ASSERT_NE(rig.poller.fresh(1s, 10s), nullptr);
  rig.collector.move_clock(2s);
  std::vector<std::future<std::shared_ptr<const View>>> scrapes;
  for (int i = 0; i < 8; ++i) {
    scrapes.push_back(std::async(std::launch::async, [&] { return rig.poller.fresh(1s, 10s); }));
  }
  rig.collector.wait_for_begin(2);
  rig.collector.allow(1);
  for (auto& scrape : scrapes) EXPECT_EQ(scrape.get()->poll, 2U);
  EXPECT_EQ(rig.collector.begun(), 2);
}

TEST(Poller, AfterItsTimeLimitAScrapeGetsWhatThereIs) {
  Rig rig;
  rig.collector.allow(1);
  rig.poller.start();
  ASSERT_NE(rig.poller.fresh(1s, 10s), nullptr);
  rig.collector.move_clock(2s);
  const auto view = rig.poller.fresh(1s, 5ms);  // the collector hangs
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(view->poll, 1U);
}

TEST(Poller, ANewContextIsJudgedByAtOnce) {
  Rig rig;
  rig.collector.allow(1);
  rig.poller.start();
  ASSERT_NE(rig.poller.fresh(1s, 10s), nullptr);
  JudgeContext next = context();
  next.gateway = "gw2";
  rig.collector.allow(1);
  rig.poller.use(std::move(next));
  rig.collector.wait_for_begin(2);
  rig.collector.move_clock(2s);
  rig.collector.allow(1);
  EXPECT_EQ(rig.poller.fresh(1s, 10s)->gateway, "gw2");
}

TEST(Poller, StopsWhileAScrapeWaits) {
  Rig rig;
  rig.poller.start();
  rig.collector.wait_for_begin(1);
  auto scrape = std::async(std::launch::async, [&] { return rig.poller.fresh(1s, 1h); });
  auto stop = std::async(std::launch::async, [&] { rig.poller.stop(); });
  (void)scrape.get();
  rig.collector.allow(1);
  stop.get();
  EXPECT_EQ(rig.published, 1);
}

}  // namespace
}  // namespace wgaudit
