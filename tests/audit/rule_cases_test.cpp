// Every rule about what is configured: it does not open on the near miss, opens, stays, survives
// restarts without a second event, and closes with its reason.
#include <gtest/gtest.h>

#include <functional>

#include "tests/audit/world.hpp"
#include "tests/support/file_sha256.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::cidr;
using test::device;
using test::event_of;
using test::file_sha256;
using test::key;
using test::kStart;
using test::record;
using test::World;

using Devices = std::vector<Device>;
// What there is at a poll; may change the inventory, or let time pass, when it is asked first.
using State = std::function<Devices(World&)>;

struct RuleCase {
  std::string name;
  RuleId rule;
  std::function<std::shared_ptr<Inventory>()> inventory;
  State near_miss, cause, cure;
  std::string subject = "";
  std::string reason = "cause_gone";
  std::size_t findings = 1;
  Duration lead{};  // passes between the near miss and the cause
};

std::shared_ptr<Inventory> of(std::vector<Record> records, PolicySettings policy = {},
                              std::vector<Gateway> gateways = {}) {
  auto inventory = std::make_shared<Inventory>();
  inventory->records = std::move(records);
  inventory->policy = policy;
  inventory->gateways = std::move(gateways);
  static int number = 0;
  inventory->sha256 = file_sha256(std::to_string(++number));  // another file each time
  return inventory;
}

Record alice() { return record("alice", "alice"); }
Record alice_with(const std::function<void(Record&)>& change) {
  Record changed = alice();
  change(changed);
  return changed;
}
std::vector<Gateway> gw1(std::vector<GatewayInterface> interfaces) {
  return {{"gw1", "", {}, std::move(interfaces)}};
}

// What an MDM says of alice, checked after all that her record says.
std::shared_ptr<const PostureTable> posture_file(bool compliant) {
  PostureTable table;
  table.by_key[key("alice")] = Posture{compliant, kStart};
  return std::make_shared<const PostureTable>(std::move(table));
}

Devices wg0(std::vector<test::PeerSpec> peers) { return {device("wg0", peers)}; }
// With a session that is fresh at every poll.
Devices connected(World& world, const std::string& endpoint = "198.51.100.7:1") {
  return wg0({{.name = "alice", .last_handshake = world.now.wall, .endpoint = endpoint}});
}

PolicySettings always_on() {
  PolicySettings policy;
  policy.always_on = AlwaysOn{true, {}};
  return policy;
}

Device down(Device device) {
  device.link->up = false;
  return device;
}
Device with_key(Device device, const std::string& name) {
  device.public_key = key(name);
  return device;
}

