// Each rule: opens, does not open on the near miss, closes when its cause goes.
#include <gtest/gtest.h>

#include "audit/evaluate.hpp"
#include "tests/audit/world.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::cidr;
using test::device;
using test::kStart;
using test::Names;
using test::record;
using test::rules_of;
using test::World;

TEST(Rules, TableIsWhole) {
  for (const RuleInfo& rule : rules()) {
    EXPECT_EQ(find_rule(rule.name), &rule_info(rule.id));
    EXPECT_FALSE(rule.remedy.empty() || rule.reason.empty() || rule.opens_when.empty());
  }
  EXPECT_EQ(rule_code(RuleId::unknown_key), "WGA-001");
  EXPECT_EQ(rule_code(RuleId::no_inventory), "WGA-026");
  EXPECT_EQ(rules().size(), kMaxRuleCode);  // SPEC §4
  EXPECT_EQ(find_rule(""), nullptr);
}

TEST(Rules, UnknownKey) {
  World world({record("alice", "alice")});
  const Step step = world.poll({device("wg0", {{.name = "alice"}, {.name = "mallory"}})});
  ASSERT_EQ(rules_of(step), Names{"unknown_key"});
  const Finding& finding = step.view.findings[0];
  EXPECT_EQ(finding.identity.public_key, test::key("mallory"));
  EXPECT_EQ(finding.severity, Severity::critical);
  EXPECT_EQ(finding.principal, "unknown:" + short_form(test::key("mallory")));
  EXPECT_EQ(finding.since, kStart);
}

TEST(Rules, UnreviewedIsUnknownAtLow) {
  Record alice = record("alice", "unnamed-1");
  alice.status = Status::unreviewed;
  World world({alice});
  const Step step = world.poll({device("wg0", {{.name = "alice"}})});
  ASSERT_EQ(rules_of(step), Names{"unknown_key"});
  EXPECT_EQ(step.view.findings[0].severity, Severity::low);
}

TEST(Rules, RevokedBeforeDisabledBeforeExpired) {
  struct Case {
    Status status;
    std::optional<WallTime> expires_at;
    Names want;
  };
  const Case cases[] = {
      {Status::revoked, kStart - 1h, {"revoked_key"}},
      {Status::revoked, std::nullopt, {"revoked_key"}},
      {Status::disabled, kStart - 1h, {"disabled_key"}},
      {Status::active, kStart - 1h, {"expired_key"}},
      {Status::active, kStart, {"expired_key"}},
      {Status::active, kStart + 1s, {}},
      {Status::active, std::nullopt, {}},
  };
  for (const auto& c : cases) {
    Record alice = record("alice", "alice");
    alice.status = c.status;
    alice.expires_at = c.expires_at;
    World world({alice});
    EXPECT_EQ(rules_of(world.poll({device("wg0", {{.name = "alice"}})})), c.want);
  }
}

TEST(Rules, ExpiresWhileRunning) {
  Record alice = record("alice", "alice");
  alice.expires_at = kStart + 1min;
  World world({alice});
  EXPECT_EQ(rules_of(world.poll({device("wg0", {{.name = "alice"}})})), Names{});
  world.wait(1min);
  EXPECT_EQ(rules_of(world.poll({device("wg0", {{.name = "alice"}})})), Names{"expired_key"});
}

