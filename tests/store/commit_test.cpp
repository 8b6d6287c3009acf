// The promise: a step is there as a whole, or not at all.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "exporter/store/reader.hpp"
#include "exporter/store/sqlite.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

const DeviceId kWg0{"", "wg0"}, kWg1{"", "wg1"};

TEST(StoreCommit, KeepsAStepThatTells) {
  StoreWorld world;
  world.open(at({}));
  Step step = device_step(world.memory, kWg0, {"alice", "bob"}, at({}));
  const std::vector<Event> events = step.events;
  ASSERT_TRUE(world.commit(std::move(step), at({})));
  const Stored want = stored(world.memory);
  ASSERT_EQ(want.devices.at(kWg0).peers.at(key("alice")).told, full_peer("alice").told);
  ASSERT_EQ(want.devices.at(kWg0).peers.at(key("alice")).received_bytes, 21U);
  const StoreStatus status = world.store->status();
  EXPECT_EQ(status.last_sequence, 1U);
  EXPECT_EQ(status.last_commit, at({}).wall);
  EXPECT_EQ(status.commits_total, 1U);
  EXPECT_EQ(status.events_total[static_cast<std::size_t>(Action::peer_added)], 1U);
  EXPECT_EQ(world.events(), events);
  world.restart(at({}));
  EXPECT_EQ(stored(world.memory), want);
  EXPECT_EQ(world.events(), events);
}

TEST(StoreCommit, WritesNothingWhereNothingIsTold) {
  StoreWorld world;
  Step step = quiet_step(world.memory, at({}));
  EXPECT_TRUE(world.store->commit(step, at({}))) << "not even open";
  world.open(at({}));
  step.delta.devices.push_back(
      {.id = kWg0, .changed = {{.peer = full_peer("alice"), .tells = false}}});
  EXPECT_TRUE(world.store->commit(step, at({})));
  EXPECT_EQ(world.store->status().commits_total, 0U);
}

TEST(StoreCommit, IsRefusedWhileItIsNotOpen) {
  StoreWorld world;
  EXPECT_FALSE(world.store->commit(events_step(world.memory, 1, at({})), at({})));
  EXPECT_FALSE(world.store->write_learned(world.memory, 0, 1, at({})));
  EXPECT_FALSE(world.store->advance("file", 0));
  EXPECT_FALSE(world.store->read_after(0, 1));
}

TEST(StoreCommit, SurvivesTheDeathOfTheDaemon) {
  StoreWorld world;
  const pid_t child = fork();
  if (child == 0) {
    world.open(at({}));
    if (world.commit(device_step(world.memory, kWg0, {"alice"}, at({})), at({}))) {
      raise(SIGKILL);
    }
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  const auto reader = StoreReader::open(world.directory);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->last_sequence(), 1U);
  world.open(at(seconds(5)));
  EXPECT_EQ(world.memory.devices.at(kWg0).peers.front().told, full_peer("alice").told);
  EXPECT_EQ(world.events().size(), 1U);
}

// The last statement of the step fails, by a trigger.
TEST(StoreCommit, OfAStepThatFailsNothingIsThere) {
  StoreWorld world;
  world.open(at({}));
  ASSERT_TRUE(world.commit(device_step(world.memory, kWg0, {"alice"}, at({})), at({})));
  const Stored before = stored(world.memory);
  auto other = Database::open(world.path("state.db"), Database::Mode::read_write);
  ASSERT_TRUE(
      (*other)->run("CREATE TRIGGER t BEFORE INSERT ON events WHEN new.sequence = 4"
                    " BEGIN SELECT raise(ABORT, 'as the test wants it'); END"));
  Step step = device_step(world.memory, kWg1, {"bob"}, at(seconds(5)));
  step.delta.devices.push_back(
      {.id = kWg0, .last = world.memory.devices.at(kWg0).last, .removed = {key("alice")}});
  step.delta.sessions = {full_session(1, "bob", "bob")};
  step.delta.departed = {{{kWg0, key("alice")}, {}}};
  step.delta.findings_changed = step.delta.findings = {{{RuleId::unknown_key, "", "wg1", {}, ""}}};
  add_event(step, at(seconds(5)));
  add_event(step, at(seconds(5)));
  EXPECT_FALSE(world.store->commit(step, at(seconds(5))));
  EXPECT_FALSE(world.store->status().up);
  EXPECT_EQ(world.store->status().why, "as the test wants it");
  EXPECT_TRUE(world.store->is_open());
  EXPECT_EQ(world.store->outbox().last, 1U);
  EXPECT_EQ(world.events().size(), 1U);
  EXPECT_TRUE(StoreReader::open(world.directory)->sessions({})->empty());
  Store::Opened reopened = world.open(at(seconds(5)));
  EXPECT_EQ(stored(reopened.memory), before);

  ASSERT_TRUE((*other)->run("DROP TRIGGER t"));
  EXPECT_TRUE(world.commit(std::move(step), at(seconds(10)))) << "the same step, a poll later";
  EXPECT_TRUE(world.store->status().up);
  EXPECT_EQ(world.store->status().why, "");
  const Stored after = stored(world.memory);
  EXPECT_EQ(stored(world.restart(at(seconds(10))).memory), after);
  EXPECT_EQ(world.events().size(), 4U);
}