const std::vector<RuleCase>& cases() {
  static const auto posture = [](bool compliant, Duration age) {
    return [=](Record& record) { record.posture = Posture{compliant, kStart - age}; };
  };
  static const std::vector<RuleCase> all{
      {"key_age", RuleId::rotation_due,
       [] {
         PolicySettings policy;
         policy.max_key_age = 24h;
         return of({alice_with([](Record& r) { r.issued_at = kStart - 23h; })}, policy);
       },
       [](World&) { return wg0({{.name = "alice"}}); },
       [](World&) { return wg0({{.name = "alice"}}); },
       [](World& world) {
         PolicySettings policy;
         policy.max_key_age = 24h;
         world.use(of({alice_with([](Record& r) { r.issued_at = kStart; })}, policy));
         return wg0({{.name = "alice"}});
       },
       "", "inventory_changed", 1, 2h},
      {"rotation_overlap", RuleId::rotation_due,
       [] {
         Record successor = record("alice 2", "alice");
         successor.replaces = key("alice");
         successor.issued_at = kStart;
         return of({alice(), successor});
       },
       [](World&) { return wg0({{.name = "alice"}, {.name = "alice 2"}}); },
       [](World&) { return wg0({{.name = "alice"}, {.name = "alice 2"}}); },
       [](World&) { return wg0({{.name = "alice 2"}}); }, to_string(key("alice 2")), "subject_gone",
       1, 24h * 7},
      {"interface_key_age", RuleId::rotation_due,
       [] {
         PolicySettings policy;
         policy.max_key_age = 24h;
         return of({alice()}, policy, gw1({{"wg0", "", std::nullopt, kStart - 23h}}));
       },
       [](World&) { return wg0({{.name = "alice", .last_handshake = kStart}}); },
       [](World&) { return wg0({}); },
       [](World& world) {
         PolicySettings policy;
         policy.max_key_age = 24h;
         world.use(of({alice()}, policy, gw1({{"wg0", "", std::nullopt, kStart}})));
         return wg0({});
       },
       "", "inventory_changed", 1, 2h},
      {"allowed_ips_missing", RuleId::allowed_ips_missing,
       [] { return of({alice_with([](Record& r) { r.allowed_ips = {cidr("10.0.0.2/32")}; })}); },
       [](World&) { return wg0({{.name = "alice", .allowed_ips = {"10.0.0.2/32"}}}); },
       [](World&) {
         return wg0({{.name = "alice"}, {.name = "bob", .allowed_ips = {"10.0.0.2/32"}}});
       },
       [](World&) { return wg0({{.name = "alice", .allowed_ips = {"10.0.0.2/32"}}}); },
       "10.0.0.2/32"},
      {"allowed_ips_too_broad", RuleId::allowed_ips_too_broad, [] { return of({alice()}); },
       [](World&) { return wg0({{.name = "alice", .allowed_ips = {"10.0.0.2/32", "fd::1/128"}}}); },
       [](World&) { return wg0({{.name = "alice", .allowed_ips = {"10.0.0.0/31"}}}); },
       [](World&) { return wg0({{.name = "alice", .allowed_ips = {"10.0.0.2/32"}}}); },
       "10.0.0.0/31"},
      {"default_route_in_halves", RuleId::allowed_ips_too_broad,
       [] {
         PolicySettings policy;
         policy.min_prefix_length_ipv4 = 0;
         return of({alice()}, policy);
       },
       [](World&) { return wg0({{.name = "alice", .allowed_ips = {"0.0.0.0/1"}}}); },
       [](World&) { return wg0({{.name = "alice", .allowed_ips = {"0.0.0.0/1", "128.0.0.0/1"}}}); },
       [](World&) { return wg0({{.name = "alice", .allowed_ips = {"10.0.0.0/8"}}}); }, "0.0.0.0/1",
       "cause_gone", 2},
      {"allowed_ips_overlap", RuleId::allowed_ips_overlap,
       [] { return of({alice(), record("site", "site")}); },
       [](World&) {  // a default route as the outer one does not count
         return wg0({{.name = "alice", .allowed_ips = {"10.0.0.2/32"}},
                     {.name = "site", .allowed_ips = {"0.0.0.0/0", "10.0.1.0/24"}}});
       },
       [](World&) {
         return wg0({{.name = "alice", .allowed_ips = {"10.0.0.2/32"}},
                     {.name = "site", .allowed_ips = {"10.0.0.0/24"}}});
       },
       [](World&) {
         return wg0({{.name = "alice", .allowed_ips = {"10.0.0.2/32"}}, {.name = "site"}});
       },
       "10.0.0.2/32"},
      {"never_connected", RuleId::never_connected, [] { return of({alice()}, always_on()); },
       [](World&) { return wg0({{.name = "alice"}}); },
       [](World&) { return wg0({{.name = "alice"}}); },
       [](World& world) { return connected(world); }, "", "cause_gone", 1, 5min},
      {"dormant_key", RuleId::dormant_key, [] { return of({alice()}); },
       [](World&) { return wg0({{.name = "alice", .last_handshake = kStart}}); },
       [](World&) { return wg0({{.name = "alice", .last_handshake = kStart}}); },
       [](World& world) { return connected(world); }, "", "cause_gone", 1, 24h * 30},
      {"dormant_without_a_handshake", RuleId::dormant_key, [] { return of({alice()}); },
       [](World&) { return wg0({{.name = "alice"}}); },
       [](World&) { return wg0({{.name = "alice"}}); },
       [](World&) { return wg0({{.name = "bob"}}); }, "", "subject_gone", 1, 24h * 30},
      {"preshared_key_missing", RuleId::preshared_key_missing,
       [] {
         PolicySettings policy;
         policy.require_preshared_key = true;
         return of({alice()}, policy);
       },
       [](World&) { return wg0({{.name = "alice", .preshared_key = true}}); },
       [](World&) { return wg0({{.name = "alice"}}); },
       [](World&) { return wg0({{.name = "alice", .preshared_key = true}}); }},
      {"duplicate_key", RuleId::duplicate_key,
       [] {
         return of({alice_with([](Record& r) { r.at = {{"gw1", "", "wg0"}, {"*", "", "wg2"}}; })});
       },
       [](World&) {
         return Devices{device("wg0", {{.name = "alice"}}), device("wg2", {{.name = "alice"}})};
       },
       [](World&) {
         return Devices{device("wg0", {{.name = "alice"}}), device("wg1", {{.name = "alice"}})};
       },
       [](World&) { return Devices{device("wg0", {{.name = "alice"}}), device("wg1", {})}; }, "",
       "subject_gone"},
      {"duplicate_key_anywhere", RuleId::duplicate_key, [] { return of({alice()}); },
       [](World&) {
         return Devices{device("wg0", {{.name = "alice"}}), device("wg1", {{.name = "bob"}})};
       },
       [](World&) {
         return Devices{device("wg0", {{.name = "alice"}}), device("wg1", {{.name = "alice"}})};
       },
       [](World&) { return Devices{device("wg0", {{.name = "alice"}}), device("wg1", {})}; }, "",
       "", 2},
      {"unexpected_endpoint", RuleId::unexpected_endpoint,
       [] { return of({alice_with([](Record& r) { r.endpoints = {cidr("198.51.100.0/24")}; })}); },
       [](World& world) { return connected(world); },
       [](World& world) { return connected(world, "203.0.113.9:1"); },
       [](World& world) { return connected(world, "198.51.100.250:1"); }},
      {"noncompliant_device", RuleId::noncompliant_device,
       [] { return of({alice_with(posture(false, 1h))}); },
       [](World&) { return wg0({{.name = "alice"}}); },  // without a session
       [](World& world) { return connected(world); },
       [](World& world) {
         world.use(of({alice_with(posture(true, 1h))}));
         return connected(world);
       },
       "", "inventory_changed"},
      {"noncompliant_by_the_posture_file", RuleId::noncompliant_device,
       [] { return of({alice_with(posture(true, 1h))}); },
       [](World& world) { return connected(world); },
       [](World& world) {
         world.context.posture = posture_file(false);
         return connected(world);
       },
       [](World& world) {
         world.context.posture = posture_file(true);
         return connected(world);
       }},
      {"posture_too_old", RuleId::noncompliant_device,
       [] { return of({alice_with(posture(true, 23h))}); },
       [](World& world) { return connected(world); }, [](World& world) { return connected(world); },
       [](World&) { return wg0({{.name = "bob"}}); }, "", "subject_gone", 1, 2h},
      {"gateway_key_mismatch", RuleId::gateway_key_mismatch,
       [] { return of({}, {}, gw1({{"wg0", "", key("gateway"), std::nullopt}})); },
       [](World&) { return Devices{with_key(device("wg0", {}), "gateway")}; },
       [](World&) { return Devices{with_key(device("wg0", {}), "another")}; },
       [](World&) { return Devices{with_key(device("wg0", {}), "gateway")}; }},
      {"interface_down", RuleId::interface_down,
       [] { return of({}, {}, gw1({{"wg0", "", std::nullopt, std::nullopt}})); },
       [](World&) { return Devices{device("wg0", {}), down(device("wg1", {}))}; },
       [](World&) { return Devices{down(device("wg0", {})), down(device("wg1", {}))}; },
       [](World&) { return Devices{device("wg0", {}), down(device("wg1", {}))}; }},
      {"interface_gone", RuleId::interface_down,
       [] { return of({}, {}, gw1({{"wg0", "", std::nullopt, std::nullopt}})); },
       [](World&) { return wg0({}); }, [](World&) { return Devices{}; },
       [](World&) { return wg0({}); }},
      {"wrong_interface", RuleId::wrong_interface,
       [] { return of({alice_with([](Record& r) { r.at = {{"*", "", "wg0"}}; })}); },
       [](World&) { return wg0({{.name = "alice"}}); },
       [](World&) { return Devices{device("wg0", {}), device("wg1", {{.name = "alice"}})}; },
       [](World&) { return Devices{device("wg0", {}), device("wg1", {})}; }, "", "subject_gone"},
  };
  return all;
}