TEST(Rules, WhatARecordGrants) {
  struct Case {
    std::string_view prefix;
    std::optional<std::vector<std::string>> allowed, max;
    bool want;
  };
  const Case cases[] = {
      {"10.0.0.2/32", std::nullopt, std::nullopt, true},  // absent means not checked
      {"10.0.0.2/32", {{}}, std::nullopt, false},         // [] means none allowed
      {"10.0.0.2/32", {{"10.0.0.2/32"}}, std::nullopt, true},
      {"10.0.0.2/32", {{"10.0.0.0/24"}}, std::nullopt, true},
      {"10.0.0.0/24", {{"10.0.0.2/32"}}, std::nullopt, false},
      {"10.0.0.9/32", {{"10.0.0.2/32"}}, {{"10.0.0.0/28"}}, true},
      {"10.0.0.99/32", {{"10.0.0.2/32"}}, {{"10.0.0.0/28"}}, false},
      {"10.0.0.9/32", std::nullopt, {{"10.0.0.0/28"}}, true},
      {"10.0.0.0/23", {{"10.0.0.0/24", "10.0.1.0/24"}}, std::nullopt, true},  // its two halves
      {"10.0.0.0/23", {{"10.0.0.0/24", "10.0.1.0/25"}}, std::nullopt, false},
      {"10.0.0.0/23", {{"10.0.0.0/24"}}, {{"10.0.1.0/24"}}, true},
      {"0.0.0.0/0", {{"0.0.0.0/0"}}, std::nullopt, true},
      {"0.0.0.0/0", {{"0.0.0.0/1", "128.0.0.0/1"}}, std::nullopt, false},  // literally only
      {"::/0", {{"0.0.0.0/0"}}, std::nullopt, false},
      {"fd00::7/128", {{"fd00::/64"}}, std::nullopt, true},
  };
  for (const auto& c : cases) {
    Record alice = record("alice", "alice");
    const auto set = [](auto& field, const auto& texts) {
      if (!texts) return;
      field.emplace();
      for (const auto& text : *texts) field->push_back(cidr(text));
    };
    set(alice.allowed_ips, c.allowed);
    set(alice.allowed_ips_max, c.max);
    EXPECT_EQ(is_granted(cidr(c.prefix), alice), c.want) << c.prefix;
  }
}

TEST(Rules, AllowedIpsExcessIsOneFindingAPrefix) {
  Record alice = record("alice", "alice");
  alice.allowed_ips = {cidr("10.0.0.2/32")};
  World world({alice});
  const Step step = world.poll(
      {device("wg0", {{.name = "alice", .allowed_ips = {"10.0.0.2", "10.9.0.0/16", "::/0"}}})});
  ASSERT_EQ(rules_of(step), (Names{"allowed_ips_excess", "allowed_ips_excess",
                                   "allowed_ips_too_broad", "allowed_ips_too_broad"}));
  EXPECT_EQ(step.view.findings[0].identity.subject, "10.9.0.0/16");
  EXPECT_EQ(step.view.findings[1].identity.subject, "::/0");
}

Record always_on(AlwaysOn where) {
  Record site = record("site", "site-berlin");
  site.policy = 0;
  (void)where;
  return site;
}

std::shared_ptr<Inventory> with_always_on(AlwaysOn where) {
  auto inventory = std::make_shared<Inventory>();
  inventory->records = {always_on(where)};
  PolicySettings settings;
  settings.always_on = std::move(where);
  inventory->record_policies = {settings};
  return inventory;
}

TEST(Rules, StaleHandshake) {
  struct Case {
    AlwaysOn where;
    WallTime handshake;
    Names want;
  };
  const Case cases[] = {
      {{true, {}}, kStart - 6min, {"stale_handshake"}},
      {{true, {}}, kStart - 5min, {}},
      {{true, {}}, kStart + 1h, {}},  // in the future: the age is clamped at 0
      {{true, {}}, WallTime{}, {}},   // never: never_connected, not stale
      {{false, {}}, kStart - 6min, {}},
      {{false, {"gw1"}}, kStart - 6min, {"stale_handshake"}},
      {{false, {"gw2"}}, kStart - 6min, {}},
  };
  for (const auto& c : cases) {
    World world({});
    world.use(with_always_on(c.where));
    const Step step =
        world.poll({device("wg0", {{.name = "site", .last_handshake = c.handshake}})});
    EXPECT_EQ(rules_of(step), c.want) << to_rfc3339(c.handshake);
  }
}

