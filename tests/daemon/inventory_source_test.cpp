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
  EXPECT_TRUE(source.load(WallTime{}));
  EXPECT_FALSE(source.health().configured);
  EXPECT_TRUE(source.inventory()->records.empty());
}

TEST(InventorySource, ABadFileLeavesTheLastGoodOneInForce) {
  const test::TempDir dir;
  const std::string path = dir.write("inventory.json", file_with("active"));
  InventorySource source(path);
  const WallTime first{std::chrono::hours{1}}, second{std::chrono::hours{2}};
  ASSERT_TRUE(source.load(first));
  EXPECT_EQ(status_of(source), Status::active);
  for (const std::string& bad : {std::string("{"), file_with("active", ", \"unknown\": 1")}) {
    dir.write("inventory.json", bad);
    EXPECT_FALSE(source.load(second));
    EXPECT_FALSE(source.health().last_reload_successful);
    EXPECT_EQ(source.health().last_success, first);
    EXPECT_FALSE(source.health().problems.empty());
    EXPECT_EQ(status_of(source), Status::active);
  }
  std::filesystem::remove(path);
  EXPECT_FALSE(source.load(second));
  EXPECT_EQ(status_of(source), Status::active);
  dir.write("inventory.json", file_with("disabled"));
  EXPECT_TRUE(source.load(second));
  EXPECT_EQ(status_of(source), Status::disabled);
  EXPECT_TRUE(source.health().problems.empty());
}

TEST(InventorySource, RevocationsOfARejectedFileHold) {
  const test::TempDir dir;
  InventorySource source(dir.write("inventory.json", file_with("active")));
  ASSERT_TRUE(source.load(WallTime{}));
  dir.write("inventory.json", file_with("revoked", ", \"unknown\": 1"));
  EXPECT_FALSE(source.load(WallTime{}));
  EXPECT_EQ(status_of(source), Status::revoked);
}

}  // namespace
}  // namespace wgaudit