std::vector<Finding> open_of(const Step& step, RuleId rule) {
  std::vector<Finding> found;
  for (const Finding& finding : step.view.findings) {
    if (finding.identity.rule == rule) found.push_back(finding);
  }
  return found;
}

std::size_t told(const Step& step, Action action, RuleId rule) {
  return static_cast<std::size_t>(std::ranges::count_if(step.events, [&](const Event& event) {
    return event.action == action && event.text(Field::rule_name) == rule_info(rule).name;
  }));
}

class RuleCases : public testing::TestWithParam<RuleCase> {
 protected:
  RuleCases() : world_({}) { world_.use(GetParam().inventory()); }

  Step poll(const State& state) {
    world_.wait(5s);
    return world_.poll(state(world_));
  }
  // Nothing of the rule changes.
  void expect_still(const State& state, std::size_t findings, int polls = 8) {
    for (int i = 0; i < polls; ++i) {
      const Step step = poll(state);
      ASSERT_EQ(open_of(step, rule_).size(), findings) << "poll " << i;
      ASSERT_EQ(told(step, Action::finding_opened, rule_) +
                    told(step, Action::finding_changed, rule_) +
                    told(step, Action::finding_closed, rule_),
                0U)
          << "poll " << i;
      for (const Finding& finding : open_of(step, rule_)) EXPECT_EQ(finding.since, since_);
    }
  }
  // Within the time in which an absence settles, and a poll; returns the step that told it.
  std::optional<Step> expect(Action action, const State& state) {
    for (int i = 0; i < 4; ++i) {
      Step step = poll(state);
      const std::size_t number = told(step, action, rule_);
      if (number == 0) continue;
      EXPECT_EQ(number, GetParam().findings);
      return step;
    }
    ADD_FAILURE() << "no " << to_string(action);
    return std::nullopt;
  }