TEST(Rules, StaleHandshakeIsRememberedAcrossAReset) {
  World world({});
  world.use(with_always_on({true, {}}));
  const WallTime handshake = kStart - 1min;
  EXPECT_EQ(rules_of(world.poll({device("wg0", {{.name = "site", .last_handshake = handshake}})})),
            Names{});
  for (int i = 0; i < 30; ++i) {  // the peer was created anew and has not been heard since
    world.wait(10s);
    (void)world.poll({device("wg0", {{.name = "site"}})});
  }
  EXPECT_EQ(rules_of(world.poll({device("wg0", {{.name = "site"}})})), Names{"stale_handshake"});
  world.wait(5s);
  EXPECT_EQ(
      rules_of(world.poll({device("wg0", {{.name = "site", .last_handshake = world.now.wall}})})),
      Names{});
}

// SPEC §2: a collector that fails ends nothing and opens nothing but collector_failing.
TEST(Rules, GrowingEvidenceIsToldOnceAndKept) {
  World world({record("alice", "alice")});
  const auto on = [&](int interfaces) {
    std::vector<Device> devices;
    for (int i = 0; i < 4; ++i) {
      devices.push_back(device("wg" + std::to_string(i), {}));
      if (i < interfaces) devices.back() = device("wg" + std::to_string(i), {{.name = "alice"}});
    }
    world.wait(5s);
    return world.poll(devices);
  };
  const auto changed = [](const Step& step) {
    return std::ranges::count(step.events, Action::finding_changed, &Event::action);
  };
  EXPECT_EQ(changed(on(2)), 0);
  const Step grown = on(3);
  EXPECT_EQ(changed(grown), 2);  // of the two that were open; the third opens
  EXPECT_EQ(test::event_of(grown, Action::finding_changed).find(Field::before_severity), nullptr);
  EXPECT_EQ(changed(on(3)), 0);
  world.restart();
  EXPECT_EQ(changed(on(3)), 0);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(changed(on(2)), 0);
  EXPECT_EQ(changed(on(3)), 0);  // no more than it was
  EXPECT_EQ(changed(on(4)), 3);
}

TEST(Rules, AFailureThatOutlivesARestartStaysOpen) {
  World world({});
  const auto fail = [&] {
    world.wait(5s);
    return world.poll(std::vector<Device>{}, SourceStatus::failed);
  };
  Step step;
  for (int i = 0; i < 13; ++i) step = fail();
  ASSERT_EQ(rules_of(step), Names{"collector_failing"});
  const WallTime since = step.view.findings[0].since;
  for (const bool clean : {true, false}) {
    world.restart(clean);
    for (int i = 0; i < 3; ++i) {
      step = fail();
      ASSERT_EQ(rules_of(step), Names{"collector_failing"});
      EXPECT_EQ(step.view.findings[0].since, since);
      EXPECT_EQ(std::ranges::count(step.events, Action::finding_opened, &Event::action), 0);
    }
  }
  world.wait(5s);
  step = world.poll(std::vector<Device>{});
  EXPECT_EQ(rules_of(step), Names{});
  EXPECT_EQ(test::event_of(step, Action::finding_closed).text(Field::event_reason), "cause_gone");
}

TEST(Rules, TenMinutesOfFailureAreNoStaleness) {
  World world({});
  world.use(with_always_on({true, {}}));
  Step step = world.poll({device("wg0", {{.name = "site", .last_handshake = kStart}})});
  EXPECT_TRUE(step.view.devices[0].peers[0].session_up);
  for (int i = 1; i <= 120; ++i) {
    world.wait(5s);
    step = world.poll({}, SourceStatus::failed);
    EXPECT_EQ(rules_of(step), i <= 12 ? Names{} : Names{"collector_failing"}) << i;
    ASSERT_EQ(step.view.devices.size(), 1U);
    EXPECT_FALSE(step.view.devices[0].success);
    EXPECT_TRUE(step.view.devices[0].peers[0].session_up);
  }
  world.wait(5s);
  step = world.poll({device("wg0", {{.name = "site", .last_handshake = world.now.wall - 30s}})});
  EXPECT_EQ(rules_of(step), Names{});
  EXPECT_EQ(test::actions_of(step), Names{"finding-closed"});
}

