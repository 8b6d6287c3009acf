#include "audit/inventory_diff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

using test::cidr;
using test::record;
using test::wall;
using Texts = std::vector<std::string>;

const WallTime kAt = wall("2026-08-01T12:00:00Z");

std::shared_ptr<Inventory> with_roles(std::vector<Record> records, Texts roles) {
  auto inventory = test::inventory(std::move(records));
  for (std::string& name : roles) inventory->roles.push_back({std::move(name), {}});
  return inventory;
}

// The facts that are not about who it is.
std::vector<Fact> changes_of(const Event& event) {
  std::vector<Fact> facts;
  for (const Fact& fact : event.facts) {
    if (!field_info(fact.field).ecs.starts_with("wireguard.principal.")) facts.push_back(fact);
  }
  return facts;
}

TEST(InventoryDiff, OfTheSameIsEmpty) {
  const auto inventory = test::inventory({record("a", "alice"), record("b", "bob")});
  const auto change = inventory_events(inventory.get(), *inventory, kAt, false);
  EXPECT_EQ(change.added + change.removed + change.changed, 0U);
  EXPECT_TRUE(change.events.empty());
}

TEST(InventoryDiff, TheFirstOneIsCountedAndNotTold) {
  const auto inventory = test::inventory({record("a", "alice"), record("b", "bob")});
  const auto change = inventory_events(nullptr, *inventory, kAt, false);
  EXPECT_EQ(change.added, 2U);
  EXPECT_TRUE(change.events.empty());
}

TEST(InventoryDiff, RecordsThatComeGoAndChange) {
  Record leaver = record("b", "bob");
  leaver.device = "bob-mbp";
  leaver.owner = "it@example.org";
  Record suspended = record("c", "carol");
  const auto before = test::inventory({leaver, suspended, record("d", "dora")});
  suspended.status = Status::disabled;
  const auto after = test::inventory({record("d", "dora"), record("a", "alice"), suspended});

  const auto change = inventory_events(before.get(), *after, kAt, true);
  EXPECT_EQ(change.added, 1U);
  EXPECT_EQ(change.removed, 1U);
  EXPECT_EQ(change.changed, 1U);
  ASSERT_EQ(change.events.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(change.events, {}, &Event::public_key));
  for (const Event& event : change.events) {
    EXPECT_EQ(event.at, kAt);
    ASSERT_NE(event.find(Field::detected_at_start), nullptr);
    if (event.public_key == test::key("a")) {
      EXPECT_EQ(event.action, Action::inventory_record_added);
      EXPECT_EQ(event.text(Field::principal_name), "alice");
      EXPECT_EQ(event.text(Field::principal_kind), "user");
    } else if (event.public_key == test::key("b")) {
      EXPECT_EQ(event.action, Action::inventory_record_removed);
      EXPECT_EQ(event.text(Field::principal_device), "bob-mbp");
      EXPECT_EQ(event.text(Field::principal_owner), "it@example.org");
    } else {
      EXPECT_EQ(event.action, Action::inventory_record_changed);
      EXPECT_EQ(event.text(Field::before_status), "active");
      EXPECT_EQ(event.text(Field::after_status), "disabled");
      EXPECT_EQ(event.text(Field::principal_status), "disabled");
    }
  }
}

struct Case {
  std::string what;
  std::function<void(Record&)> before, after;
  std::vector<Fact> want;
};

