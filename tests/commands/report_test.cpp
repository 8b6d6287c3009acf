// `report` of many gateways, and with the daemon's memory.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "audit/judge.hpp"
#include "exporter/codec/inventory_json.hpp"
#include "exporter/commands/audit_once.hpp"
#include "exporter/commands/command_line.hpp"
#include "exporter/store/store.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;

const Now kNow{test::wall("2026-11-01T12:00:00Z"), test::boot(5h), "boot"};

class ReportCommand : public testing::Test {
 protected:
  int run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    System system{out_,
                  err_,
                  [this](const std::string& name) -> std::optional<std::string> {
                    if (name == "STATE_DIRECTORY") return state_directory_;
                    return std::nullopt;
                  },
                  "gw1",
                  [this] { return now_; },
                  [this](const Targets& targets) {
                    targets_ = targets;
                    return observed_;
                  },
                  [](const LoadedSettings&, const ReadSettings&) { return 0; },
                  [](Duration) { return false; }};
    arguments.insert(arguments.begin(), "report");
    return run_command_line(system, arguments);
  }
  bool says(std::string_view text) const { return out_.str().find(text) != std::string::npos; }
  nlohmann::json json() const { return nlohmann::json::parse(out_.str()); }

  // A wg0 of this gateway, read from a dump.
  void add(const std::string& gateway, const std::vector<test::PeerSpec>& peers) {
    Device device = test::device("wg0", peers, now_.boot, gateway);
    device.collector = CollectorKind::dump;
    device.public_key = test::key("interface of " + gateway);
    device.link.reset();
    observed_.devices.push_back(std::move(device));
    source(gateway, SourceStatus::complete, "");
  }
  void source(const std::string& gateway, SourceStatus status, std::string why) {
    SourceResult result;
    result.collector = CollectorKind::dump;
    result.netns = gateway;
    result.status = status;
    result.why = std::move(why);
    observed_.sources.push_back(std::move(result));
  }
  // Nothing allows alice at two places, eve is revoked, and bob is expected at both.
  std::string inventory() {
    const auto key = [](const char* name) { return to_string(test::key(name)); };
    return directory_.write(
        "inv.json",
        R"({"version": 1, "gateways": [{"name": "gw1"}, {"name": "gw2"}], "peers": [
           {"public_key": ")" +
            key("alice") + R"(", "principal": "alice"},
           {"public_key": ")" +
            key("eve") + R"(", "principal": "eve", "status": "revoked"},
           {"public_key": ")" +
            key("bob") + R"(", "principal": "bob", "at": ["gw1/wg0", "gw2/wg0"]}]})");
  }

  test::TempDir directory_;
  std::string state_directory_ = directory_.path() / "state";
  Now now_ = kNow;
  Observation observed_;
  Targets targets_;
  std::ostringstream out_, err_;
};

TEST_F(ReportCommand, OfTwoGateways) {
  add("gw1", {{.name = "alice"}, {.name = "bob"}});
  add("gw2", {{.name = "alice"}, {.name = "eve"}});
  const std::vector<std::string> arguments{
      "--inventory.file", inventory(), "--from-dump", "gw2=b", "gw1=a",
      "--from-dump",      "gw2=c",     "--format",    "json"};
  EXPECT_EQ(run(arguments), 0) << err_.str();
  EXPECT_EQ(targets_.dumps, (std::vector<DumpFile>{{"b", "gw2"}, {"a", "gw1"}, {"c", "gw2"}}));
  const auto report = json();
  EXPECT_EQ(report["version"], 1);
  ASSERT_EQ(report["gateways"].size(), 2U);
  EXPECT_EQ(report["gateways"][0]["gateway"], "gw1");
  EXPECT_EQ(report["gateways"][0]["findings"].size(), 0U);
  EXPECT_EQ(report["gateways"][0]["interfaces"][0]["netns"], "");
  const auto& gw2 = report["gateways"][1];
  EXPECT_EQ(gw2["gateway"], "gw2");
  EXPECT_EQ(gw2["inventory"], report["inventory"]);
  ASSERT_EQ(gw2["findings"].size(), 2U);
  EXPECT_EQ(gw2["findings"][0]["rule"], "revoked_key");
  EXPECT_EQ(gw2["findings"][1]["rule"], "missing_peer");
  ASSERT_EQ(report["findings"].size(), 1U);
  EXPECT_EQ(report["findings"][0]["rule"], "duplicate_key");
  EXPECT_EQ(report["findings"][0]["principal"], "alice");
  EXPECT_EQ(report["findings"][0]["places"], (nlohmann::json{"gw1/wg0", "gw2/wg0"}));
  EXPECT_TRUE(report["problems"].empty());
}