TEST(Rules, CollectorFailingOfOneInterface) {
  World world({record("alice", "alice")});
  const auto poll = [&] {
    Observation observation;
    observation.begun = observation.ended = world.now.boot;
    observation.sources.push_back({CollectorKind::netlink, "", SourceStatus::complete, "", {}, {}});
    observation.failures.push_back({CollectorKind::netlink, "", "wg1", "Operation not permitted"});
    Device good = device("wg0", {{.name = "alice"}}, world.now.boot);
    observation.devices.push_back(good);
    return world.poll(std::move(observation));
  };
  EXPECT_EQ(rules_of(poll()), Names{});
  world.wait(60s);
  const Step step = poll();
  ASSERT_EQ(rules_of(step), Names{"collector_failing"});
  EXPECT_EQ(step.view.findings[0].identity.interface, "wg1");
  EXPECT_EQ(step.view.findings[0].identity.subject, "netlink");
  EXPECT_EQ(step.view.findings[0].detail, "Operation not permitted");
}

TEST(Rules, ADeadChildIsAFindingForAMinute) {
  World world({});
  Observation observation;
  observation.sources.push_back({CollectorKind::netlink, "", SourceStatus::complete, "", {}, {}});
  observation.child_restarted = true;
  Step step = world.poll(observation);
  ASSERT_EQ(rules_of(step), Names{"collector_failing"});
  EXPECT_EQ(step.view.findings[0].identity.subject, kChildSubject);
  world.wait(59s);
  EXPECT_EQ(rules_of(world.poll(std::vector<Device>{})), Names{"collector_failing"});
  world.wait(1s);
  EXPECT_EQ(rules_of(world.poll(std::vector<Device>{})), Names{});
}

TEST(Rules, ForbiddenSession) {
  struct Case {
    std::string what;
    Status status;
    std::optional<WallTime> revoked_at, expires_at;
    WallTime handshake;
    bool want;
  };
  const Case cases[] = {
      {"revoked, session up", Status::revoked, kStart - 1min, {}, kStart - 100s, true},
      {"revoked, session over, before", Status::revoked, kStart - 1min, {}, kStart - 1h, false},
      {"revoked, session over, after", Status::revoked, kStart - 2h, {}, kStart - 1h, true},
      {"revoked, date unknown, session over", Status::revoked, {}, {}, kStart - 1h, false},
      {"revoked, never", Status::revoked, kStart - 1h, {}, WallTime{}, false},
      {"disabled, session up", Status::disabled, {}, {}, kStart - 10s, true},
      {"expired, shook hands after", Status::active, {}, kStart - 2h, kStart - 1h, true},
      {"active, session up", Status::active, {}, kStart + 1h, kStart - 10s, false},
      {"unreviewed, session up", Status::unreviewed, {}, {}, kStart - 10s, false},
  };
  for (const auto& c : cases) {
    Record alice = record("alice", "alice");
    alice.status = c.status;
    alice.revoked_at = c.revoked_at;
    alice.expires_at = c.expires_at;
    World world({alice});
    world.context.settle = Duration{0};  // an audit of one poll
    const Names got =
        rules_of(world.poll({device("wg0", {{.name = "alice", .last_handshake = c.handshake}})}));
    EXPECT_EQ(std::ranges::count(got, "forbidden_session") == 1, c.want) << c.what;
  }
}

