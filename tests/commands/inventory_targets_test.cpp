#include <sys/stat.h>

#include <filesystem>

#include "tests/commands/commands_fixture.hpp"

namespace wgaudit {
namespace {

class InventoryTargets : public test::CommandsFixture {
 protected:
  std::string inventory(const std::string& gateways) {
    return directory_.write("inventory.json",
                            R"({"version": 1, "peers": [], "gateways": [)" + gateways + "]}");
  }
  int targets(const std::string& gateways, const std::string& output = "") {
    std::vector<std::string> arguments{"inventory", "sd", "--inventory.file", inventory(gateways)};
    if (!output.empty()) arguments.insert(arguments.end(), {"--output", output});
    return run(arguments);
  }
  std::string at(std::string_view name) { return (directory_.path() / name).string(); }
};

const std::string kTwo =
    R"({"name": "gw2", "address": "[2001:db8::2]:9586", "labels": {"site": "b\"er", "gateway": "x"}},
       {"name": "gw1", "address": "gw1.example.org:9586"}, {"name": "unscraped"})";
const std::string kTwoTargets = R"([
  {
    "targets": ["gw1.example.org:9586"],
    "labels": {
      "gateway": "gw1"
    }
  },
  {
    "targets": ["[2001:db8::2]:9586"],
    "labels": {
      "gateway": "gw2",
      "site": "b\"er"
    }
  }
]
)";

TEST_F(InventoryTargets, EachGatewayWithAnAddressIsATarget) {
  EXPECT_EQ(targets(kTwo), 0);
  EXPECT_EQ(out_.str(), kTwoTargets);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(InventoryTargets, NoneIsAnEmptyList) {
  EXPECT_EQ(targets(R"({"name": "unscraped"})"), 0);
  EXPECT_EQ(out_.str(), "[]\n");
}

TEST_F(InventoryTargets, WhatPrometheusWouldRefuseIsNotWritten) {
  const std::string output = directory_.write("targets.json", "before");
  EXPECT_EQ(targets(R"({"name": "gw1", "address": "https://gw1:9586/metrics"},
                       {"name": "gw2", "address": "gw2:9586", "labels": {"a-b": "c", "9": "d"}})",
                    output),
            2);
  EXPECT_EQ(err_.str(),
            "wgaudit: inventory: gateway gw1: address: not HOST:PORT: https://gw1:9586/metrics\n"
            "wgaudit: inventory: gateway gw2: labels: not a label of Prometheus: 9\n"
            "wgaudit: inventory: gateway gw2: labels: not a label of Prometheus: a-b\n");
  EXPECT_EQ(test::read_file(output), "before");
}

// Prometheus would call the metric's own label exported_role, and no rule would find it.
TEST_F(InventoryTargets, ALabelOfAMetricOrATargetIsRefused) {
  const std::string gateway =
      R"({"name": "gw1", "address": "gw1:9586", "labels": {"role": "hub", "job": "x", "site": "y"}})";
  EXPECT_EQ(targets(gateway), 2);
  EXPECT_EQ(out_.str(), "");
  EXPECT_NE(
      err_.str().find("gateway gw1: labels: a label of metrics or targets has this name: job"),
      std::string::npos)
      << err_.str();
  EXPECT_NE(err_.str().find("has this name: role"), std::string::npos);
  EXPECT_EQ(err_.str().find("site"), std::string::npos);
  EXPECT_EQ(run({"check", "inventory", inventory(gateway)}), 1);
  EXPECT_NE(out_.str().find("inventory sd refuses it: gw1: labels"), std::string::npos)
      << out_.str();
}

TEST_F(InventoryTargets, AnInventoryThatIsRejectedLeavesTheFile) {
  const std::string output = directory_.write("targets.json", "before");
  EXPECT_EQ(targets(R"({"name": "gw1", "port": 1})", output), 2);
  EXPECT_NE(err_.str().find("/gateways/0"), std::string::npos) << err_.str();
  EXPECT_EQ(test::read_file(output), "before");
  EXPECT_EQ(run({"inventory", "sd", "--output", output}), 2);
  EXPECT_EQ(err_.str(), "wgaudit: no inventory: name one with --inventory.file\n");
  EXPECT_EQ(test::read_file(output), "before");
}

TEST_F(InventoryTargets, TheFileIsReplacedAndReadByOthers) {
  const std::string output = directory_.write("targets.json", "before");
  const mode_t mask = ::umask(077);
  EXPECT_EQ(targets(kTwo, output), 0);
  ::umask(mask);
  EXPECT_EQ(out_.str() + err_.str(), "");
  EXPECT_EQ(test::read_file(output), kTwoTargets);
  struct stat now{};
  ASSERT_EQ(::lstat(output.c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 0777U, 0644U);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(directory_.path())) {
    ++files;
  }
  EXPECT_EQ(files, 2U);  // inventory, targets: nothing of the way there
}

TEST_F(InventoryTargets, NowhereToWrite) {
  EXPECT_EQ(targets(kTwo, at("none/targets.json")), 4);
  EXPECT_EQ(err_.str(),
            "wgaudit: cannot write: " + at("none/targets.json") + ": No such file or directory\n");
  const std::string taken = at("taken");
  std::filesystem::create_directory(taken);
  EXPECT_EQ(targets(kTwo, taken), 4);
  EXPECT_NE(err_.str().find("it is there and no regular file"), std::string::npos) << err_.str();
}

}  // namespace
}  // namespace wgaudit
