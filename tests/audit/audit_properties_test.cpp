// What holds for every audit: generated inventories, gateways and histories; seeds fixed.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <random>

#include "tests/audit/world.hpp"
#include "tests/support/file_sha256.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::cidr;
using test::file_sha256;
using test::key;
using test::kStart;
using test::World;

constexpr const char* kNames[] = {"a", "b", "c", "d", "e", "f", "g"};
constexpr const char* kInterfaces[] = {"wg0", "wg1", "wg2"};
constexpr const char* kPrefixes[] = {"10.0.0.1/32", "10.0.0.2/32", "10.0.0.0/30", "10.0.0.0/8",
                                     "0.0.0.0/0",   "fd00::1/128", "fd00::/64"};
constexpr const char* kEndpoints[] = {"198.51.100.1:1", "203.0.113.1:1", "[2001:db8::1]:1"};

// An inventory and what is on the interfaces, as values that can be shuffled.
struct Scene {
  Inventory inventory;
  struct Interface {
    std::string name;
    bool up = true;
    std::string key;
    std::vector<test::PeerSpec> peers;
  };
  std::vector<Interface> interfaces;
};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  template <typename List>
  auto some(const List& list) {
    return *(std::begin(list) + random_() % std::size(list));
  }
  template <typename List>
  void shuffle(List& list) {
    std::ranges::shuffle(list, random_);
  }

  Inventory inventory(WallTime now) {
    Inventory inventory;
    inventory.sha256 = file_sha256(std::to_string(random_()));
    if (chance(30)) inventory.policy.max_key_age = 24h;
    if (chance(30)) inventory.policy.require_preshared_key = true;
    if (chance(30)) inventory.policy.always_on = AlwaysOn{true, {}};
    inventory.policy.dormant_after = 10min;
    for (const char* name : kNames) {
      if (chance(85)) inventory.records.push_back(record(name, now));
    }
    for (std::size_t i = 1; i < inventory.records.size(); ++i) {
      Record& successor = inventory.records[i];
      if (chance(15)) successor.replaces = inventory.records[i - 1].public_key;
    }
    Gateway gateway{"gw1", "", {}, {}};
    for (const char* name : kInterfaces) {
      if (!chance(70)) continue;
      gateway.interfaces.push_back({name, "", std::nullopt, std::nullopt});
      if (chance(50)) gateway.interfaces.back().public_key = key("of " + std::string(name));
      if (chance(30)) gateway.interfaces.back().issued_at = now - 23h;
    }
    inventory.gateways.push_back(std::move(gateway));
    return inventory;
  }

  std::vector<Scene::Interface> interfaces(WallTime now) {
    std::vector<Scene::Interface> result;
    for (const char* name : kInterfaces) {
      if (chance(15)) continue;
      Scene::Interface interface{
          name, chance(85), chance(85) ? "of " + std::string(name) : "x", {}};
      std::vector<std::string> free(std::begin(kPrefixes), std::end(kPrefixes));
      for (const char* peer : kNames) {
        if (chance(60)) interface.peers.push_back(this->peer(peer, free, now));
      }
      result.push_back(std::move(interface));
    }
    return result;
  }

 private:
  Record record(const char* name, WallTime now) {
    Record record = test::record(name, name);
    if (chance(30)) record.status = static_cast<Status>(random_() % 4);
    if (chance(50)) record.allowed_ips.emplace();
    for (int i = 0; record.allowed_ips && i < 2; ++i) {
      const Cidr prefix = cidr(some(kPrefixes));
      auto& list = *record.allowed_ips;
      if (std::ranges::find(list, prefix) == list.end()) list.push_back(prefix);
    }
    if (chance(40)) record.at = {{"gw1", "", some(kInterfaces)}};
    if (chance(20) && record.at) record.at->push_back({"*", "", "wg2"});
    if (chance(30)) record.endpoints = {cidr("198.51.100.0/24")};
    if (chance(30)) record.posture = Posture{chance(50), now - 20h};
    if (chance(30)) record.expires_at = now + std::chrono::seconds{random_() % 600};
    if (chance(40)) record.issued_at = now - std::chrono::hours{random_() % 300};
    if (chance(20)) record.exceptions.push_back({"allowed_ips_too_broad", "why", now + 5min});
    return record;
  }

  // Takes its prefixes from those that no other peer of the interface has.
  test::PeerSpec peer(const char* name, std::vector<std::string>& free, WallTime now) {
    test::PeerSpec peer{.name = name};
    for (int i = 0; i < 2 && !free.empty(); ++i) {
      if (chance(40)) continue;
      const auto taken = free.begin() + static_cast<std::ptrdiff_t>(random_() % free.size());
      peer.allowed_ips.push_back(*taken);
      free.erase(taken);
    }
    if (chance(50)) {
      peer.last_handshake = now - std::chrono::seconds{random_() % 900};
      peer.endpoint = some(kEndpoints);
    }
    peer.preshared_key = chance(60);
    return peer;
  }

  std::mt19937 random_;
};

