#include "exporter/store/schema.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "exporter/store/reader.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

const auto kKnown = static_cast<std::int64_t>(migrations().size());
const std::string kNewer = "PRAGMA user_version = " + std::to_string(kKnown + 1);
const std::string kRefusal = "written by a newer release: version " + std::to_string(kKnown + 1) +
                             ", known is " + std::to_string(kKnown);

class Schema : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Database::open(root_.write("db", ""), Database::Mode::read_write);
    ASSERT_TRUE(opened);
    database_ = *std::move(opened);
  }
  std::expected<void, SchemaError> run(std::span<const char* const> scripts) {
    database_->clear_error();
    Transaction transaction(*database_);
    auto migrated = migrate(*database_, scripts);
    if (migrated) EXPECT_TRUE(transaction.commit());
    return migrated;
  }
  std::int64_t version() { return schema_version(*database_).value_or(-1); }
  // Ours, and these.
  static std::vector<const char*> ours_and(std::vector<const char*> more) {
    std::vector<const char*> scripts(migrations().begin(), migrations().end());
    scripts.insert(scripts.end(), more.begin(), more.end());
    return scripts;
  }

  TempDir root_;
  std::unique_ptr<Database> database_;
};

TEST_F(Schema, LeadsFromAnyVersionToTheNewest) {
  const auto newer =
      ours_and({"ALTER TABLE sinks ADD COLUMN note TEXT NOT NULL DEFAULT 'old'",
                "CREATE TABLE more (a INTEGER) STRICT; INSERT INTO more VALUES (3)"});
  EXPECT_EQ(version(), 0);
  ASSERT_TRUE(run(migrations()));
  EXPECT_EQ(version(), kKnown);
  ASSERT_TRUE(database_->run("INSERT INTO sinks VALUES ('file', 5)"));
  ASSERT_TRUE(run(newer));
  EXPECT_EQ(version(), kKnown + 2);
  EXPECT_EQ(database_->value("SELECT note || cursor FROM sinks"), "old5");
  EXPECT_EQ(database_->number("SELECT a FROM more"), 3);
  ASSERT_TRUE(run(newer)) << "nothing is left to do";
  EXPECT_EQ(database_->number("SELECT count(*) FROM more"), 1);
}

TEST_F(Schema, AFailingScriptLeavesTheOldVersion) {
  ASSERT_TRUE(run(migrations()));
  const auto broken = ours_and({"CREATE TABLE more (a)", "no sql"});
  const auto migrated = run(broken);
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().error.why, "near \"no\": syntax error");
  database_->clear_error();
  EXPECT_EQ(version(), kKnown);
  EXPECT_EQ(database_->number("SELECT count(*) FROM sqlite_schema WHERE name = 'more'"), 0);
}

TEST_F(Schema, RefusesANewerVersion) {
  ASSERT_TRUE(run(migrations()));
  ASSERT_TRUE(database_->run(kNewer.c_str()));
  const auto migrated = run(migrations());
  ASSERT_FALSE(migrated);
  EXPECT_TRUE(migrated.error().newer);
  EXPECT_EQ(migrated.error().error.why, kRefusal);
}

TEST_F(Schema, KnowsADatabaseOfAnother) {
  ASSERT_TRUE(database_->run("CREATE TABLE t (a)"));
  EXPECT_EQ(schema_version(*database_).error(),
            (SqlError{SqlError::Kind::corrupt, "not a state database of wgaudit"}));
}

// By the boot clock of the boot that the row of the program names.
TEST_F(Schema, VersionTwoKnowsWhenAPeerWasFirstSeen) {
  ASSERT_TRUE(run(migrations().first(1)));
  ASSERT_TRUE(database_->run(
      "INSERT INTO program VALUES (1, 'i', 0, 0, 1, 1, 'boot', 0, 0, '', '', 0, 0, 700, 0, 0, 0);"
      "INSERT INTO devices VALUES (1, '', 'wg0', 0, 0, 0, 0, NULL, NULL, 0, 0);"
      "INSERT INTO peers VALUES (1, x'00', 0, 0, NULL, 0, 0, x'', NULL, NULL, NULL, NULL, 0, 0, 0,"
      " 0, 0, 0, 0, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 0, 0, 5, 6)"));
  ASSERT_TRUE(run(migrations()));
  EXPECT_EQ(database_->number("SELECT first_seen_boot FROM peers"), 300);
  EXPECT_EQ(database_->number("SELECT sent FROM peers"), 6);
}

