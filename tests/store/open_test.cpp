// What a run begins with: nothing, what the one before left, or less than the file sink knows.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
namespace fs = std::filesystem;

// A database with a baseline and three events.
void fill(StoreWorld& world) {
  world.open(at({}));
  Step step = device_step(world.memory, {"", "wg0"}, {"alice", "bob"}, at({}));
  step.delta.program.baseline = true;
  add_event(step, at({}));
  add_event(step, at({}));
  ASSERT_TRUE(world.commit(std::move(step), at({})));
}

TEST(StoreOpen, TheFirstRunBeginsWithNothing) {
  StoreWorld world;
  EXPECT_FALSE(world.store->is_open());
  const auto opened = world.open(at({}));
  EXPECT_TRUE(world.store->is_open());
  EXPECT_FALSE(opened.replaced);
  EXPECT_FALSE(opened.inventory);
  EXPECT_FALSE(opened.memory.program.baseline);
  EXPECT_FALSE(opened.memory.alive_before);
  EXPECT_EQ(opened.memory.baseline_reason, BaselineReason::first_run);
  EXPECT_EQ(world.installation().size(), 32U);
  const StoreStatus status = world.store->status();
  EXPECT_TRUE(status.up);
  EXPECT_EQ(status.last_sequence, 0U);
  EXPECT_GT(status.size_bytes, 0U);
  EXPECT_EQ(status.events_total, std::vector<std::uint64_t>(kActions));
}

TEST(StoreOpen, EachInstallationHasItsOwnName) {
  StoreWorld one, two;
  one.open(at({}));
  two.open(at({}));
  EXPECT_NE(one.installation(), two.installation());
  const std::string before = one.installation();
  one.restart(at({}));
  EXPECT_EQ(one.installation(), before);
}

TEST(StoreOpen, ARestartGoesOn) {
  StoreWorld world;
  fill(world);
  const Stored want = stored(world.memory);
  const auto opened = world.restart(at(seconds(60)), WrittenTail{world.installation(), 3});
  EXPECT_FALSE(opened.replaced);
  EXPECT_TRUE(opened.memory.program.baseline);
  EXPECT_EQ(opened.memory.alive_before, at({}).wall);
  EXPECT_FALSE(opened.memory.started);
  EXPECT_EQ(stored(opened.memory), want);
}

TEST(StoreOpen, RebuildsTheDevicesOfTheLastPoll) {
  StoreWorld world;
  fill(world);
  const auto opened = world.restart(at(seconds(60)));
  const DeviceMemory& memory = opened.memory.devices.at({"", "wg0"});
  EXPECT_FALSE(memory.read_in_run);
  Device want = device("wg0",
                       {{.name = "alice",
                         .allowed_ips = {"10.0.0.1/32", "fd00::/64", "::/0"},
                         .last_handshake = wall("2026-07-31T23:58:00Z"),
                         .endpoint = "[fe80::1%3]:51820",
                         .received_bytes = 21,
                         .sent_bytes = 22,
                         .preshared_key = true,
                         .keepalive = 25}},
                       at({}).boot);
  want.peers.push_back(want.peers.front());
  want.peers.back().public_key = key("bob");
  want.peers.back().prefix_offset = 0;
  normalize(want);
  want.collector = CollectorKind::uapi;
  want.implementation = Implementation::userspace;
  want.netns_device = 1;
  want.netns_inode = 2;
  want.public_key = key("device");
  want.firewall_mark = 0xffffffff;
  want.link.reset();
  EXPECT_EQ(*memory.last, want);
}

TEST(StoreOpen, WithoutADatabaseTheStateIsLostIfEventsWereWritten) {
  StoreWorld world;
  EXPECT_EQ(world.open(at({}), WrittenTail{"other", 9}).memory.baseline_reason,
            BaselineReason::state_lost);
  // Nothing was told yet: the reason outlives a crash.
  EXPECT_EQ(world.restart(at({})).memory.baseline_reason, BaselineReason::state_lost);
  StoreWorld without;
  EXPECT_EQ(without.open(at({}), WrittenTail{"", 0}).memory.baseline_reason,
            BaselineReason::first_run);
}