// The daemon judges what happens while it looks: at every start the old handshake would page anew.
TEST(Rules, ForbiddenSessionIsNotOpenedByAHandshakeFromBeforeTheStart) {
  Record alice = record("alice", "alice");
  alice.status = Status::revoked;
  alice.revoked_at = kStart - 48h;
  World world({alice});
  const auto peers = [&](WallTime handshake) {
    return device("wg0", {{.name = "alice", .last_handshake = handshake}});
  };
  EXPECT_EQ(rules_of(world.poll({peers(kStart - 24h)})), Names{"revoked_key"});
  world.wait(5s);
  EXPECT_EQ(rules_of(world.poll({peers(world.now.wall - 1s)})),
            (Names{"forbidden_session", "revoked_key"}));
}

TEST(Rules, ForbiddenSessionOfAnUnknownKeyClosesWithTheSession) {
  World world({});
  const auto peers = [&](WallTime handshake) {
    return device("wg0", {{.name = "mallory", .last_handshake = handshake}});
  };
  const WallTime handshake = kStart - 10s;
  EXPECT_EQ(rules_of(world.poll({peers(handshake)})), (Names{"forbidden_session", "unknown_key"}));
  for (int i = 0; i < 40; ++i) {
    world.wait(5s);
    (void)world.poll({peers(handshake)});
  }
  EXPECT_EQ(rules_of(world.poll({peers(handshake)})), Names{"unknown_key"});
}

Gateway gateway_with(std::string interface) {
  return {"gw1", "", {}, {{std::move(interface), "", std::nullopt, std::nullopt}}};
}

TEST(Rules, MissingPeer) {
  struct Case {
    std::string what;
    std::vector<Place> at;
    Status status;
    bool entry;
    Names want;
  };
  const Case cases[] = {
      {"named exactly", {{"gw1", "", "wg0"}}, Status::active, true, {"missing_peer"}},
      {"any gateway", {{"*", "", "wg0"}}, Status::active, true, {}},
      {"another gateway", {{"gw2", "", "wg0"}}, Status::active, true, {}},
      {"another namespace", {{"gw1", "blue", "wg0"}}, Status::active, true, {}},
      {"revoked", {{"gw1", "", "wg0"}}, Status::revoked, true, {}},
      {"unreviewed", {{"gw1", "", "wg0"}}, Status::unreviewed, true, {}},
      {"no entry for this gateway", {{"gw1", "", "wg0"}}, Status::active, false, {}},
  };
  for (const auto& c : cases) {
    Record bob = record("bob", "bob");
    bob.at = c.at;
    bob.status = c.status;
    std::vector<Gateway> gateways;
    if (c.entry) gateways.push_back(gateway_with("wg0"));
    World world({record("alice", "alice"), bob}, gateways);
    const auto devices = [] { return std::vector{device("wg0", {{.name = "alice"}})}; };
    EXPECT_EQ(rules_of(world.poll(devices())), Names{}) << c.what;  // not settled
    world.wait(5s);
    EXPECT_EQ(rules_of(world.poll(devices())), Names{}) << c.what;
    world.wait(5s);
    EXPECT_EQ(rules_of(world.poll(devices())), c.want) << c.what;
    world.wait(5s);  // presence is believed at once
    const Names after = rules_of(world.poll({device("wg0", {{.name = "alice"}, {.name = "bob"}})}));
    EXPECT_EQ(std::ranges::count(after, "missing_peer"), 0) << c.what;
  }
}

// Other peers come all the time: the set of peers need only be equal in the last two polls.
TEST(Rules, MissingPeerOnABusyGateway) {
  Record bob = record("bob", "bob");
  bob.at = {{"gw1", "", "wg0"}};
  World world({bob}, {gateway_with("wg0")});
  std::vector<test::PeerSpec> peers;
  Names got;
  for (int i = 0; i < 12; ++i) {
    if (i % 3 == 0) peers.push_back({.name = "guest " + std::to_string(i)});
    got = rules_of(world.poll({device("wg0", peers)}));
    world.wait(5s);
  }
  EXPECT_EQ(std::ranges::count(got, "missing_peer"), 1);
}