std::vector<Device> devices_of(const std::vector<Scene::Interface>& interfaces) {
  std::vector<Device> devices;
  for (const Scene::Interface& interface : interfaces) {
    Device device = test::device(interface.name, interface.peers);
    device.link->up = interface.up;
    device.public_key = key(interface.key);
    devices.push_back(std::move(device));
  }
  return devices;
}

std::shared_ptr<Inventory> shared(Inventory inventory) {
  return std::make_shared<Inventory>(std::move(inventory));
}

// The same, in another order of everything that has none.
Scene shuffled(Scene scene, Generator& generator) {
  generator.shuffle(scene.inventory.records);
  for (Record& record : scene.inventory.records) {
    if (record.allowed_ips) generator.shuffle(*record.allowed_ips);
    if (record.at) generator.shuffle(*record.at);
  }
  for (Gateway& gateway : scene.inventory.gateways) generator.shuffle(gateway.interfaces);
  generator.shuffle(scene.interfaces);
  for (Scene::Interface& interface : scene.interfaces) {
    generator.shuffle(interface.peers);
    for (test::PeerSpec& peer : interface.peers) generator.shuffle(peer.allowed_ips);
  }
  return scene;
}

std::vector<std::string> texts(const Step& step) {
  std::vector<std::string> lines;
  for (const Finding& finding : step.view.findings) {
    const FindingIdentity& identity = finding.identity;
    lines.push_back(std::string(rule_info(identity.rule).name) + ' ' + identity.interface + ' ' +
                    (identity.public_key ? to_string(*identity.public_key) : "") + ' ' +
                    identity.subject + ' ' + to_rfc3339(finding.since) + ' ' +
                    std::string(to_string(finding.severity)) +
                    (finding.accepted ? " accepted " : " ") + finding.detail);
  }
  return lines;
}

// Without number and order, which follow the order of the interfaces.
std::vector<std::string> told(const Step& step) {
  std::vector<std::string> lines;
  for (const Event& event : step.events) {
    lines.push_back(std::string(to_string(event.action)) + ' ' + event.interface + ' ' +
                    (event.public_key ? to_string(*event.public_key) : "") + ' ' +
                    std::string(event.text(Field::rule_name)) + ' ' +
                    std::string(event.text(Field::finding_subject)) + ' ' +
                    std::string(event.text(Field::finding_detail)));
  }
  std::ranges::sort(lines);
  return lines;
}

TEST(AuditProperties, OrderDoesNotMatter) {
  std::size_t findings = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    Generator generator(seed);
    World straight({}), other({});
    for (int poll = 0; poll < 12; ++poll) {
      if (poll % 4 == 0) {
        Scene scene;
        scene.inventory = generator.inventory(straight.now.wall);
        const Scene again = shuffled(scene, generator);
        straight.use(shared(scene.inventory));
        other.use(shared(again.inventory));
      }
      Scene scene;
      scene.interfaces = generator.interfaces(straight.now.wall);
      const Step a = straight.poll(devices_of(scene.interfaces));
      const Step b = other.poll(devices_of(shuffled(scene, generator).interfaces));
      ASSERT_EQ(texts(a), texts(b)) << "seed " << seed << " poll " << poll;
      ASSERT_EQ(told(a), told(b)) << "seed " << seed << " poll " << poll;
      findings += a.view.findings.size();
      straight.wait(6s);
      other.wait(6s);
    }
  }
  std::printf("order: %zu findings of 480 polls are the same\n", findings);
  EXPECT_GT(findings, 10'000U);
}

// What is open while a session runs, and goes with it.
bool ends_with_session(RuleId rule) {
  return rule == RuleId::forbidden_session || rule == RuleId::unexpected_endpoint ||
         rule == RuleId::noncompliant_device;
}
// What closes when something is there again.
bool is_of_absence(RuleId rule) {
  return rule == RuleId::missing_peer || rule == RuleId::interface_down ||
         rule == RuleId::allowed_ips_missing || rule == RuleId::preshared_key_missing ||
         rule == RuleId::stale_handshake || rule == RuleId::never_connected ||
         rule == RuleId::dormant_key;
}

// Everybody is known, may do what he does, and is connected.
std::shared_ptr<Inventory> in_order() {
  Inventory inventory;
  inventory.sha256 = file_sha256("in order");
  Gateway gateway{"gw1", "", {}, {}};
  for (const char* name : kInterfaces) {
    gateway.interfaces.push_back({name, "", key("of " + std::string(name)), std::nullopt});
  }
  inventory.gateways.push_back(std::move(gateway));
  int number = 0;
  for (const char* name : kNames) {
    Record record = test::record(name, name);
    record.allowed_ips = {cidr("10.1.0." + std::to_string(++number))};
    record.at.emplace();
    for (const char* interface : kInterfaces) record.at->push_back({"gw1", "", interface});
    inventory.records.push_back(std::move(record));
  }
  return shared(std::move(inventory));
}
std::vector<Device> all_well(WallTime now) {
  std::vector<Scene::Interface> interfaces;
  for (const char* name : kInterfaces) {
    Scene::Interface interface{name, true, "of " + std::string(name), {}};
    int number = 0;
    for (const char* peer : kNames) {
      interface.peers.push_back({.name = peer,
                                 .allowed_ips = {"10.1.0." + std::to_string(++number)},
                                 .last_handshake = now,
                                 .endpoint = "198.51.100.1:1",
                                 .preshared_key = true});
    }
    interfaces.push_back(std::move(interface));
  }
  return devices_of(interfaces);
}