// The members of one gateway's report are those of SPEC §8 and no others, alone or among many.
TEST_F(ReportCommand, AGatewayOfManyHasTheLayoutOfOne) {
  const auto members = [](const nlohmann::json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items()) names.push_back(name);
    return names;
  };
  add("", {{.name = "eve"}});
  ASSERT_EQ(run({"--inventory.file", inventory(), "--from-dump", "a", "--format", "json"}), 0);
  const auto one = json();
  EXPECT_EQ(members(one),
            (std::vector<std::string>{"findings", "gateway", "generated_at", "interfaces",
                                      "inventory", "not_checked", "problems", "version"}));
  observed_ = {};
  add("gw1", {{.name = "eve"}});
  add("gw2", {{.name = "bob"}});
  ASSERT_EQ(
      run({"--inventory.file", inventory(), "--from-dump", "gw1=a", "gw2=b", "--format", "json"}),
      0);
  const auto many = json();
  EXPECT_EQ(members(many["gateways"][0]), members(one));
  EXPECT_EQ(many["gateways"][0]["findings"], one["findings"]);
}

TEST_F(ReportCommand, FailsOnAFindingOfAnyGatewayAndAcrossThem) {
  add("gw1", {{.name = "alice"}, {.name = "bob"}});
  add("gw2", {{.name = "alice"}, {.name = "bob"}});
  const std::vector<std::string> arguments{"--inventory.file", inventory(), "--from-dump", "gw1=a",
                                           "gw2=b"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), arguments.begin(), arguments.end());
    return run(more);
  };
  EXPECT_EQ(with({"--fail-on", "medium"}), 1) << out_.str();
  EXPECT_TRUE(says("MEDIUM WGA-016 duplicate_key"));
  EXPECT_TRUE(says("where       gw1/wg0, gw2/wg0"));
  EXPECT_EQ(with({"--fail-on", "high"}), 0);
  EXPECT_EQ(with({"--fail-on", "medium", "--principal", "bob"}), 0);
  EXPECT_EQ(with({"--fail-on", "medium", "--principal", "alice"}), 1);
  EXPECT_EQ(with({"--fail-on", "medium", "--rules", "WGA-001,missing_peer"}), 0);
  EXPECT_EQ(with({"--principal", "nobody"}), 2);
  observed_ = {};
  add("gw1", {{.name = "alice"}, {.name = "bob"}});
  add("gw2", {{.name = "eve"}, {.name = "bob"}});
  EXPECT_EQ(with({"--fail-on", "critical"}), 1);
}

TEST_F(ReportCommand, OneGatewayThatCannotBeReadHidesNoOther) {
  add("gw1", {{.name = "alice"}, {.name = "bob"}});
  source("gw2", SourceStatus::failed, "b: line 1: fields");
  const std::vector<std::string> arguments{
      "--inventory.file", inventory(), "--from-dump", "gw1=a", "gw2=b", "gw3=c"};
  EXPECT_EQ(run(arguments), 4);
  EXPECT_EQ(err_.str(),
            "wgaudit: gw2: cannot read dump: b: line 1: fields\n"
            "wgaudit: gw3: read incompletely: dump: there is no interface in it\n");
  EXPECT_TRUE(says("gw1/wg0 ("));
  EXPECT_TRUE(says("could not be read"));
  EXPECT_TRUE(says("nothing of this gateway could be read (gw2, gw3)"));
  EXPECT_FALSE(says("WGA-013")) << "nothing is missing where nothing was read";
  observed_.devices[0] = test::device("wg0", {{.name = "eve"}}, now_.boot, "gw1");
  auto failing = arguments;
  failing.insert(failing.end(), {"--fail-on", "high"});
  EXPECT_EQ(run(failing), 1);
}