TEST(InventoryDiff, WhatDiffersIsSaidBeforeAndAfter) {
  const auto nothing = [](Record&) {};
  const WallTime day = wall("2026-08-01T00:00:00Z"), next = wall("2026-08-02T00:00:00Z");
  const Case cases[] = {
      {"status",
       nothing,
       [](Record& r) { r.status = Status::revoked; },
       {{Field::before_status, "active"}, {Field::after_status, "revoked"}}},
      {"role",
       [](Record& r) { r.role = 0; },
       [](Record& r) { r.role = 1; },
       {{Field::before_role, "laptop"}, {Field::after_role, "server"}}},
      {"a role is given", nothing, [](Record& r) { r.role = 1; }, {{Field::after_role, "server"}}},
      {"prefixes, in their order",
       [](Record& r) { r.allowed_ips = {{cidr("10.0.0.9/32")}}; },
       [](Record& r) { r.allowed_ips = {{cidr("fd00::/64"), cidr("10.0.0.2/32")}}; },
       {{Field::before_allowed_ips, Texts{"10.0.0.9/32"}},
        {Field::after_allowed_ips, Texts{"10.0.0.2/32", "fd00::/64"}}}},
      {"not checked is not none allowed",
       nothing,
       [](Record& r) { r.allowed_ips.emplace(); },
       {{Field::after_allowed_ips, Texts{}}}},
      {"order and repetition of a list are no change",
       [](Record& r) { r.allowed_ips = {{cidr("10.0.0.9/32"), cidr("10.0.0.2/32")}}; },
       [](Record& r) {
         r.allowed_ips = {{cidr("10.0.0.2/32"), cidr("10.0.0.9/32"), cidr("10.0.0.2/32")}};
       },
       {}},
      {"places",
       [](Record& r) { r.at = {{{"gw1", "", "wg0"}}}; },
       [](Record& r) { r.at = {{{"gw1", "blue", "wg0"}, {"*", "", "wg1"}}}; },
       {{Field::before_at, Texts{"gw1/wg0"}}, {Field::after_at, Texts{"*/wg1", "gw1/blue:wg0"}}}},
      {"dates",
       [=](Record& r) {
         r.issued_at = day;
         r.expires_at = day;
       },
       [=](Record& r) {
         r.issued_at = next;
         r.revoked_at = next;
       },
       {{Field::before_issued_at, day},
        {Field::after_issued_at, next},
        {Field::before_expires_at, day},
        {Field::after_revoked_at, next}}},
      {"what no event says", nothing, [](Record& r) { r.comment = "on leave"; }, {}},
  };
  for (const Case& c : cases) {
    Record old = record("a", "alice"), now = old;
    c.before(old);
    c.after(now);
    const auto before = with_roles({old}, {"laptop", "server"});
    const auto change =
        inventory_events(before.get(), *with_roles({now}, {"laptop", "server"}), kAt, false);
    ASSERT_EQ(change.events.size(), c.want.empty() ? 0U : 1U) << c.what;
    EXPECT_EQ(change.changed, change.events.size()) << c.what;
    if (!c.want.empty()) {
      EXPECT_EQ(changes_of(change.events[0]), c.want) << c.what;
    }
  }
}

TEST(InventoryDiff, ARoleIsItsNameNotItsPlaceInTheFile) {
  Record old = record("a", "alice"), now = old;
  old.role = 0;
  now.role = 1;
  const auto before = with_roles({old}, {"laptop"});
  const auto change =
      inventory_events(before.get(), *with_roles({now}, {"server", "laptop"}), kAt, false);
  EXPECT_EQ(change.changed, 0U);
}

TEST(InventoryDiff, AKeyThatIsGivenToAnotherIsAChange) {
  const auto before = test::inventory({record("a", "alice")});
  const auto change =
      inventory_events(before.get(), *test::inventory({record("a", "bob")}), kAt, false);
  ASSERT_EQ(change.events.size(), 1U);
  EXPECT_EQ(change.events[0].action, Action::inventory_record_changed);
  EXPECT_EQ(change.events[0].text(Field::principal_name), "bob");
  EXPECT_EQ(change.events[0].find(Field::detected_at_start), nullptr);
}

TEST(InventoryDiff, TooManyAreCountedAlone) {
  const auto of = [](std::size_t records) {
    std::vector<Record> all;
    for (std::size_t i = 0; i < records; ++i) all.push_back(record(std::to_string(i), "p"));
    return test::inventory(std::move(all));
  };
  const auto none = of(0);
  EXPECT_EQ(inventory_events(none.get(), *of(500), kAt, false).events.size(), 500U);
  const auto many = inventory_events(none.get(), *of(501), kAt, false);
  EXPECT_EQ(many.added, 501U);
  EXPECT_TRUE(many.events.empty());
}

}  // namespace
}  // namespace wgaudit