TEST(AuditProperties, WithoutTheirCauseFindingsClose) {
  std::map<RuleId, std::size_t> opened, at_once, settled;
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Generator generator(seed);
    World world({});
    world.use(shared(generator.inventory(world.now.wall)));
    const auto interfaces = generator.interfaces(world.now.wall);
    Step step;
    for (int poll = 0; poll < 15; ++poll) {
      step = world.poll(devices_of(interfaces));
      world.wait(1min);
    }
    for (const Finding& finding : step.view.findings) ++opened[finding.identity.rule];
    world.use(in_order());
    step = world.poll(all_well(world.now.wall));
    for (const Finding& finding : step.view.findings) {
      EXPECT_FALSE(is_of_absence(finding.identity.rule))
          << rule_info(finding.identity.rule).name << ": not closed at once";
      ++at_once[finding.identity.rule];
    }
    for (int poll = 0; poll < 2; ++poll) {
      world.wait(6s);
      step = world.poll(all_well(world.now.wall));
    }
    for (const Finding& finding : step.view.findings) {
      EXPECT_TRUE(ends_with_session(finding.identity.rule))
          << rule_info(finding.identity.rule).name
          << ": not closed when it settled: " << finding.detail;
      ++settled[finding.identity.rule];
    }
    EXPECT_EQ(step.view.findings.size(), 0U);
  }
  for (const auto& [rule, number] : opened) {
    std::printf("%-22s %5zu were open, %4zu after one poll, %4zu when settled\n",
                std::string(rule_info(rule).name).c_str(), number, at_once[rule], settled[rule]);
  }
  for (const RuleInfo& rule : rules()) {
    const bool of_program = rule.id == RuleId::collector_failing ||
                            rule.id == RuleId::no_inventory || rule.id == RuleId::exposed_listener;
    if (of_program || !rule.on_by_default || rule.id == RuleId::unexpected_endpoint ||
        rule.id == RuleId::noncompliant_device || rule.id == RuleId::forbidden_session ||
        rule.name == "shared_key") {
      continue;  // about sessions: below; or not of this world
    }
    EXPECT_GT(opened[rule.id], 0U) << rule.name;
  }
}

TEST(AuditProperties, WhatASessionCausesEndsWithIt) {
  std::map<RuleId, std::size_t> opened;
  for (unsigned seed = 0; seed < 40; ++seed) {
    Generator generator(seed);
    World world({});
    world.use(shared(generator.inventory(world.now.wall)));
    auto interfaces = generator.interfaces(world.now.wall);
    for (auto& interface : interfaces) {
      for (auto& peer : interface.peers) {
        if (peer.last_handshake != WallTime{}) peer.last_handshake = world.now.wall;
      }
    }
    Step step = world.poll(devices_of(interfaces));
    for (const Finding& finding : step.view.findings) ++opened[finding.identity.rule];
    for (int poll = 0; poll < 36; ++poll) {
      world.wait(5s);
      step = world.poll(devices_of(interfaces));
    }
    world.wait(10s);
    step = world.poll(devices_of(interfaces));
    for (const Finding& finding : step.view.findings) {
      EXPECT_FALSE(ends_with_session(finding.identity.rule)) << finding.detail;
    }
  }
  for (const RuleId rule :
       {RuleId::forbidden_session, RuleId::unexpected_endpoint, RuleId::noncompliant_device}) {
    std::printf("%-22s %5zu were open while the session ran\n",
                std::string(rule_info(rule).name).c_str(), opened[rule]);
    EXPECT_GT(opened[rule], 0U);
  }
}

TEST(AuditProperties, SinceNeverMovesAcrossRestarts) {
  std::size_t kept = 0;
  for (unsigned seed = 0; seed < 15; ++seed) {
    Generator generator(seed);
    World world({});
    world.use(shared(generator.inventory(world.now.wall)));
    std::map<FindingIdentity, WallTime> since;
    for (int poll = 0; poll < 60; ++poll) {
      if (generator.chance(10)) world.use(shared(generator.inventory(world.now.wall)));
      const Step step = world.poll(devices_of(generator.interfaces(world.now.wall)));
      std::map<FindingIdentity, WallTime> now;
      for (const Finding& finding : step.view.findings) {
        const auto before = since.find(finding.identity);
        if (before != since.end()) {
          EXPECT_EQ(finding.since, before->second);
          ++kept;
        }
        now.emplace(finding.identity, finding.since);
      }
      since = std::move(now);
      world.wait(5s);
      if (generator.chance(10)) world.restart(generator.chance(50));
      if (generator.chance(3)) world.reboot(1min);
    }
  }
  std::printf("since: stood still %zu times\n", kept);
  EXPECT_GT(kept, 10'000U);
}

}  // namespace
}  // namespace wgaudit