TEST(Rules, StaleHandshakeIsRememberedWhenThePeerWasGone) {
  World world({});
  world.use(with_always_on({true, {}}));
  const auto site = [](WallTime handshake) {
    return device("wg0", {{.name = "site", .last_handshake = handshake}});
  };
  EXPECT_EQ(rules_of(world.poll({site(kStart - 10min)})), Names{"stale_handshake"});
  for (int i = 0; i < 5; ++i) {  // removed, and believed so
    world.wait(5s);
    (void)world.poll({device("wg0", {})});
  }
  EXPECT_EQ(rules_of(world.poll({device("wg0", {})})), Names{});
  world.wait(5s);
  EXPECT_EQ(rules_of(world.poll({site(WallTime{})})), Names{"stale_handshake"});
  EXPECT_TRUE(world.memory.departed.empty());
}

TEST(Rules, NoInventory) {
  World world({});
  world.context.inventory_health.configured = false;
  const Step step = world.poll({device("wg0", {{.name = "alice"}})});
  EXPECT_EQ(rules_of(step), Names{"no_inventory"});
  EXPECT_EQ(step.view.findings[0].severity, Severity::info);
}

TEST(Rules, ConfigurationRegradesAndSwitchesOff) {
  auto settings = std::make_shared<RuleSettings>();
  (*settings)[RuleId::unknown_key].severity = Severity::medium;
  (*settings)[RuleId::disabled_key].roles = {{"lab", false, std::nullopt}};
  (*settings)[RuleId::revoked_key].enabled = false;
  (*settings)[RuleId::revoked_key].roles = {{"lab", true, Severity::info}};
  auto inventory = std::make_shared<Inventory>();
  inventory->roles = {{"lab", {}}};
  Record lab = record("lab", "lab"), office = record("office", "office");
  lab.status = office.status = Status::disabled;
  lab.role = 0;
  Record lab_revoked = record("lab2", "lab2"), revoked = record("office2", "office2");
  lab_revoked.status = revoked.status = Status::revoked;
  lab_revoked.role = 0;
  inventory->records = {lab, office, lab_revoked, revoked};
  World world({});
  world.use(inventory);
  world.context.rule_settings = settings;
  const Step step = world.poll({device("wg0", {{.name = "lab"},
                                               {.name = "office"},
                                               {.name = "lab2"},
                                               {.name = "office2"},
                                               {.name = "mallory"}})});
  ASSERT_EQ(rules_of(step), (Names{"disabled_key", "revoked_key", "unknown_key"}));
  for (const Finding& finding : step.view.findings) {
    if (finding.identity.rule == RuleId::unknown_key) EXPECT_EQ(finding.severity, Severity::medium);
    if (finding.identity.rule == RuleId::revoked_key) EXPECT_EQ(finding.principal, "lab2");
    if (finding.identity.rule == RuleId::disabled_key) EXPECT_EQ(finding.principal, "office");
  }
}

TEST(Rules, AnExceptionAcceptsUntilItEnds) {
  Record alice = record("alice", "alice");
  alice.status = Status::disabled;
  alice.exceptions = {{"disabled_key", "vendor appliance", kStart + 1min}};
  World world({alice});
  Step step = world.poll({device("wg0", {{.name = "alice"}})});
  ASSERT_EQ(step.view.findings.size(), 1U);
  EXPECT_TRUE(step.view.findings[0].accepted);
  EXPECT_EQ(step.view.opened_total.at(RuleId::disabled_key, Severity::high), 0U);
  EXPECT_EQ(std::ranges::count(test::actions_of(step), "finding-opened"), 0);
  world.wait(1min);
  step = world.poll({device("wg0", {{.name = "alice"}})});
  EXPECT_FALSE(step.view.findings[0].accepted);
  EXPECT_EQ(step.view.findings[0].since, kStart);
  EXPECT_EQ(step.view.opened_total.at(RuleId::disabled_key, Severity::high), 1U);
  EXPECT_EQ(test::actions_of(step), Names{"finding-opened"});
}

}  // namespace
}  // namespace wgaudit
