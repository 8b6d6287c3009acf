// Commands read the database, beside a daemon or after it.
#include "exporter/store/reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "exporter/store/schema.hpp"
#include "exporter/store/sqlite.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

namespace fs = std::filesystem;

Error refusal(const std::string& directory) {
  const auto reader = StoreReader::open(directory);
  EXPECT_FALSE(reader);
  return reader ? Error{} : reader.error();
}

TEST(StoreReader, ReadsBesideTheDaemonAndAfterIt) {
  StoreWorld world;
  world.open(at({}));
  const auto beside = StoreReader::open(world.directory);
  ASSERT_TRUE(beside) << beside.error().message();
  EXPECT_EQ(beside->installation(), world.installation());
  EXPECT_EQ(beside->last_sequence(), 0U);
  ASSERT_TRUE(world.commit(events_step(world.memory, 3, at({})), at({})));
  EXPECT_EQ(beside->last_sequence(), 3U);
  EXPECT_EQ(beside->read_after(1, 10)->events, world.store->read_after(1, 10)->events);
  world.store.reset();
  EXPECT_EQ(beside->last_sequence(), 3U);
  const auto after = StoreReader::open(world.directory);
  ASSERT_TRUE(after) << after.error().message();
  EXPECT_EQ(after->last_sequence(), 3U);
  EXPECT_EQ(after->read_after(0, 10)->events.size(), 3U);
  world.restart(at({}));
  EXPECT_TRUE(world.commit(events_step(world.memory, 1, at({})), at({})));
  EXPECT_EQ(after->last_sequence(), 4U);
}

TEST(StoreReader, SaysWhyItCannot) {
  const TempDir root;
  const std::string none = (root.path() / "none").string();
  const std::string empty = (root.path() / "empty").string();
  root.write("empty/state.db", "");
  const std::string text = (root.path() / "text").string();
  root.write("text/state.db", std::string(5000, 'x'));
  const std::string other = (root.path() / "other").string();
  {
    auto database = Database::open(root.write("other/state.db", ""), Database::Mode::read_write);
    ASSERT_TRUE((*database)->run("CREATE TABLE t (a)"));
  }
  const std::string link = (root.path() / "link").string();
  fs::create_directory(link);
  fs::create_symlink(other + "/state.db", link + "/state.db");
  struct Case {
    std::string directory, why;
  };
  const Case cases[] = {{none, "No such file or directory"},
                        {root.path().string(), "No such file or directory"},
                        {empty, "it is empty"},
                        {text, "file is not a database"},
                        {other, "not a state database of wgaudit"},
                        {link, "not a regular file"}};
  for (const Case& c : cases) {
    EXPECT_EQ(refusal(c.directory),
              (Error{"cannot read the state database", c.directory + "/state.db", c.why}));
  }
  EXPECT_TRUE(fs::is_empty(fs::path(empty) / "state.db"));
}

TEST(StoreReader, SaysThatItMayNot) {
  StoreWorld world;
  world.open(at({}));
  world.store.reset();
  chmod(world.path("state.db").c_str(), 0);
  const AsOrdinaryUser user;
  EXPECT_EQ(refusal(world.directory).why, "Permission denied");
}

TEST(StoreReader, RefusesAnotherRelease) {
  StoreWorld world;
  world.open(at({}));
  world.store.reset();
  auto database = Database::open(world.path("state.db"), Database::Mode::read_write);
  const std::string newer = "PRAGMA user_version = " + std::to_string(migrations().size() + 1);
  ASSERT_TRUE((*database)->run(newer.c_str()));
  EXPECT_EQ(refusal(world.directory).why, "written by a newer release");
}

TEST(ReadMemory, IsWhatTheDaemonCommittedBesideItAndAfterIt) {
  StoreWorld world;
  world.open(at({}));
  ASSERT_TRUE(
      world.commit(device_step(world.memory, {"", "wg0"}, {"alice", "bob"}, at({})), at({})));
  auto beside = read_memory(world.directory, at({}));
  ASSERT_TRUE(beside) << beside.error().message();
  EXPECT_EQ(stored(*beside), stored(world.memory));
  ASSERT_EQ(beside->devices.size(), 1U);
  EXPECT_EQ(beside->devices.begin()->second.peers.size(), 2U);
  // The daemon goes on: nothing is held.
  ASSERT_TRUE(world.commit(events_step(world.memory, 3, at({})), at({})));
  world.store.reset();
  const auto before = read_file(world.path("state.db"));
  EXPECT_EQ(stored(*read_memory(world.directory, at({}))), stored(world.memory));
  EXPECT_EQ(read_file(world.path("state.db")), before);
}

TEST(ReadMemory, IsCarriedOverIntoAnotherBoot) {
  StoreWorld world;
  world.open(at({}));
  ASSERT_TRUE(world.commit(device_step(world.memory, {"", "wg0"}, {"alice"}, at({})), at({})));
  const Now later = at(std::chrono::hours{5}, "boot-2");
  Memory expected = *read_memory(world.directory, at({}));
  carry_over(expected, later);
  EXPECT_EQ(stored(*read_memory(world.directory, later)), stored(expected));
}

TEST(ReadMemory, SaysWhyItCannot) {
  const TempDir root;
  const auto none = read_memory((root.path() / "none").string(), at({}));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().why, "No such file or directory");
  StoreWorld world;
  world.open(at({}));
  auto database = Database::open(world.path("state.db"), Database::Mode::read_write);
  ASSERT_TRUE((*database)->run("DELETE FROM program"));
  const auto damaged = read_memory(world.directory, at({}));
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error(), (Error{"cannot read the state database", world.path("state.db"),
                                    "it does not say whose state it is"}));
}

TEST(StoreReader, SaysWhatIsDamagedLater) {
  StoreWorld world;
  world.open(at({}));
  Step step = events_step(world.memory, 1, at({}));
  step.delta.sessions = {full_session(1, "alice", "alice")};
  ASSERT_TRUE(world.commit(std::move(step), at({})));
  const auto reader = StoreReader::open(world.directory);
  ASSERT_TRUE(reader);
  auto database = Database::open(world.path("state.db"), Database::Mode::read_write);
  ASSERT_TRUE((*database)->run("UPDATE sessions SET public_key = x''; DELETE FROM program"));
  EXPECT_EQ(reader->sessions({}).error(),
            (Error{"cannot read the state database", world.path("state.db"),
                   "a row of the history that makes no sense"}));
  EXPECT_EQ(reader->last_sequence().error().why, "it does not say whose state it is");
}

}  // namespace
}  // namespace wgaudit::test
