// The shrink guard of InventorySource, and the copy that it falls back on.
#include <gtest/gtest.h>

#include "exporter/daemon/inventory_copy.hpp"
#include "exporter/daemon/inventory_source.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using enum LoadOutcome;

// So many records, of which the first are revoked.
std::string fleet(std::size_t records, std::size_t revoked = 0, std::string_view more = "") {
  std::string text = R"({"version": 1, "comment": ")" + std::string(more) + R"(", "peers": [)";
  for (std::size_t i = 0; i < records; ++i) {
    const std::string name = "peer" + std::to_string(i);
    text += std::string(i == 0 ? "" : ",") + R"({"public_key": ")" + to_string(test::key(name)) +
            R"(", "principal": ")" + name + R"(", "status": ")" +
            (i < revoked  ? "revoked"
             : i % 2 == 0 ? "active"
                          : "unreviewed") +
            "\"}";
  }
  return text + "]}";
}

class Guard : public testing::Test {
 protected:
  LoadOutcome load(const std::string& text, Cause cause = Cause::change) {
    dir_.write("i.json", text);
    return source_.load(cause, WallTime{});
  }
  [[nodiscard]] std::size_t live() const {
    std::size_t count = 0;
    for (const Record& r : source_.inventory()->records) count += r.status != Status::revoked;
    return count;
  }
  // Of a file that is no longer there.
  InventoryCopy copy_of(const std::string& text, std::string_view name = "i.json") {
    const std::string path = dir_.write(name, text);
    InventoryCopy copy = make_copy(*load_inventory(path).inventory).value();
    std::filesystem::remove(path);
    return copy;
  }
  test::TempDir dir_;
  InventorySource source_{dir_.path() / "i.json"};
};

struct Case {
  std::size_t before, before_revoked, after, after_revoked;
  LoadOutcome want;
  double max_shrink = 0.30;
};

TEST_F(Guard, Limits) {
  const Case cases[] = {
      {60, 0, 41, 0, accepted},        // 19: fewer than 20
      {60, 0, 40, 0, rejected},        // 20 of 60
      {60, 0, 60, 20, rejected},       // revoked as well as gone
      {60, 0, 50, 10, rejected},       // both
      {60, 0, 51, 10, accepted},       // 19
      {20, 0, 0, 0, rejected},         // all
      {19, 0, 0, 0, accepted},         //
      {100, 0, 70, 0, accepted},       // 30 % is not more than 30 %
      {100, 0, 69, 0, rejected},       //
      {60, 40, 60, 59, accepted},      // 19 of the 20 that were in use
      {60, 40, 60, 60, rejected},      // 20 of 20
      {100, 60, 60, 60, rejected},     // 40 of 40
      {60, 0, 120, 0, accepted},       //
      {60, 0, 0, 0, accepted, 1.0},    // switched off
      {1000, 0, 980, 0, rejected, 0},  // nothing but a few
      {1000, 0, 981, 0, accepted, 0},  //
  };
  for (const Case& c : cases) {
    const test::TempDir dir;
    InventorySource source(dir.write("i.json", fleet(c.before, c.before_revoked)),
                           {.max_shrink = c.max_shrink});
    ASSERT_EQ(source.load(Cause::start, WallTime{}), accepted);
    dir.write("i.json", fleet(c.after, c.after_revoked));
    EXPECT_EQ(source.load(Cause::change, WallTime{}), c.want)
        << c.before << '/' << c.before_revoked << " to " << c.after << '/' << c.after_revoked;
  }
}

TEST_F(Guard, SaysHowManyAndWhatToDo) {
  ASSERT_EQ(load(fleet(60), Cause::start), accepted);
  ASSERT_EQ(load(fleet(35)), rejected);
  ASSERT_EQ(source_.health().problems.size(), 1U);
  EXPECT_EQ(to_string(source_.health().problems[0]),
            (dir_.path() / "i.json").string() +
                ": drops or revokes 25 of 60 records, more than inventory.max-shrink allows "
                "(30 %): SIGHUP confirms it");
  EXPECT_FALSE(source_.health().last_reload_successful);
  EXPECT_EQ(source_.health().rejected,
            load_inventory(dir_.path() / "i.json").inventory.value().sha256);
  EXPECT_EQ(live(), 60U);
}

TEST_F(Guard, HangupConfirmsTheSameText) {
  ASSERT_EQ(load(fleet(60), Cause::start), accepted);
  EXPECT_EQ(load(fleet(10), Cause::hangup), rejected);  // nobody was warned of it
  EXPECT_EQ(load(fleet(10), Cause::change), rejected);
  EXPECT_EQ(load(fleet(11), Cause::hangup), rejected);  // another text
  EXPECT_EQ(load("{", Cause::hangup), rejected);
  EXPECT_EQ(load(fleet(11), Cause::hangup), accepted);
  EXPECT_EQ(live(), 11U);
  // A confirmation is for once.
  ASSERT_EQ(load(fleet(60)), accepted);
  EXPECT_EQ(load(fleet(11), Cause::hangup), rejected);
}

