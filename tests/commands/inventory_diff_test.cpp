#include "tests/commands/commands_fixture.hpp"

namespace wgaudit {
namespace {

const std::string kAlice = to_string(test::key("alice"));
const std::string kBob = to_string(test::key("bob"));

class InventoryDiffCommand : public test::CommandsFixture {
 protected:
  std::string file(std::string_view name, const std::string& peers, const std::string& more = "") {
    return directory_.write(name, R"({"version": 1, "peers": [)" + peers + ']' + more + '}');
  }
  int diff(const std::string& before, const std::string& after,
           const std::string& format = "text") {
    return run({"inventory", "diff", before, after, "--format", format});
  }
};

std::string record(const std::string& key, const std::string& principal,
                   const std::string& more = "") {
  return R"({"public_key": ")" + key + R"(", "principal": ")" + principal + '"' + more + '}';
}

TEST_F(InventoryDiffCommand, TheSameSaysNothing) {
  const std::string a = file("a.json", record(kAlice, "alice", R"(, "at": ["gw/wg0", "gw/wg1"])") +
                                           ", " + record(kBob, "bob"));
  const std::string b =
      file("b.json",
           record(kBob, "bob") + ", " + record(kAlice, "alice", R"(, "at": ["gw/wg1", "gw/wg0"])"));
  EXPECT_EQ(diff(a, b), 0);
  EXPECT_EQ(out_.str() + err_.str(), "");
}

TEST_F(InventoryDiffCommand, AddedRemovedChanged) {
  const std::string a = file("a.json", record(kAlice, "alice", R"(, "allowed_ips": ["10.0.0.2"])"));
  const std::string b = file("b.json", record(kBob, "bob"), R"(, "policy": {"stale_after": "1h"})");
  EXPECT_EQ(diff(a, b), 1);
  const std::string add = "+ bob  " + kBob + '\n', remove = "- alice  " + kAlice + '\n';
  EXPECT_EQ(out_.str(), (test::key("alice") < test::key("bob") ? remove + add : add + remove) +
                            "policy: differs\n1 added, 1 removed, 0 changed\n");
  const std::string c =
      file("c.json", record(kAlice, "al\\u001b", R"(, "allowed_ips": ["10.0.0.3/32",
      "10.0.0.2"], "status": "disabled", "comment": "x")"));
  EXPECT_EQ(diff(a, c), 1);
  EXPECT_EQ(out_.str(), "~ al\\x1b  " + kAlice +
                            "\n    principal: alice -> al\\x1b\n    comment: (not said) -> x\n"
                            "    status: active -> disabled\n"
                            "    allowed_ips: [10.0.0.2/32] -> [10.0.0.2/32, 10.0.0.3/32]\n"
                            "0 added, 0 removed, 1 changed\n");
}

TEST_F(InventoryDiffCommand, AsJson) {
  const std::string a = file("a.json", record(kAlice, "alice"));
  const std::string b = file("b.json", record(kAlice, "alice", R"(, "at": [], "device": "mbp")"));
  EXPECT_EQ(diff(a, b, "json"), 1);
  EXPECT_NE(out_.str().find("      \"change\": \"changed\",\n      \"public_key\": \"" + kAlice +
                            "\",\n      \"principal\": \"alice\",\n      \"fields\": {\n"
                            "        \"device\": {\"before\": null, \"after\": \"mbp\"},\n"
                            "        \"at\": {\"before\": null, \"after\": []}\n      }\n"),
            std::string::npos)
      << out_.str();
  EXPECT_EQ(diff(a, a, "json"), 0);
  EXPECT_NE(out_.str().find("\"records\": [],\n  \"other\": []\n"), std::string::npos);
}

// Each field of a record alone is a difference.
TEST_F(InventoryDiffCommand, EveryFieldCounts) {
  const std::string roles = R"(, "roles": {"r": {}}, "gateways": [{"name": "gw"}])";
  const std::string a = file("a.json", record(kAlice, "alice"), roles);
  for (const std::string field : {R"("kind": "device")",
                                   R"("device": "d")",
                                   R"("role": "r")",
                                   R"("owner": "o")",
                                   R"("comment": "c")",
                                   R"("status": "unreviewed")",
                                   R"("issued_at": "2026-01-01")",
                                   R"("expires_at": "2026-01-01")",
                                   R"("at": ["gw/wg0"])",
                                   R"("allowed_ips": [])",
                                   R"("allowed_ips_max": [])",
                                   R"("endpoints": [])",
                                   R"("posture": {"compliant": true})",
                                   R"("tags": {"a": "b"})",
                                   R"("exceptions": [{"rule": "dormant_key"}])",
                                   R"("session_timeout": "5m")",
                                   R"("stale_after": "1h")",
                                   R"("dormant_after": "1h")",
                                   R"("rotation_overlap": "1h")",
                                   R"("max_key_age": "1h")",
                                   R"("posture_max_age": "1h")",
                                   R"("min_prefix_length": {"ipv4": 8})",
                                   R"("min_prefix_length": {"ipv6": 8})",
                                   R"("require_preshared_key": false)",
                                   R"("require_posture": false)",
                                   R"("traffic_floor": 1)",
                                   R"("always_on": false)"}) {
    EXPECT_EQ(diff(a, file("b.json", record(kAlice, "alice", ", " + field), roles)), 1) << field;
    const std::string name = field.substr(1, field.find('"', 1) - 1);
    EXPECT_NE(out_.str().find("    " + name), std::string::npos) << out_.str();
    EXPECT_EQ(err_.str(), "") << field;
  }
  EXPECT_EQ(diff(a, file("b.json", record(kAlice, "alice"),
                         R"(, "roles": {"r": {"stale_after": "1h"}})")),
            1);
  EXPECT_EQ(out_.str(), "roles: differs\ngateways: differs\n0 added, 0 removed, 0 changed\n");
}

TEST_F(InventoryDiffCommand, OneThatCannotBeUsedIsTwo) {
  const std::string good = file("a.json", "");
  EXPECT_EQ(diff(good, "/none.json"), 2);
  EXPECT_EQ(err_.str(),
            "wgaudit: inventory rejected: /none.json: cannot be read: No such file or directory\n");
  EXPECT_EQ(diff(file("b.json", "7"), good), 2);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(diff(good, good, "xml"), 2);
  EXPECT_EQ(err_.str(), "wgaudit: --format: not one of text, json\n");
  // A warning is said, and does not decide.
  const std::string bad = file("c.json", R"({"principal": "x"})");
  EXPECT_EQ(diff(good, bad), 0);
  EXPECT_NE(err_.str().find("/peers/0: \"public_key\" is missing"), std::string::npos);
}

}  // namespace
}  // namespace wgaudit
