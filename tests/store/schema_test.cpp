#include "exporter/store/schema.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
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

// A database of the first release, with a row of each kind that the history begins with.
TEST(SchemaInUse, AnOlderDatabaseKeepsWhatItHasAndBeginsTheHistoryWithIt) {
  StoreWorld world;
  world.open(at({}));
  world.store.reset();
  for (const std::string& name : world.files("state.db")) {
    std::filesystem::remove(world.path(name));
  }
  std::ofstream(world.path("state.db")).close();
  {
    auto database = Database::open(world.path("state.db"), Database::Mode::read_write);
    Transaction transaction(**database);
    ASSERT_TRUE(migrate(**database, migrations().first(1)));
    ASSERT_TRUE((*database)->run(
        "INSERT INTO program VALUES (1, '0123456789abcdef0123456789abcdef', 0, 0, 1, 1, 'boot-1', "
        "0, 2, '', '', 0, 0, 0, 0, 0,"
        " 0);"
        "INSERT INTO devices VALUES (1, 'blue', 'wg0', 0, 0, 0, 0, NULL, NULL, 0, 0);"
        "INSERT INTO peers VALUES (1, zeroblob(32), 0, 0, NULL, 0, 0, x'', NULL, NULL, NULL, NULL,"
        " 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 0, 0, 5, 6);"
        "INSERT INTO findings VALUES (1, 'blue', 'wg0', zeroblob(32), '', 5, 'bob', 70, 'why', 0);"
        "INSERT INTO sessions VALUES (1, 'blue', 'wg0', zeroblob(32), 'alice', 10, 0, 20, "
        "'timeout',"
        " x'c0000201', 1, 0, 2, 3, 4);"
        "INSERT INTO sessions VALUES (2, 'blue', 'wg0', zeroblob(32), 'alice', 30, 0, NULL, '',"
        " x'c0000202', 1, 0, 0, 0, 0);"
        "INSERT INTO sessions VALUES (3, 'blue', 'wg0', zeroblob(32), 'alice', 40, 0, 50, "
        "'timeout',"
        " NULL, 0, 0, 0, 0, 0)"))
        << (*database)->error().why;
    ASSERT_TRUE(transaction.commit());
  }
  world.limits.history_for = std::chrono::days(365 * 60);
  const auto opened = world.restart(at({}));
  ASSERT_FALSE(opened.replaced) << opened.replaced->message();
  EXPECT_EQ(world.memory.findings.size(), 1U);
  const auto reader = StoreReader::open(world.directory);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->extent(), HistoryExtent{});
  EXPECT_EQ(reader->sessions({})->size(), 3U);
  const auto time = [](int nanoseconds) { return WallTime{Duration{nanoseconds}}; };
  EXPECT_EQ(reader->sessions({.since = time(15), .until = time(25)})->front().number, 1U);
  const DeviceId wg0{"blue", "wg0"};
  EXPECT_EQ(reader->endpoints({}),
            (std::vector<SeenEndpoint>{
                {{1, *parse_address("192.0.2.1"), time(10), time(20)}, wg0, Key{}, "alice"},
                {{2, *parse_address("192.0.2.2"), time(30), {}}, wg0, Key{}, "alice"}}));
  EXPECT_EQ(reader->findings({}),
            (std::vector<FindingRecord>{{world.memory.findings.front(), {}, ""}}));
  EXPECT_EQ(reader->keys({}), (std::vector<KeyRecord>{{wg0, Key{}, "", time(1000), {}, {}, {}}}));

  // Whose it is says the first poll of the new release.
  Step step = events_step(world.memory, 1, at({}));
  step.delta.key_owners = {{wg0, Key{}, "alice"}};
  ASSERT_TRUE(world.commit(std::move(step), at({}))) << world.store->status().why;
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

}  // namespace
}  // namespace wgaudit::test