  World world_;
  RuleId rule_ = GetParam().rule;
  WallTime since_{};
};

TEST_P(RuleCases, OpensStaysAndCloses) {
  const RuleCase& c = GetParam();
  expect_still(c.near_miss, 0);
  world_.wait(c.lead);
  const auto opened = expect(Action::finding_opened, c.cause);
  ASSERT_TRUE(opened);
  const auto findings = open_of(*opened, rule_);
  ASSERT_EQ(findings.size(), c.findings);
  EXPECT_EQ(findings[0].identity.subject, c.subject);
  EXPECT_EQ(findings[0].severity, rule_info(rule_).severity);
  EXPECT_FALSE(findings[0].detail.empty());
  since_ = findings[0].since;
  EXPECT_EQ(since_, world_.now.wall);
  expect_still(c.cause, c.findings);
  world_.restart();
  expect_still(c.cause, c.findings);
  world_.restart(false);
  expect_still(c.cause, c.findings);
  world_.reboot(1min);
  expect_still(c.cause, c.findings);
  const auto closed = expect(Action::finding_closed, c.cure);
  ASSERT_TRUE(closed);
  EXPECT_EQ(open_of(*closed, rule_).size(), 0U);
  const Event& event = *std::ranges::find_if(closed->events, [&](const Event& e) {
    return e.action == Action::finding_closed && e.text(Field::rule_name) == rule_info(rule_).name;
  });
  if (!c.reason.empty()) EXPECT_EQ(event.text(Field::event_reason), c.reason);
  expect_still(c.cure, 0);
}

TEST_P(RuleCases, IsSwitchedOff) {
  const RuleCase& c = GetParam();
  expect_still(c.near_miss, 0);
  auto settings = std::make_shared<RuleSettings>();
  (*settings)[rule_].enabled = false;
  world_.context.rule_settings = settings;
  world_.wait(c.lead);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(open_of(poll(c.cause), rule_).size(), 0U);
  world_.context.rule_settings = std::make_shared<const RuleSettings>();
  ASSERT_TRUE(expect(Action::finding_opened, c.cause));
  world_.context.rule_settings = settings;
  const Step step = poll(c.cause);
  ASSERT_EQ(told(step, Action::finding_closed, rule_), c.findings);
  for (const Event& event : step.events) {
    if (event.action != Action::finding_closed) continue;
    EXPECT_EQ(event.text(Field::event_reason), "rule_disabled");
  }
}

TEST_P(RuleCases, IsRegraded) {
  const RuleCase& c = GetParam();
  expect_still(c.near_miss, 0, 2);
  auto settings = std::make_shared<RuleSettings>();
  (*settings)[rule_].severity = Severity::info;
  world_.context.rule_settings = settings;
  world_.wait(c.lead);
  auto opened = expect(Action::finding_opened, c.cause);
  ASSERT_TRUE(opened);
  since_ = open_of(*opened, rule_)[0].since;
  EXPECT_EQ(open_of(*opened, rule_)[0].severity, Severity::info);
  auto raised = std::make_shared<RuleSettings>();
  (*raised)[rule_].severity = Severity::critical;
  world_.context.rule_settings = raised;
  const Step step = poll(c.cause);
  EXPECT_EQ(told(step, Action::finding_changed, rule_), c.findings);
  ASSERT_EQ(open_of(step, rule_).size(), c.findings);
  EXPECT_EQ(open_of(step, rule_)[0].severity, Severity::critical);
  EXPECT_EQ(open_of(step, rule_)[0].since, since_);
}

INSTANTIATE_TEST_SUITE_P(All, RuleCases, testing::ValuesIn(cases()),
                         [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace wgaudit
