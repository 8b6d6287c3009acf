#include "exporter/daemon/inventory_source.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

std::string file_with(std::string_view status, std::string_view more = "") {
  return R"({"version": 1, "peers": [{"public_key": ")" + to_string(test::key("alice")) +
         R"(", "principal": "alice", "status": ")" + std::string(status) + "\"}]" +
         std::string(more) + "}";
}

Status status_of(const InventorySource& source) {
  return source.inventory()->find(test::key("alice"))->status;
}

TEST(InventorySource, NoneConfigured) {
  InventorySource source("");
  EXPECT_EQ(source.load(Cause::start, WallTime{}), LoadOutcome::accepted);
  EXPECT_FALSE(source.health().configured);
  EXPECT_TRUE(source.usable());
  EXPECT_TRUE(source.inventory()->records.empty());
}

TEST(InventorySource, ABadFileLeavesTheLastGoodOneInForce) {
  const test::TempDir dir;
  const std::string path = dir.write("inventory.json", file_with("active"));
  InventorySource source(path);
  const WallTime first{std::chrono::hours{1}}, second{std::chrono::hours{2}};
  ASSERT_EQ(source.load(Cause::start, first), LoadOutcome::accepted);
  EXPECT_EQ(status_of(source), Status::active);
  EXPECT_EQ(source.take_restored(), nullptr);
  for (const std::string& bad : {std::string("{"), file_with("active", ", \"unknown\": 1")}) {
    dir.write("inventory.json", bad);
    EXPECT_EQ(source.load(Cause::change, second), LoadOutcome::rejected);
    EXPECT_FALSE(source.health().last_reload_successful);
    EXPECT_EQ(source.health().last_success, first);
    EXPECT_FALSE(source.health().problems.empty());
    EXPECT_EQ(status_of(source), Status::active);
    EXPECT_TRUE(source.usable());
  }
  std::filesystem::remove(path);
  EXPECT_EQ(source.load(Cause::change, second), LoadOutcome::rejected);
  EXPECT_EQ(status_of(source), Status::active);
  dir.write("inventory.json", file_with("disabled"));
  EXPECT_EQ(source.load(Cause::hangup, second), LoadOutcome::accepted);
  EXPECT_EQ(status_of(source), Status::disabled);
  EXPECT_TRUE(source.health().problems.empty());
  EXPECT_EQ(source.health().last_success, second);
}

TEST(InventorySource, ABadFileAtTheStartLeavesNothing) {
  const test::TempDir dir;
  InventorySource source(dir.path() / "none.json");
  EXPECT_EQ(source.load(Cause::start, WallTime{}), LoadOutcome::rejected);
  EXPECT_FALSE(source.usable());
  EXPECT_TRUE(source.inventory()->records.empty());
}

TEST(InventorySource, ARejectionIsKnownAgain) {
  const test::TempDir dir;
  const std::string path = dir.write("inventory.json", file_with("active"));
  InventorySource source(path);
  const auto rejected = [&](const std::string& text) {
    dir.write("inventory.json", text);
    EXPECT_EQ(source.load(Cause::change, WallTime{}), LoadOutcome::rejected);
    return source.health().rejected;
  };
  ASSERT_EQ(source.load(Cause::start, WallTime{}), LoadOutcome::accepted);
  EXPECT_EQ(source.health().rejected, "");
  // printf '{' | sha256sum
  const std::string brace = "021fb596db81e6d02bf3d2586ee3981fe519f275c0ac9ca76bbcf2ebb4097d96";
  EXPECT_EQ(rejected("{"), brace);
  EXPECT_NE(rejected("{{{{"), brace);
  EXPECT_EQ(rejected("{"), brace);
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  EXPECT_EQ(source.load(Cause::change, WallTime{}), LoadOutcome::rejected);
  const std::string unread = source.health().rejected;
  EXPECT_EQ(unread.size(), 64U);
  EXPECT_EQ(source.load(Cause::change, WallTime{}), LoadOutcome::rejected);
  EXPECT_EQ(source.health().rejected, unread);
  std::filesystem::remove(path);
  EXPECT_EQ(source.load(Cause::change, WallTime{}), LoadOutcome::rejected);
  EXPECT_NE(source.health().rejected, unread);
  dir.write("inventory.json", file_with("active"));
  EXPECT_EQ(source.load(Cause::change, WallTime{}), LoadOutcome::accepted);
  EXPECT_EQ(source.health().rejected, "");
}

TEST(InventorySource, RevocationsOfARejectedFileHoldUntilOneIsAccepted) {
  const test::TempDir dir;
  InventorySource source(dir.write("inventory.json", file_with("active")));
  ASSERT_EQ(source.load(Cause::start, WallTime{}), LoadOutcome::accepted);
  dir.write("inventory.json", file_with("revoked", ", \"unknown\": 1"));
  EXPECT_EQ(source.load(Cause::change, WallTime{}), LoadOutcome::rejected);
  EXPECT_EQ(status_of(source), Status::revoked);
  const auto in_force = source.inventory();
  EXPECT_EQ(source.load(Cause::change, WallTime{}), LoadOutcome::rejected);
  EXPECT_EQ(source.inventory(), in_force);  // no copy for nothing new
  dir.write("inventory.json", "{");
  EXPECT_EQ(source.load(Cause::change, WallTime{}), LoadOutcome::rejected);
  EXPECT_EQ(status_of(source), Status::revoked);
  dir.write("inventory.json", file_with("active"));
  EXPECT_EQ(source.load(Cause::change, WallTime{}), LoadOutcome::accepted);
  EXPECT_EQ(status_of(source), Status::active);
}

// Stands for a file that somebody writes while it is read, so many times.
InventoryOptions torn(int times, const std::string& then) {
  InventoryOptions options;
  options.load = [times, then](const std::string& path) mutable {
    auto loaded = parse_inventory(then, path);
    if (times-- > 0) {
      loaded = {};
      loaded.problems = {{Problem::Severity::error, path, "", "it changed"}};
      loaded.changed_while_read = true;
    }
    return loaded;
  };
  return options;
}

TEST(InventorySource, ATornReadingDecidesNothing) {
  InventorySource source("i.json", torn(1, file_with("disabled")));
  EXPECT_EQ(source.load(Cause::change, WallTime{}), LoadOutcome::unsettled);
  EXPECT_TRUE(source.health().last_reload_successful);
  EXPECT_TRUE(source.health().problems.empty());
  EXPECT_EQ(source.health().rejected, "");
  EXPECT_EQ(source.load(Cause::change, WallTime{}), LoadOutcome::accepted);
}

TEST(InventorySource, AtTheStartATornReadingIsTriedAgain) {
  InventorySource source("i.json", torn(2, file_with("active")));
  EXPECT_EQ(source.load(Cause::start, WallTime{}), LoadOutcome::accepted);
  InventorySource hopeless("i.json", torn(3, file_with("active")));
  EXPECT_EQ(hopeless.load(Cause::start, WallTime{}), LoadOutcome::rejected);
  EXPECT_FALSE(hopeless.usable());
}

}  // namespace
}  // namespace wgaudit