// A database of the release before, with a row of each kind that the history begins with.
TEST(SchemaInUse, AnOlderDatabaseKeepsWhatItHasAndBeginsTheHistoryWithIt) {
  StoreWorld world;
  world.open(at({}));
  Step step = device_step(world.memory, {"", "wg0"}, {"alice"}, at({}));
  step.delta.sessions = {full_session(1, "alice", "alice"), full_session(2, "alice", "alice")};
  step.delta.sessions[1].ended.reset();
  step.delta.findings_changed = step.delta.findings = {
      {{RuleId::unknown_key, "", "wg0", key("bob"), ""}, Severity::critical, "bob", at({}).wall}};
  const auto sessions = step.delta.sessions;
  const auto findings = step.delta.findings;
  ASSERT_TRUE(world.commit(std::move(step), at({})));
  const Stored want = stored(world.memory);
  world.store.reset();
  {
    auto database = Database::open(world.path("state.db"), Database::Mode::read_write);
    ASSERT_TRUE((*database)->run(
        "DROP TABLE session_endpoints; DROP TABLE finding_history; DROP TABLE key_history;"
        "DROP TABLE history; DROP INDEX sessions_by_span;"
        "ALTER TABLE sessions DROP COLUMN span;"
        "CREATE INDEX sessions_by_end ON sessions (ended);"
        "PRAGMA user_version = 1"))
        << (*database)->error().why;
  }
  EXPECT_EQ(stored(world.restart(at({})).memory), want);
  const auto reader = StoreReader::open(world.directory);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->sessions({}), sessions);
  EXPECT_EQ(reader->extent(), HistoryExtent{});
  const auto endpoints = reader->endpoints({});
  ASSERT_EQ(endpoints->size(), 2U);
  EXPECT_EQ((*endpoints)[0].endpoint, (EndpointRecord{1, sessions[0].endpoint.address,
                                                      sessions[0].started, sessions[0].ended}));
  EXPECT_EQ((*endpoints)[1].endpoint.last_seen, std::nullopt);
  EXPECT_EQ(reader->findings({}), (std::vector<FindingRecord>{{findings[0], {}, ""}}));
  const auto keys = reader->keys({});
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().public_key, key("alice"));
  EXPECT_EQ(keys->front().first_seen, full_peer("alice").learned.first_seen);
  EXPECT_EQ(keys->front().removed, std::nullopt);

  // Whose it is says the first poll of the new release.
  step = events_step(world.memory, 1, at({}));
  step.delta.key_owners = {{{"", "wg0"}, key("alice"), "alice"}};
  ASSERT_TRUE(world.commit(std::move(step), at({})));
  EXPECT_EQ(reader->keys({.principal = "alice"})->size(), 1U);
}

TEST(SchemaInUse, ANewerDatabaseIsRefusedAndLeftAsItIs) {
  StoreWorld world;
  world.open(at({}));
  world.store.reset();
  {
    auto database = Database::open(world.path("state.db"), Database::Mode::read_write);
    ASSERT_TRUE((*database)->run(kNewer.c_str()));
  }
  const std::string before = read_file(world.path("state.db"));
  Store store(world.directory);
  const auto opened = store.open(std::nullopt, at({}));
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().permanent);
  EXPECT_EQ(opened.error().error,
            (Error{"cannot use the state database", world.path("state.db"), kRefusal}));
  EXPECT_EQ(read_file(world.path("state.db")), before);
  EXPECT_EQ(world.files("state.db"), std::vector<std::string>{"state.db"});
}

// As the first release left it: what it knows stays, and the newest tables are there.
TEST(SchemaInUse, ADatabaseOfTheFirstVersionIsUsed) {
  constexpr char kRows[] = R"sql(
INSERT INTO program VALUES (1, '0123456789abcdef0123456789abcdef', 1, 0, 1, 1, 'boot-1', 0, 3, '', '', 1, 2, 3, 1, 1, 0);
INSERT INTO devices VALUES (7, '', 'wg0', 0, 0, 1, 2, 3, NULL, 51820, 0);
INSERT INTO peers VALUES (7, x'0000000000000000000000000000000000000000000000000000000000000000',
  1, 25, x'c0000201', 4242, 0, x'', NULL, NULL, NULL, NULL, 8, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  100, 200, 300, 200, 10, 20, 0, 1000, 2000);
)sql";
  StoreWorld world;
  world.open(at({}));
  world.store.reset();
  for (const std::string& name : world.files("state.db")) std::filesystem::remove(world.path(name));
  {
    auto database =
        Database::open(world.root.write("state/state.db", ""), Database::Mode::read_write);
    ASSERT_TRUE(migrate(**database, migrations().first(1)));
    ASSERT_TRUE((*database)->run(kRows)) << (*database)->error().why;
  }
  const Memory old = world.restart(at({})).memory;
  const PeerMemory& peer = old.devices.at({"", "wg0"}).peers.at(0);
  EXPECT_EQ(peer.told.sessions, 8U);
  EXPECT_EQ(peer.learned.last_handshake, WallTime{Duration{200}});
  EXPECT_EQ(peer.traffic, TrafficLevel{});
  EXPECT_EQ(old.devices.at({"", "wg0"}).last->peers.at(0).sent_bytes, 2000U);

  world.memory.devices.at({"", "wg0"}).peers.at(0).traffic = {20.5, 0.25, 1441};
  ASSERT_TRUE(world.store->write_learned(world.memory, 0, 1, at({})));
  const Memory loaded = world.restart(at({})).memory;
  EXPECT_EQ(loaded.devices.at({"", "wg0"}).peers.at(0).traffic, (TrafficLevel{20.5, 0.25, 1441}));
}

}  // namespace
}  // namespace wgaudit::test