TEST(StoreCommit, RefusesEventsOutOfSequence) {
  StoreWorld world;
  world.open(at({}));
  const Step good = events_step(world.memory, 3, at({}));
  std::vector<Step> bad(4, good);
  bad[0].events.erase(bad[0].events.begin());
  bad[1].events.erase(bad[1].events.begin() + 1);
  bad[2].delta.program.sequence = 4;
  bad[3].events[0].sequence = 0;
  for (const Step& step : bad) {
    EXPECT_FALSE(world.store->commit(step, at({})));
    EXPECT_EQ(world.store->status().why, "events out of sequence");
  }
  EXPECT_TRUE(world.store->commit(good, at({})));
  EXPECT_FALSE(world.store->commit(good, at({}))) << "not twice";
}

TEST(StoreCommit, FollowsARenamedInterface) {
  StoreWorld world;
  world.open(at({}));
  ASSERT_TRUE(world.commit(device_step(world.memory, kWg0, {"alice"}, at({})), at({})));
  Step step = events_step(world.memory, 1, at({}));
  step.delta.renamed = {{kWg0, kWg1}};
  ASSERT_TRUE(world.commit(std::move(step), at({})));
  const Stored want = stored(world.memory);
  ASSERT_TRUE(want.devices.contains(kWg1));
  EXPECT_EQ(stored(world.restart(at({})).memory), want);
}

// As Memory::apply() has it: who has the name keeps it.
TEST(StoreCommit, ANameThatIsTakenStaysWithItsOwner) {
  StoreWorld world;
  world.open(at({}));
  ASSERT_TRUE(world.commit(device_step(world.memory, kWg0, {"alice"}, at({})), at({})));
  ASSERT_TRUE(world.commit(device_step(world.memory, kWg1, {"bob"}, at({})), at({})));
  Step step = events_step(world.memory, 1, at({}));
  step.delta.renamed = {{kWg0, kWg1}};
  ASSERT_TRUE(world.commit(std::move(step), at({}))) << world.store->status().why;
  const Stored want = stored(world.memory);
  ASSERT_EQ(want.devices.size(), 1U);
  EXPECT_EQ(stored(world.restart(at({})).memory), want);
}

TEST(StoreCommit, KeepsTheInventoryThatItTellsOf) {
  StoreWorld world;
  world.open(at({}));
  auto copy = std::make_shared<InventoryCopy>();
  copy->path = "/etc/wgaudit/inventory.d";
  copy->sha256 = "abc";
  copy->files = {{"a.json", 1000, std::string("\0\xff", 2)}, {"b.json", 0, ""}};
  auto other = std::make_shared<InventoryCopy>(*copy);
  other->sha256 = "def";

  Step step = events_step(world.memory, 1, at({}));
  step.delta.program.inventory_sha256 = "abc";
  world.store->keep_inventory(other);
  ASSERT_TRUE(world.commit(std::move(step), at({})));
  EXPECT_FALSE(world.restart(at({})).inventory) << "another one";

  step = events_step(world.memory, 1, at({}));
  step.delta.program.inventory_sha256 = "abc";
  world.store->keep_inventory(copy);
  ASSERT_TRUE(world.commit(std::move(step), at({})));
  const auto opened = world.restart(at({}));
  ASSERT_TRUE(opened.inventory);
  EXPECT_EQ(opened.inventory->path, copy->path);
  EXPECT_EQ(opened.inventory->sha256, "abc");
  ASSERT_EQ(opened.inventory->files.size(), 2U);
  EXPECT_EQ(opened.inventory->files[0].path, "a.json");
  EXPECT_EQ(opened.inventory->files[0].bytes, 1000U);
  EXPECT_EQ(opened.inventory->files[0].deflated, copy->files[0].deflated);
  EXPECT_EQ(opened.inventory->files[1].deflated, "");
}

}  // namespace
}  // namespace wgaudit::test
