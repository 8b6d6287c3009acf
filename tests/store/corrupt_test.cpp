// A database that is damaged is moved aside, never fatal, never believed.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "exporter/store/sqlite.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::hours;
namespace fs = std::filesystem;

class CorruptStore : public testing::Test {
 protected:
  void SetUp() override {
    world_.open(at({}));
    std::vector<std::string> peers;
    for (int i = 0; i < 200; ++i) peers.push_back("peer " + std::to_string(i));
    Step step = device_step(world_.memory, {"", "wg0"}, peers, at({}));
    step.delta.program.baseline = true;
    for (int i = 0; i < 200; ++i) add_event(step, at({}), std::string(100, 'x'));
    ASSERT_TRUE(world_.commit(std::move(step), at({})));
    installation_ = world_.installation();
    world_.store.reset();
    whole_ = read_file(world_.path("state.db"));
  }
  void write(const std::string& bytes) {
    world_.store.reset();
    for (const auto& name : world_.files("state.db")) fs::remove(world_.path(name));
    std::ofstream(world_.path("state.db"), std::ios::binary) << bytes;
  }
  // Changes the whole database by SQL, behind the store's back.
  void change(const char* sql) {
    write(whole_);
    auto database = Database::open(world_.path("state.db"), Database::Mode::read_write);
    ASSERT_TRUE((*database)->run(sql)) << (*database)->error().why;
  }
  void expect_replaced(const Store::Opened& opened, const std::string& what) {
    ASSERT_TRUE(opened.replaced) << what;
    EXPECT_EQ(opened.memory.baseline_reason, BaselineReason::state_corrupt) << what;
    EXPECT_TRUE(opened.memory.devices.empty()) << what;
    EXPECT_NE(world_.installation(), installation_) << what;
    EXPECT_TRUE(fs::exists(opened.replaced->subject)) << what;
    EXPECT_TRUE(world_.commit(events_step(world_.memory, 1, at({})), at({}))) << what;
  }

  StoreWorld world_;
  std::string installation_, whole_;
};