TEST(StoreOpen, ADatabaseBehindTheFileSinkIsARestoredBackup) {
  StoreWorld world;
  fill(world);
  const std::string before = world.installation();
  const auto opened = world.restart(at(hours(1)), WrittenTail{before, 4});
  EXPECT_EQ(opened.memory.baseline_reason, BaselineReason::state_rolled_back);
  EXPECT_FALSE(opened.memory.program.baseline);
  EXPECT_TRUE(opened.memory.devices.empty());
  ASSERT_TRUE(opened.replaced);
  EXPECT_EQ(opened.replaced->message(), "the state database was moved aside: " +
                                            world.path("state.db.rolled-back-20260801T010000Z") +
                                            ": events up to 4 were written, it knows of 3");
  EXPECT_TRUE(fs::exists(world.path("state.db.rolled-back-20260801T010000Z")));
  EXPECT_NE(world.installation(), before);
  EXPECT_TRUE(world.commit(events_step(world.memory, 1, at(hours(1))), at(hours(1))));
}

TEST(StoreOpen, ABackupOfAnInstallationThatAnotherHasFollowed) {
  for (const auto& [written, rolled_back] : {std::pair{3U, false}, std::pair{4U, true}}) {
    StoreWorld world;
    fill(world);
    const std::string before = world.installation();
    const WrittenTail tail{std::string(32, 'a'), 1, {{before, written}, {"c", 9}}};
    const auto opened = world.restart(at(hours(1)), tail);
    EXPECT_EQ(opened.memory.baseline_reason == BaselineReason::state_rolled_back, rolled_back);
    EXPECT_EQ(world.installation() != before, rolled_back);
  }
}

TEST(StoreOpen, TheTailOfAnotherInstallationSaysNothing) {
  StoreWorld world;
  fill(world);
  const auto opened = world.restart(at({}), WrittenTail{std::string(32, 'a'), 1000});
  EXPECT_FALSE(opened.replaced);
  EXPECT_TRUE(opened.memory.program.baseline);
}

TEST(StoreOpen, AnotherBootTakesTheTimesAlong) {
  StoreWorld world;
  fill(world);
  Step gone = events_step(world.memory, 1, at({}));
  const DepartedId carol{{"", "wg0"}, key("carol")};
  gone.delta.departed = {{carol, {at(-hours(2)).wall, at(-hours(2)).boot}}};
  ASSERT_TRUE(world.commit(std::move(gone), at({})));

  // A day later, a minute after boot.
  const Now now{at(hours(24)).wall, boot(seconds(60)), "boot-2"};
  const auto opened = world.restart(now);
  const auto& alice = opened.memory.devices.at({"", "wg0"}).peers.front();
  EXPECT_EQ(alice.learned.last_handshake_boot,
            now.boot - (now.wall - alice.learned.last_handshake));
  EXPECT_EQ(opened.memory.departed.at(carol).last_handshake_boot, now.boot - hours(26));
  EXPECT_EQ(opened.memory.devices.at({"", "wg0"}).last->observed_at, now.boot - hours(24));
  EXPECT_EQ(opened.memory.program.boot_id, "boot-1") << "so that judge() sees that it is another";

  // A commit that says nothing of these peers names the new boot for all of them.
  const Stored want = stored(opened.memory);
  ASSERT_TRUE(world.commit(events_step(world.memory, 1, now), now));
  const auto again = world.restart({now.wall + seconds(9), now.boot + seconds(9), "boot-2"});
  EXPECT_EQ(stored(again.memory).devices, want.devices);
  EXPECT_EQ(stored(again.memory).departed, want.departed);
  EXPECT_EQ(again.memory.program.boot_id, "boot-2");
}

TEST(StoreOpen, CanBeDoneAgain) {
  StoreWorld world;
  fill(world);
  const Stored want = stored(world.memory);
  EXPECT_EQ(stored(world.open(at({})).memory), want);
  EXPECT_TRUE(world.commit(events_step(world.memory, 1, at({})), at({})));
}

}  // namespace
}  // namespace wgaudit::test
