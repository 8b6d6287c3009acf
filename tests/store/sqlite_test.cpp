#include "exporter/store/sqlite.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using namespace std::string_literals;

class Sqlite : public testing::Test {
 protected:
  void SetUp() override {
    path_ = root_.write("db", "");
    auto opened = Database::open(path_, Database::Mode::read_write);
    ASSERT_TRUE(opened) << opened.error().why;
    database_ = *std::move(opened);
  }
  test::TempDir root_;
  std::string path_;
  std::unique_ptr<Database> database_;
};

TEST_F(Sqlite, KeepsAnyBytes) {
  ASSERT_TRUE(database_->run("CREATE TABLE t (a TEXT, b BLOB, c INTEGER, d BLOB, e TEXT) STRICT"));
  const std::string bytes = "a\0b\xff\n"s;
  const Key key = test::key("alice");
  Statement insert(*database_, "INSERT INTO t VALUES (?, ?, ?, ?, ?)");
  ASSERT_TRUE(insert.run({bytes, key, ~std::uint64_t{0}, std::nullopt, std::string()}));
  Statement select(*database_, "SELECT * FROM t WHERE a = ?");
  select.start({bytes});
  auto row = select.next();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->text(), bytes);
  EXPECT_EQ(row->key(), key);
  EXPECT_EQ(row->counter(), ~std::uint64_t{0});
  EXPECT_EQ(row->address(), Address{});
  EXPECT_EQ(row->text(), "");
  EXPECT_TRUE(row->sound());
  EXPECT_FALSE(select.next());
  EXPECT_FALSE(database_->failed());
}

TEST_F(Sqlite, SaysWhichValueMakesNoSense) {
  struct Case {
    const char* sql;
    void (*read)(Columns&);
  };
  const Case cases[] = {
      {"SELECT 'x'", [](Columns& row) { row.integer(); }},
      {"SELECT NULL", [](Columns& row) { row.integer(); }},
      {"SELECT 1", [](Columns& row) { row.text(); }},
      {"SELECT 'x'", [](Columns& row) { row.blob(); }},
      {"SELECT x'00'", [](Columns& row) { row.key(); }},
      {"SELECT x'0000000000'", [](Columns& row) { row.address(); }},
      {"SELECT 2", [](Columns& row) { row.flag(); }},
      {"SELECT 65536", [](Columns& row) { row.narrow<std::uint16_t>(); }},
      {"SELECT -1", [](Columns& row) { row.narrow<std::uint16_t>(); }},
      {"SELECT 'x'", [](Columns& row) { row.maybe(&Columns::wall); }},
  };
  for (const Case& c : cases) {
    Statement select(*database_, c.sql);
    select.start();
    auto row = select.next();
    ASSERT_TRUE(row) << c.sql;
    c.read(*row);
    EXPECT_FALSE(row->sound()) << c.sql;
  }
}

TEST_F(Sqlite, RemembersItsFirstError) {
  ASSERT_TRUE(database_->run("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT"));
  Statement insert(*database_, "INSERT INTO t VALUES (?)");
  EXPECT_TRUE(insert.run({1}));
  EXPECT_FALSE(insert.run({1}));
  EXPECT_FALSE(insert.run({2})) << "until it is cleared";
  EXPECT_EQ(database_->error(), (SqlError{SqlError::Kind::other, "UNIQUE constraint failed: t.a"}));
  database_->clear_error();
  EXPECT_TRUE(insert.run({2}));
  Statement nonsense(*database_, "SELECT no_such_column FROM t");
  EXPECT_EQ(database_->error(),
            (SqlError{SqlError::Kind::corrupt, "no such column: no_such_column"}));
  database_->clear_error();
  EXPECT_FALSE(nonsense.run());
  nonsense.start();
  EXPECT_FALSE(nonsense.next());
}

TEST_F(Sqlite, ATransactionThatIsNotCommittedNeverWas) {
  ASSERT_TRUE(database_->run("CREATE TABLE t (a INTEGER) STRICT"));
  {
    Transaction transaction(*database_);
    ASSERT_TRUE(database_->run("INSERT INTO t VALUES (1)"));
  }
  EXPECT_EQ(database_->number("SELECT count(*) FROM t"), 0);
  {
    Transaction transaction(*database_);
    ASSERT_TRUE(database_->run("INSERT INTO t VALUES (1)"));
    ASSERT_TRUE(transaction.commit());
  }
  EXPECT_EQ(database_->number("SELECT count(*) FROM t"), 1);
}

TEST_F(Sqlite, SaysThatItIsFull) {
  ASSERT_TRUE(database_->run("CREATE TABLE t (a BLOB) STRICT; PRAGMA max_page_count = 10;"));
  {
    Transaction transaction(*database_);
    EXPECT_FALSE(database_->run("INSERT INTO t VALUES (zeroblob(100000))"));
    EXPECT_FALSE(transaction.commit());
  }
  EXPECT_EQ(database_->error(), (SqlError{SqlError::Kind::other, "database or disk is full"}));
  database_->clear_error();
  EXPECT_TRUE(database_->run("INSERT INTO t VALUES (zeroblob(10))"));
}

TEST_F(Sqlite, SaysThatAFileIsNone) {
  std::ofstream(path_) << std::string(4096, 'x');
  EXPECT_FALSE(database_->number("SELECT count(*) FROM sqlite_schema"));
  EXPECT_EQ(database_->error(), (SqlError{SqlError::Kind::corrupt, "file is not a database"}));
}

TEST(SqliteOpen, CreatesNothing) {
  const test::TempDir root;
  const std::string path = (root.path() / "none").string();
  const auto opened = Database::open(path, Database::Mode::read_write);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().why, "unable to open database file: No such file or directory");
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace wgaudit