TEST_F(CorruptStore, IsMovedAsideWhenItIsCutShort) {
  const std::size_t size = whole_.size();
  ASSERT_GT(size, 40'000U);
  for (const std::size_t cut :
       {std::size_t{1}, std::size_t{99}, std::size_t{512}, std::size_t{4095}, std::size_t{4096},
        std::size_t{8192}, size / 2 / 4096 * 4096, size - 4096, size - 5000}) {
    write(whole_.substr(0, cut));
    expect_replaced(world_.restart(at(hours(1))), "cut to " + std::to_string(cut));
  }
}

TEST_F(CorruptStore, AnEmptyFileIsNoDatabaseYet) {
  write("");
  const auto opened = world_.restart(at({}), WrittenTail{installation_, 1});
  EXPECT_FALSE(opened.replaced);
  EXPECT_EQ(opened.memory.baseline_reason, BaselineReason::state_lost);
}

TEST_F(CorruptStore, IsMovedAsideWhenItsHeaderIsOverwritten) {
  for (const std::size_t offset : {0U, 16U, 18U, 28U, 68U}) {
    std::string bytes = whole_;
    bytes.replace(offset, 4, "\xde\xad\xbe\xef");
    write(bytes);
    expect_replaced(world_.restart(at({})), "header at " + std::to_string(offset));
  }
}

TEST_F(CorruptStore, IsMovedAsideWhenAPageIsOverwritten) {
  for (std::size_t page = 4096; page + 4096 <= whole_.size(); page += 4096) {
    std::string bytes = whole_;
    bytes.replace(page, 4096, std::string(4096, '\xa5'));
    write(bytes);
    expect_replaced(world_.restart(at({})), "page at " + std::to_string(page));
  }
}

TEST_F(CorruptStore, SurvivesAnyFlippedByte) {
  std::mt19937 random(1);
  int replaced = 0;
  for (int i = 0; i < 250; ++i) {
    std::string bytes = whole_;
    // The first two pages, header and schema, as often as all others.
    std::size_t offset = random() % (i % 2 == 0 ? 8192 : bytes.size());
    if (60 <= offset && offset < 64) offset = 64;  // the version: refused, not replaced
    bytes[offset] ^= static_cast<char>(1U << (random() % 8));
    write(bytes);
    const auto opened = world_.restart(at({}));
    EXPECT_TRUE(world_.store->is_open());
    if (opened.replaced) ++replaced;
    (void)world_.store->read_after(0, 1000);
  }
  EXPECT_GT(replaced, 10);
}

TEST_F(CorruptStore, IsMovedAsideWhenAValueMakesNoSense) {
  const char* const cases[] = {
      "UPDATE peers SET public_key = x'00' WHERE public_key = (SELECT min(public_key) FROM peers)",
      "UPDATE peers SET preshared_key = 2",
      "UPDATE peers SET keepalive = 65536",
      "UPDATE peers SET address = x'0102'",
      "UPDATE peers SET prefixes = x'07'",
      "UPDATE peers SET prefixes = x'0421aabbccdd'",
      "UPDATE peers SET prefixes = x'0408aabbccdd'",
      "UPDATE peers SET session_started = NULL",
      "UPDATE devices SET collector = 3",
      "UPDATE devices SET public_key = x''",
      "UPDATE program SET baseline_reason = 4",
      "UPDATE program SET installation = ''",
      "DELETE FROM program",
      "INSERT INTO findings VALUES (1, '', '', x'00', '', 1, '', 0, '', 0, 1)",
      "INSERT INTO findings VALUES (1, '', '', x'', '', 6, '', 0, '', 0, 1)",
      "INSERT INTO departed VALUES ('', '', x'00', 0, 0)",
      "DELETE FROM events WHERE sequence = 7",
      "DELETE FROM events WHERE sequence > 190",
      "INSERT INTO sinks VALUES ('file', 1000)",
      "DROP TABLE sinks",
      "PRAGMA application_id = 1",
  };
  for (const char* sql : cases) {
    change(sql);
    expect_replaced(world_.restart(at({})), sql);
  }
}

TEST_F(CorruptStore, LeavesAFindingOfARuleOfTheFuture) {
  change("INSERT INTO findings VALUES (250, '', '', x'', '', 1, '', 0, '', 0, 1)");
  const auto opened = world_.restart(at({}));
  EXPECT_FALSE(opened.replaced);
  EXPECT_TRUE(opened.memory.findings.empty());
}

TEST_F(CorruptStore, SaysWhatItMovedAsideAndWhy) {
  write(std::string(5000, 'x'));
  const auto opened = world_.restart(at(hours(1)));
  ASSERT_TRUE(opened.replaced);
  EXPECT_EQ(opened.replaced->message(), "the state database was moved aside: " +
                                            world_.path("state.db.corrupt-20260801T010000Z") +
                                            ": file is not a database");
}

TEST_F(CorruptStore, IsNoticedByACommit) {
  write(whole_);
  world_.restart(at({}));
  {
    // Another connection writes: what ours has in its cache is void. Then the file is overwritten.
    auto other = Database::open(world_.path("state.db"), Database::Mode::read_write);
    ASSERT_TRUE((*other)->run("UPDATE program SET clean_stop = 1; PRAGMA wal_checkpoint"));
    std::fstream file(world_.path("state.db"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(whole_.size() - 4096, '\xa5');
  }
  const Stored before = stored(world_.memory);
  const Step step = device_step(world_.memory, {"", "wg0"}, {"peer 1"}, at({}));
  EXPECT_FALSE(world_.store->commit(step, at({})));
  EXPECT_FALSE(world_.store->is_open());
  EXPECT_FALSE(world_.store->status().up);
  EXPECT_EQ(world_.store->status().why, "database disk image is malformed");
  EXPECT_FALSE(world_.store->commit(step, at({}))) << "until it is opened again";
  EXPECT_FALSE(world_.store->read_after(0, 1));
  EXPECT_FALSE(world_.store->advance("file", 1));
  expect_replaced(world_.open(at({})), "opened again");
  EXPECT_TRUE(world_.store->is_open());
}

TEST_F(CorruptStore, IsNoticedByAReader) {
  write(whole_);
  world_.restart(at({}));
  std::fstream(world_.path("state.db"), std::ios::in | std::ios::out | std::ios::binary)
      .seekp(4096)
      .write(std::string(whole_.size() - 4096, '\xa5').data(),
             static_cast<std::streamsize>(whole_.size() - 4096));
  const auto batch = world_.store->read_after(0, 1000);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error(),
            (Error{"cannot read events", world_.directory, "database disk image is malformed"}));
  EXPECT_FALSE(world_.store->is_open());
  // Though it looks whole again: the disk has shown what it is.
  std::fstream(world_.path("state.db"), std::ios::in | std::ios::out | std::ios::binary)
      .write(whole_.data(), static_cast<std::streamsize>(whole_.size()));
  expect_replaced(world_.open(at({})), "opened again");
}

}  // namespace
}  // namespace wgaudit::test
