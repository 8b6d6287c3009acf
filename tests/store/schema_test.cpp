#include "exporter/store/schema.hpp"

#include <gtest/gtest.h>

#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

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

  TempDir root_;
  std::unique_ptr<Database> database_;
};

TEST_F(Schema, LeadsFromAnyVersionToTheNewest) {
  const char* const newer[] = {migrations()[0],
                               "ALTER TABLE sinks ADD COLUMN note TEXT NOT NULL DEFAULT 'old'",
                               "CREATE TABLE more (a INTEGER) STRICT; INSERT INTO more VALUES (3)"};
  EXPECT_EQ(version(), 0);
  ASSERT_TRUE(run(migrations()));
  EXPECT_EQ(version(), 1);
  ASSERT_TRUE(database_->run("INSERT INTO sinks VALUES ('file', 5)"));
  ASSERT_TRUE(run(newer));
  EXPECT_EQ(version(), 3);
  EXPECT_EQ(database_->value("SELECT note || cursor FROM sinks"), "old5");
  EXPECT_EQ(database_->number("SELECT a FROM more"), 3);
  ASSERT_TRUE(run(newer)) << "nothing is left to do";
  EXPECT_EQ(database_->number("SELECT count(*) FROM more"), 1);
}

TEST_F(Schema, AFailingScriptLeavesTheOldVersion) {
  ASSERT_TRUE(run(migrations()));
  const char* const broken[] = {migrations()[0], "CREATE TABLE more (a)", "no sql"};
  const auto migrated = run(broken);
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().error.why, "near \"no\": syntax error");
  database_->clear_error();
  EXPECT_EQ(version(), 1);
  EXPECT_EQ(database_->number("SELECT count(*) FROM sqlite_schema WHERE name = 'more'"), 0);
}

TEST_F(Schema, RefusesANewerVersion) {
  ASSERT_TRUE(run(migrations()));
  ASSERT_TRUE(database_->run("PRAGMA user_version = 2"));
  const auto migrated = run(migrations());
  ASSERT_FALSE(migrated);
  EXPECT_TRUE(migrated.error().newer);
  EXPECT_EQ(migrated.error().error.why, "written by a newer release: version 2, known is 1");
}

TEST_F(Schema, KnowsADatabaseOfAnother) {
  ASSERT_TRUE(database_->run("CREATE TABLE t (a)"));
  EXPECT_EQ(schema_version(*database_).error(),
            (SqlError{SqlError::Kind::corrupt, "not a state database of wgaudit"}));
}

TEST(SchemaInUse, ANewerDatabaseIsRefusedAndLeftAsItIs) {
  StoreWorld world;
  world.open(at({}));
  world.store.reset();
  {
    auto database = Database::open(world.path("state.db"), Database::Mode::read_write);
    ASSERT_TRUE((*database)->run("PRAGMA user_version = 2"));
  }
  const std::string before = read_file(world.path("state.db"));
  Store store(world.directory);
  const auto opened = store.open(std::nullopt, at({}));
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().permanent);
  EXPECT_EQ(opened.error().error, (Error{"cannot use the state database", world.path("state.db"),
                                         "written by a newer release: version 2, known is 1"}));
  EXPECT_EQ(read_file(world.path("state.db")), before);
  EXPECT_EQ(world.files("state.db"), std::vector<std::string>{"state.db"});
}

}  // namespace
}  // namespace wgaudit::test