TEST_F(ReportCommand, WithoutAnyGatewayThatCouldBeReadThereIsNone) {
  source("gw1", SourceStatus::failed, "a: No such file or directory");
  source("gw2", SourceStatus::failed, "b: line 1: fields");
  EXPECT_EQ(run({"--from-dump", "gw1=a", "gw2=b"}), 4);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(), "wgaudit: cannot read dump: a: No such file or directory\n");
}

TEST_F(ReportCommand, GatewaysWithoutAnEntryAreOneProblem) {
  add("gw7", {});
  add("gw8", {});
  add("gw1", {{.name = "alice"}, {.name = "bob"}});
  EXPECT_EQ(run({"--inventory.file", inventory(), "--from-dump", "gw7=a", "gw8=b", "gw1=c"}), 0);
  EXPECT_TRUE(
      says("inventory: no entry for the gateway gw7 and 1 more: missing_peer, interface_down and "
           "gateway_key_mismatch are off\n"));
  EXPECT_TRUE(says("the inventory has no entry for this gateway (gw7, gw8)"));
}

TEST_F(ReportCommand, TheOrderOfFilesDoesNotMatter) {
  add("gw1", {{.name = "alice"}});
  add("gw2", {{.name = "alice"}, {.name = "eve"}});
  const std::string file = inventory();
  for (const char* format : {"text", "json", "markdown", "html"}) {
    EXPECT_EQ(run({"--inventory.file", file, "--from-dump", "gw1=a", "gw2=b", "--format", format}),
              0);
    const std::string first = out_.str();
    std::ranges::reverse(observed_.devices);
    EXPECT_EQ(run({"--inventory.file", file, "--from-dump", "gw2=b", "gw1=a", "--format", format}),
              0);
    EXPECT_EQ(out_.str(), first) << format;
  }
}

// What a daemon knew that polled an hour ago, and was killed.
class ReportWithMemory : public ReportCommand {
 protected:
  void SetUp() override {
    Store store(state_directory_);
    const Now before{kNow.wall - 1h, kNow.boot - 1h, "boot"};
    auto opened = store.open(std::nullopt, before);
    ASSERT_TRUE(opened) << opened.error().error.message();
    Memory memory = std::move(opened->memory);
    auto loaded = load_inventory(inventory());
    ASSERT_TRUE(loaded.inventory);
    InventoryHealth health;
    health.configured = true;
    JudgeContext context =
        make_context("gw1", std::make_shared<const Inventory>(*std::move(loaded.inventory)), health,
                     std::make_shared<const RuleSettings>());
    Observation seen;
    seen.begun = seen.ended = before.boot;
    seen.devices = {test::device("wg0", {{.name = "eve"}, {.name = "bob"}}, before.boot)};
    seen.sources.resize(1);
    seen.sources.push_back({.collector = CollectorKind::uapi,
                            .netns = "",
                            .status = SourceStatus::failed,
                            .why = "refused",
                            .duration = {},
                            .retries = {}});
    context.failing_after = Duration{0};
    Step step = judge(memory, std::move(seen), context, before);
    ASSERT_TRUE(store.commit(step, before)) << store.status().why;
    add("", {{.name = "eve"}, {.name = "alice"}});
  }
  std::string since(std::string_view rule) {
    const auto report = json();
    for (const auto& finding : report["findings"]) {
      if (finding["rule"] == rule) return finding["since"];
    }
    return "";
  }
  std::vector<std::string> arguments(std::vector<std::string> more) {
    more.insert(more.begin(), {"--inventory.file", inventory(), "--format", "json"});
    return more;
  }
};

