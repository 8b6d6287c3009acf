#include "audit/inventory.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::record;

TEST(Inventory, PolicyIsResolvedFromPeerToBuiltIn) {
  Inventory inventory;
  inventory.policy.stale_after = 1min;
  inventory.policy.dormant_after = 1h;
  InventoryRole role{"laptop", {}};
  role.settings.stale_after = 2min;
  inventory.roles = {role};
  PolicySettings own;
  own.stale_after = 3min;
  inventory.record_policies = {own};
  Record bare = record("a", "a"), with_role = record("b", "b"), with_own = record("c", "c");
  with_role.role = with_own.role = 0;
  with_own.policy = 0;
  EXPECT_EQ(inventory.resolve(nullptr).stale_after, 1min);
  EXPECT_EQ(inventory.resolve(&bare).stale_after, 1min);
  EXPECT_EQ(inventory.resolve(&with_role).stale_after, 2min);
  EXPECT_EQ(inventory.resolve(&with_own).stale_after, 3min);
  EXPECT_EQ(inventory.resolve(&with_own).dormant_after, 1h);
  EXPECT_EQ(inventory.resolve(&with_own).session_timeout, 180s);
}

TEST(Inventory, Places) {
  struct Case {
    std::string_view text, netns, interface;
    bool covers;
  };
  const Case cases[] = {
      {"gw1/wg0", "", "wg0", true},
      {"gw1/wg0", "", "wg1", false},
      {"gw1/wg0", "blue", "wg0", false},
      {"*/wg0", "", "wg0", true},
      {"gw1/blue:wg0", "blue", "wg0", true},
      {"gw2/wg0", "", "wg0", false},
      {"gw1/*", "", "wg7", true},
  };
  for (const auto& c : cases) {
    const auto place = parse_place(c.text);
    ASSERT_TRUE(place) << c.text;
    EXPECT_EQ(to_string(*place), c.text);
    EXPECT_EQ(covers(*place, "gw1", c.netns, c.interface), c.covers) << c.text;
  }
  for (const std::string_view text : {"", "gw1", "/wg0", "gw1/", "gw1/blue:", "gw1/a/b"}) {
    EXPECT_EQ(parse_place(text), std::nullopt) << text;
  }
}

struct CheckCase {
  std::string what;
  std::vector<Record> records;
  std::vector<std::string> pointers;  // of the problems, in order
  bool rejected;
};

Record of_device(std::string_view key, std::string_view device) {
  Record value = record(key, "alice");
  value.device = device;
  return value;
}
Record replacing(Record value, std::string_view old) {
  value.replaces = test::key(old);
  return value;
}
Record with_status(Record value, Status status) {
  value.status = status;
  return value;
}

TEST(Inventory, CheckFindsWhatOnlyTheWholeShows) {
  Record reserved = record("x", "unknown:abcdefgh");
  Record odd_rule = record("y", "y");
  odd_rule.exceptions = {{"no_such_rule", "", std::nullopt}};
  const CheckCase cases[] = {
      {"one key twice", {record("a", "a"), record("a", "b")}, {"/peers/1/public_key"}, true},
      {"two keys of a device",
       {of_device("a", "mbp"), of_device("b", "mbp")},
       {"/peers/1/device"},
       true},
      {"a rotation", {of_device("a", "mbp"), replacing(of_device("b", "mbp"), "a")}, {}, false},
      {"two devices", {of_device("a", "mbp"), of_device("b", "phone")}, {}, false},
      {"the old one revoked",
       {with_status(of_device("a", "mbp"), Status::revoked), of_device("b", "mbp")},
       {},
       false},
      {"a circle",
       {replacing(of_device("a", "mbp"), "b"), replacing(of_device("b", "mbp"), "a")},
       {"/peers/0/replaces"},
       true},
      {"itself", {replacing(record("a", "a"), "a")}, {"/peers/0/replaces"}, true},
      {"a reserved principal", {reserved}, {"/peers/0/principal"}, true},
      {"an unknown rule", {odd_rule}, {"/peers/0/exceptions/0/rule"}, false},
  };
  for (const auto& c : cases) {
    Inventory inventory;
    inventory.path = "inv.json";
    inventory.records = c.records;
    for (std::uint32_t i = 0; i < inventory.records.size(); ++i) {
      inventory.records[i].source.position = i;
    }
    const auto problems = check(inventory);
    std::vector<std::string> pointers;
    for (const auto& problem : problems) pointers.push_back(problem.pointer);
    EXPECT_EQ(pointers, c.pointers) << c.what;
    EXPECT_EQ(has_errors(problems), c.rejected) << c.what;
  }
}

TEST(Inventory, AShortSessionTimeoutIsAProblem) {
  Inventory inventory;
  inventory.path = "inv.json";
  inventory.policy.session_timeout = 179s;
  const auto problems = check(inventory);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].pointer, "/policy/session_timeout");
  EXPECT_FALSE(has_errors(problems));
  inventory.policy.session_timeout = 180s;
  EXPECT_TRUE(check(inventory).empty());
}

}  // namespace
}  // namespace wgaudit