TEST_F(Guard, RevocationsHoldAndDoNotOpenTheGuard) {
  ASSERT_EQ(load(fleet(60), Cause::start), accepted);
  EXPECT_EQ(load(fleet(60, 25)), rejected);
  EXPECT_EQ(live(), 35U);
  EXPECT_EQ(load(fleet(60, 25)), rejected);  // though nothing is left to revoke
  EXPECT_EQ(load(fleet(60, 25, "other bytes")), rejected);
  EXPECT_EQ(load(fleet(60, 25, "other bytes"), Cause::hangup), accepted);
  EXPECT_EQ(live(), 35U);
  EXPECT_EQ(load(fleet(60, 40)), accepted);  // 15 more
}

TEST_F(Guard, AConfirmationOutlivesATornReading) {
  int torn = 0;
  InventoryOptions options;
  options.load = [&](const std::string& path) {
    auto loaded = load_inventory(path);
    if (torn > 0) loaded = {};
    loaded.changed_while_read = torn-- > 0;
    return loaded;
  };
  InventorySource source(dir_.write("i.json", fleet(60)), options);
  ASSERT_EQ(source.load(Cause::start, WallTime{}), accepted);
  dir_.write("i.json", fleet(10));
  ASSERT_EQ(source.load(Cause::change, WallTime{}), rejected);
  torn = 1;
  ASSERT_EQ(source.load(Cause::hangup, WallTime{}), unsettled);
  EXPECT_EQ(source.load(Cause::change, WallTime{}), accepted);
}

TEST_F(Guard, AMissingFileAtTheStartLeavesTheCopyInForce) {
  source_.restore(copy_of(fleet(60)));
  EXPECT_EQ(source_.load(Cause::start, WallTime{}), rejected);
  EXPECT_TRUE(source_.usable());
  EXPECT_EQ(live(), 60U);
  EXPECT_EQ(source_.inventory()->path, (dir_.path() / "i.json").string());
  EXPECT_EQ(source_.take_restored(), source_.inventory());
  EXPECT_FALSE(source_.health().last_reload_successful);
  EXPECT_EQ(source_.health().last_success, std::nullopt);
  ASSERT_EQ(source_.health().problems.size(), 1U);
  EXPECT_EQ(source_.health().problems[0].reason, "cannot be read: No such file or directory");
  EXPECT_EQ(load(fleet(50)), accepted);
}

TEST_F(Guard, ABadFileAtTheStartRevokesInTheCopy) {
  source_.restore(copy_of(fleet(60)));
  EXPECT_EQ(load(fleet(60, 2) + "x", Cause::start), rejected);
  EXPECT_EQ(live(), 58U);
  const auto restored = source_.take_restored();
  ASSERT_NE(restored, nullptr);
  EXPECT_EQ(restored->records[0].status, Status::active);  // as it was told of
}

TEST_F(Guard, HoldsAtTheStartAgainstTheCopy) {
  source_.restore(copy_of(fleet(60)));
  EXPECT_EQ(load(fleet(30), Cause::start), rejected);
  EXPECT_EQ(live(), 60U);
  EXPECT_EQ(load(fleet(30), Cause::hangup), accepted);
  EXPECT_EQ(live(), 30U);
}

TEST_F(Guard, AnotherPathIsAnotherInventory) {
  source_.restore(copy_of(fleet(100), "old.json"));
  EXPECT_EQ(load(fleet(10), Cause::start), accepted);
  EXPECT_EQ(live(), 10U);
}

TEST_F(Guard, AFileThatChangedSinceTheCopyIsInForce) {
  source_.restore(copy_of(fleet(60)));
  EXPECT_EQ(load(fleet(61), Cause::start), accepted);
  EXPECT_EQ(live(), 61U);
  const auto restored = source_.take_restored();
  ASSERT_NE(restored, nullptr);
  EXPECT_EQ(restored->records.size(), 60U);
  EXPECT_EQ(source_.take_restored(), nullptr);
}

TEST_F(Guard, ACopyOfTheSameTextIsNotReadAgain) {
  InventoryCopy copy = copy_of(fleet(60));
  copy.files.clear();  // nobody will look
  source_.restore(std::move(copy));
  EXPECT_EQ(load(fleet(60), Cause::start), accepted);
  EXPECT_TRUE(source_.health().problems.empty());
  EXPECT_EQ(source_.take_restored(), source_.inventory());
}

TEST_F(Guard, ADamagedCopyIsIgnored) {
  InventoryCopy copy = copy_of(fleet(60));
  copy.files[0].deflated.resize(10);
  source_.restore(copy);
  EXPECT_EQ(load(fleet(30), Cause::start), accepted);
  ASSERT_EQ(source_.health().problems.size(), 1U);
  EXPECT_EQ(source_.health().problems[0].severity, Problem::Severity::warning);
  EXPECT_TRUE(source_.health().problems[0].reason.starts_with(
      "cannot use the stored copy of the inventory: "));
  EXPECT_EQ(source_.take_restored(), nullptr);

  InventorySource other(dir_.path() / "none.json");
  other.restore(copy);
  EXPECT_EQ(other.load(Cause::start, WallTime{}), rejected);
  EXPECT_FALSE(other.usable());
}

TEST_F(Guard, ACopyIsNothingWithoutAnInventoryThatIsAskedFor) {
  InventorySource none("");
  none.restore(copy_of(fleet(60)));
  EXPECT_EQ(none.load(Cause::start, WallTime{}), accepted);
  EXPECT_TRUE(none.inventory()->records.empty());
  EXPECT_EQ(none.take_restored(), nullptr);
}

}  // namespace
}  // namespace wgaudit