TEST_F(ReportWithMemory, IsReadWhereTheFlagAsksForItAlone) {
  const std::string now = "2026-11-01T12:00:00.000Z", before = "2026-11-01T11:00:00.000Z";
  EXPECT_EQ(run(arguments({})), 0) << err_.str();
  EXPECT_EQ(since("revoked_key"), now) << "the default directory is not read";
  EXPECT_EQ(run(arguments({"--state.directory", state_directory_})), 0) << err_.str();
  EXPECT_EQ(since("revoked_key"), before);
  EXPECT_EQ(since("missing_peer"), now) << "bob was there an hour ago";
  EXPECT_EQ(run({"--inventory.file", inventory(), "--state.directory", state_directory_}), 0);
  EXPECT_TRUE(says("memory " + state_directory_));
  EXPECT_TRUE(says("  since       " + before + "\n"));
  EXPECT_TRUE(says("  since       " + now + ", first seen by this audit\n"));
  EXPECT_FALSE(says("seen at"));
}

TEST_F(ReportWithMemory, ByTheWallClockOfAnotherTime) {
  EXPECT_EQ(run(arguments({"--state.directory", state_directory_, "--at", "2026-12-01T00:00:00Z"})),
            0);
  EXPECT_EQ(since("revoked_key"), "2026-11-01T11:00:00.000Z");
  now_.boot_id = "another";
  now_.boot = test::boot(1min);
  EXPECT_EQ(run(arguments({"--state.directory", state_directory_})), 0);
  EXPECT_EQ(since("revoked_key"), "2026-11-01T11:00:00.000Z");
}

TEST_F(ReportWithMemory, WhatFailedAnHourAgoAndStillDoesIsFailing) {
  EXPECT_EQ(run(arguments({"--state.directory", state_directory_})), 0);
  EXPECT_EQ(since("collector_failing"), "") << "it can be read again";
  observed_.sources.push_back({.collector = CollectorKind::uapi,
                               .netns = "",
                               .status = SourceStatus::failed,
                               .why = "refused",
                               .duration = {},
                               .retries = {}});
  EXPECT_EQ(run(arguments({"--state.directory", state_directory_})), 4);
  EXPECT_EQ(since("collector_failing"), "2026-11-01T11:00:00.000Z");
  EXPECT_EQ(run(arguments({})), 4);
  EXPECT_EQ(since("collector_failing"), "") << "without memory it has just begun";
}

TEST_F(ReportWithMemory, ThatCannotBeReadIsSaidAndNothingElse) {
  EXPECT_EQ(run(arguments({"--state.directory", "/nowhere"})), 4);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(),
            "wgaudit: cannot read the state database: /nowhere/state.db: "
            "No such file or directory\n");
}

TEST(SplitObservation, GivesEachGatewayItsPart) {
  Observation observation;
  observation.begun = test::boot(1s);
  observation.ended = test::boot(2s);
  observation.child_restarted = true;
  observation.devices = {test::device("wg0", {}, {}, "a"), test::device("wg0", {}, {}, "b"),
                         test::device("wg1", {}, {}, "b")};
  observation.failures = {{CollectorKind::dump, "a", "wg9", "why"}};
  const auto parts = split(observation, {{}, {"a", "b", "c"}});
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].devices.size(), 1U);
  EXPECT_EQ(parts[0].devices[0].netns, "");
  EXPECT_EQ(parts[0].failures.size(), 1U);
  EXPECT_EQ(parts[1].devices.size(), 2U);
  EXPECT_TRUE(parts[2].devices.empty());
  for (const Observation& part : parts) {
    EXPECT_EQ(part.begun, observation.begun);
    EXPECT_EQ(part.ended, observation.ended);
    EXPECT_TRUE(part.child_restarted);
  }
  EXPECT_EQ(split(observation, {{}, {"one"}}), std::vector<Observation>{observation});
}

}  // namespace
}  // namespace wgaudit
