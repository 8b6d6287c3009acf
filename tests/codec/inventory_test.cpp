#include <gtest/gtest.h>

#include <string>

#include "collectors/model/text.hpp"
#include "exporter/codec/inventory_json.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

const std::string kAlice = to_string(test::key("alice"));
const std::string kBob = to_string(test::key("bob"));

// {A} and {B} stand for two keys.
std::string with_keys(std::string text) {
  for (const auto& [mark, key] : {std::pair{"{A}", kAlice}, std::pair{"{B}", kBob}}) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
      text.replace(at, 3, key);
    }
  }
  return text;
}
std::string peers(const std::string& list) { return R"({"version": 1, "peers": [)" + list + "]}"; }
LoadedInventory parse(const std::string& text) { return parse_inventory(with_keys(text), "inv"); }

std::string all(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    text += problem.severity == Problem::Severity::error ? "error " : "warning ";
    text += problem.file + '#' + problem.pointer + ": " + problem.reason + '\n';
  }
  return text;
}

TEST(Inventory, TheSmallest) {
  const auto loaded = parse(peers(R"({"public_key": "{A}", "principal": "alice"})"));
  ASSERT_TRUE(loaded.inventory) << all(loaded.problems);
  EXPECT_EQ(all(loaded.problems), "");
  const Record* alice = loaded.inventory->find(test::key("alice"));
  ASSERT_NE(alice, nullptr);
  EXPECT_EQ(alice->principal, "alice");
  EXPECT_EQ(alice->kind, Kind::user);
  EXPECT_EQ(alice->status, Status::active);
  EXPECT_FALSE(alice->at || alice->allowed_ips || alice->endpoints || alice->posture);
  EXPECT_EQ(loaded.inventory->sha256.size(), 64U);
}

constexpr std::string_view kEveryField = R"({
  "$schema": "https://example.org/inventory.schema.json", "comment": "all of it", "version": 1,
  "policy": {"session_timeout": "180s", "stale_after": "6m", "dormant_after": "31d",
             "rotation_overlap": "8d", "max_key_age": "1y", "posture_max_age": "12h",
             "min_prefix_length": {"ipv4": 24, "ipv6": 64}, "require_preshared_key": true,
             "require_posture": true, "traffic_floor": 5000, "always_on": false, "comment": "c"},
  "roles": {"laptop": {}, "service": {"always_on": true, "max_key_age": "90d", "comment": "r"}},
  "gateways": [{"name": "gw1", "address": "gw1.example.org:9586", "labels": {"site": "fra"},
                "comment": "g",
                "interfaces": [{"name": "wg0", "netns": "blue", "public_key": "{B}",
                                "issued_at": "2026-08-01T00:00:00Z", "comment": "i"}]}],
  "peers": [{
    "public_key": "{A}", "principal": "alice", "kind": "service", "device": "alice-mbp",
    "role": "service", "owner": "it@example.org", "comment": "p", "status": "revoked",
    "revoked_at": "2026-08-02T01:00:00+01:00", "issued_at": "2026-08-01T00:00:00.5Z",
    "expires_at": "2027-01-01", "replaces": "{B}",
    "at": ["gw1/wg0", "*/wg1", "gw1/blue:wg0"],
    "allowed_ips": ["10.10.0.2/32", "fd00::2"], "allowed_ips_max": [], "endpoints": ["198.51.100.0/24"],
    "always_on": ["gw1"], "stale_after": "10m", "require_preshared_key": false,
    "posture": {"compliant": true, "checked_at": "2026-08-03T00:00:00Z"},
    "tags": {"team": "sre", "a": "b"},
    "exceptions": [{"rule": "rotation_due", "reason": "vendor appliance", "until": "2027-01-31"}]
  }]
})";

TEST(Inventory, EveryField) {
  const auto loaded = parse(std::string(kEveryField));
  ASSERT_TRUE(loaded.inventory) << all(loaded.problems);
  EXPECT_EQ(all(loaded.problems), "");
  const Inventory& inventory = *loaded.inventory;
  ASSERT_EQ(inventory.gateways.size(), 1U);
  const Gateway& gateway = inventory.gateways[0];
  EXPECT_EQ(gateway.address, "gw1.example.org:9586");
  EXPECT_EQ(gateway.labels, (decltype(gateway.labels){{"site", "fra"}}));
  EXPECT_EQ(gateway.interfaces.at(0).netns, "blue");
  EXPECT_EQ(gateway.interfaces.at(0).public_key, test::key("bob"));
  EXPECT_EQ(gateway.interfaces.at(0).issued_at, test::wall("2026-08-01T00:00:00Z"));

  const Record& record = inventory.records.at(0);
  EXPECT_EQ(record.kind, Kind::service);
  EXPECT_EQ(record.status, Status::revoked);
  EXPECT_EQ(inventory.role_name(record), "service");
  EXPECT_EQ(record.owner, "it@example.org");
  EXPECT_EQ(record.revoked_at, test::wall("2026-08-02T00:00:00Z"));
  EXPECT_EQ(record.issued_at, test::wall("2026-08-01T00:00:00.5Z"));
  EXPECT_EQ(record.expires_at, test::wall("2027-01-01T00:00:00Z"));
  EXPECT_EQ(record.replaces, test::key("bob"));
  EXPECT_EQ(record.at,
            (std::vector<Place>{{"gw1", "", "wg0"}, {"*", "", "wg1"}, {"gw1", "blue", "wg0"}}));
  EXPECT_EQ(record.allowed_ips,
            (std::vector<Cidr>{test::cidr("10.10.0.2/32"), test::cidr("fd00::2/128")}));
  EXPECT_EQ(record.allowed_ips_max, std::vector<Cidr>{});  // none allowed; not "not checked"
  EXPECT_EQ(record.posture,
            (Posture{.compliant = true, .checked_at = test::wall("2026-08-03T00:00:00Z")}));
  EXPECT_EQ(record.tags, (decltype(record.tags){{"a", "b"}, {"team", "sre"}}));
  EXPECT_EQ(record.exceptions, (std::vector<Exception>{{"rotation_due", "vendor appliance",
                                                        test::wall("2027-01-31T00:00:00Z")}}));

  const Policy policy = inventory.resolve(&record);
  EXPECT_EQ(policy.stale_after, std::chrono::minutes{10});  // the record's
  EXPECT_EQ(policy.max_key_age, std::chrono::days{90});     // its role's
  EXPECT_EQ(policy.dormant_after, std::chrono::days{31});   // the file's
  EXPECT_EQ(policy.min_prefix_length_ipv4, 24);
  EXPECT_EQ(policy.min_prefix_length_ipv6, 64);
  EXPECT_FALSE(policy.require_preshared_key);
  EXPECT_TRUE(policy.require_posture);
  EXPECT_EQ(policy.traffic_floor, 5000U);
  ASSERT_NE(policy.always_on, nullptr);
  EXPECT_TRUE(policy.always_on->at("gw1"));
  EXPECT_FALSE(policy.always_on->at("gw2"));
}

struct Case {
  const char* name;
  std::string text;
  std::string want;  // the start of each problem, a line each
  bool rejected = false;
};

class InventoryProblems : public testing::TestWithParam<Case> {};

TEST_P(InventoryProblems, AreAllNamed) {
  const auto loaded = parse(GetParam().text);
  EXPECT_EQ(all(loaded.problems), GetParam().want);
  EXPECT_EQ(!loaded.inventory, GetParam().rejected);
}

constexpr const char* kIgnored = "; the record is ignored\n";
const std::string kBobRecord = R"({"public_key": "{B}", "principal": "bob"})";

INSTANTIATE_TEST_SUITE_P(
    Files, InventoryProblems,
    testing::Values(
        Case{"empty", "", "error inv#: not JSON: the file is empty at line 1, column 1 (byte 1)\n",
             true},
        Case{"cut_short", "{\"version\": 1,\n \"peers\": [",
             "error inv#: not JSON: the text ends too early at line 2, column 12 (byte 27)\n",
             true},
        Case{"garbage_after", "{\"version\": 1} x",
             "error inv#: not JSON: text after the end at line 1, column 16 (byte 16)\n", true},
        Case{"nul", std::string("{\"version\": 1}\0 x", 17),
             "error inv#: not JSON: a NUL byte at line 1, column 15 (byte 15)\n", true},
        Case{
            "not_utf8", "{\"version\": 1, \"comment\": \"\xff\"}",
            "error inv#: not JSON: invalid UTF-8, or text outside of a string at line 1, column 28 "
            "(byte 28)\n",
            true},
        Case{"no_object", "[]", "error inv#: wrong type: an object is expected, this is an array\n",
             true},
        Case{"no_version", R"({"peers": []})", "error inv#: \"version\" is missing\n", true},
        Case{"version_2", R"({"version": 2})", "error inv#/version: this wgaudit reads version 1\n",
             true},
        Case{"version_text", R"({"version": "1"})",
             "error inv#/version: wrong type: an integer is expected, this is a string\n", true},
        Case{"unknown_fields",
             R"({"version": 1, "a/b~c": {"x": [1, {}]}, "peers": [], "pears": 1})",
             "error inv#/a~1b~0c: unknown field\nerror inv#/pears: unknown field\n", true},
        Case{"twice", R"({"version": 1, "peers": [], "peers": []})",
             "error inv#/peers: this field is there twice\n", true},
        Case{"null", R"({"version": 1, "policy": null})",
             "error inv#/policy: wrong type: an object is expected, this is null\n", true},
        Case{
            "policy_malformed",
            R"({"version": 1, "policy": {"stale_after": "5 minutes", "min_prefix_length": {"ipv4": 33}}})",
            "error inv#/policy/stale_after: not a duration such as 90s, 1h30m or 2w\n"
            "error inv#/policy/min_prefix_length/ipv4: longer than an address has bits\n",
            true},
        Case{"role_malformed", R"({"version": 1, "roles": {"a": {"max_key_age": "x"}, "": {}}})",
             "error inv#/roles/a/max_key_age: not a duration such as 90s, 1h30m or 2w\n"
             "error inv#/roles/: must not be empty\n",
             true},
        Case{"gateway_malformed",
             R"({"version": 1, "gateways": [{"address": "x"}, {"name": "a/b"}, {"name": "c"}]})",
             std::string("warning inv#/gateways/0: \"name\" is missing") + kIgnored +
                 "warning inv#/gateways/1/name: not a gateway's name" + kIgnored},
        Case{"gateway_twice", R"({"version": 1, "gateways": [{"name": "a"}, {"name": "a"}]})",
             "error inv#/gateways/1/name: this gateway has an entry already\n", true},
        Case{"endless_name",
             R"({"version": 1, "roles": {"r": {")" + std::string(129, 'x') + R"(": 1}}})",
             "error inv#/roles/r: unknown field\n", true},
        Case{"number_beyond_all_bounds", R"({"policy": {"traffic_floor": 1e999}, "version": 1})",
             "error inv#/policy/traffic_floor: a number beyond all bounds at line 1, column 34 "
             "(byte "
             "34): an integer is expected\n",
             true},
        Case{
            "number_beyond_all_bounds_in_a_list", R"({"peers": [{}, -1e999]})",
            std::string("warning inv#/peers/0: \"public_key\" is missing") + kIgnored +
                "warning inv#/peers/0: \"principal\" is missing" + kIgnored +
                "error inv#/peers/1: a number beyond all bounds at line 1, column 21 (byte 21): an "
                "object is expected\n",
            true},
        Case{"policies_that_cannot_be_meant",
             R"({"version": 1, "gateways": [{"name": "a"}],
                 "policy": {"session_timeout": "1m", "always_on": ["a", "b"]},
                 "roles": {"x/y": {"session_timeout": "1m", "always_on": ["c"]}},
                 "peers": [{"public_key": "{A}", "principal": "a", "always_on": ["a", "d"]}]})",
             "warning inv#/policy/session_timeout: under 180s: a healthy session shakes hands only "
             "every 120s and may take 180s\n"
             "warning inv#/policy/always_on/1: no such gateway: \"b\"\n"
             "warning inv#/roles/x~1y/session_timeout: under 180s: a healthy session shakes hands "
             "only every 120s and may take 180s\n"
             "warning inv#/roles/x~1y/always_on/0: no such gateway: \"c\"\n"
             "warning inv#/peers/0/always_on/1: no such gateway: \"d\"\n"},
        Case{"too_deep",
             R"({"version": 1, "x": )" + std::string(100, '[') + std::string(100, ']') + "}",
             "error inv#/x: unknown field\nerror inv#/x: nested deeper than 64 levels\n", true}),
    [](const auto& param) { return param.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Records, InventoryProblems,
    testing::Values(
        Case{"no_key", peers(R"({"principal": "a"}, )" + kBobRecord),
             std::string("warning inv#/peers/0: \"public_key\" is missing") + kIgnored},
        Case{"no_principal", peers(kBobRecord + R"(, {"public_key": "{A}"})"),
             std::string("warning inv#/peers/1: \"principal\" is missing") + kIgnored},
        Case{"bad_values",
             peers(R"({"public_key": "AAAA", "principal": "", "kind": "person", "status": "gone",
                       "issued_at": "yesterday", "at": ["wg0", "gw/a b"],
                       "allowed_ips": ["10.0.0.1/32", "10.0.0.0/33"], "stale_after": "-5s",
                       "posture": {}, "exceptions": [{"reason": "x", "until": "2027-13-01"}]}, )" +
                   kBobRecord),
             std::string(
                 "warning inv#/peers/0/public_key: not a public key (base64, 44 characters)") +
                 kIgnored + "warning inv#/peers/0/principal: must not be empty" + kIgnored +
                 "warning inv#/peers/0/kind: not one of user, device, service, gateway" + kIgnored +
                 "warning inv#/peers/0/status: not one of active, unreviewed, disabled, revoked" +
                 kIgnored +
                 "warning inv#/peers/0/issued_at: not a date (RFC 3339, such as "
                 "2026-08-01T00:00:00Z or 2026-08-01)" +
                 kIgnored + "warning inv#/peers/0/at/0: not a place: GATEWAY/[NETNS:]INTERFACE" +
                 kIgnored +
                 "warning inv#/peers/0/at/1: not a place: no interface can have this name" +
                 kIgnored +
                 "warning inv#/peers/0/allowed_ips/1: not an address or prefix such as "
                 "10.10.0.2/32 or fd00::/64" +
                 kIgnored +
                 "warning inv#/peers/0/stale_after: not a duration such as 90s, 1h30m or 2w" +
                 kIgnored + "warning inv#/peers/0/posture: \"compliant\" is missing" + kIgnored +
                 "warning inv#/peers/0/exceptions/0/until: not a date (RFC 3339, such as "
                 "2026-08-01T00:00:00Z or 2026-08-01)" +
                 kIgnored + "warning inv#/peers/0/exceptions/0: \"rule\" is missing" + kIgnored},
        Case{
            "wrong_types",
            peers(R"({"public_key": 7, "principal": "a", "allowed_ips": "10.0.0.1/32",
                       "always_on": "yes", "tags": {"t": 1, "u": "v"}}, )" +
                  kBobRecord),
            "error inv#/peers/0/public_key: wrong type: a string is expected, this is a number\n"
            "error inv#/peers/0/allowed_ips: wrong type: an array is expected, this is a string\n"
            "error inv#/peers/0/always_on: wrong type: true or false or an array is expected, this "
            "is a string\n"
            "error inv#/peers/0/tags/t: wrong type: a string is expected, this is a number\n",
            true},
        Case{"no_record", peers("7"),
             "error inv#/peers/0: wrong type: an object is expected, this is a number\n", true},
        Case{"tag_twice",
             peers(R"({"public_key": "{A}", "principal": "a", "tags": {"t": "1", "t": "2"}})"),
             "error inv#/peers/0/tags/t: this name is there twice\n", true},
        Case{"identical", peers(kBobRecord + ", " + kBobRecord),
             "warning inv#/peers/1: the same record is there already, at /peers/0; this one is "
             "ignored\n"},
        Case{"different", peers(kBobRecord + R"(, {"public_key": "{B}", "principal": "eve"})"),
             "error inv#/peers/1/public_key: this key has a record already, at /peers/0\n", true},
        Case{
            "different_policy",
            peers(kBobRecord + R"(, {"public_key": "{B}", "principal": "bob", "always_on": true})"),
            "error inv#/peers/1/public_key: this key has a record already, at /peers/0\n", true},
        Case{"no_role",
             peers(R"({"public_key": "{A}", "principal": "a", "role": "r"}, )" + kBobRecord),
             "error inv#/peers/0/role: no such role in \"roles\"\n", true},
        Case{"reserved", peers(R"({"public_key": "{A}", "principal": "unknown:x"})"),
             "error inv#/peers/0/principal: \"unknown:\" is reserved for keys without a record\n",
             true}),
    [](const auto& param) { return param.param.name; });

TEST(Inventory, AMalformedRecordCostsItselfAlone) {
  const auto loaded = parse(
      peers(R"({"public_key": "{A}", "principal": "a", "expires_at": "never"}, )" + kBobRecord));
  ASSERT_TRUE(loaded.inventory);
  EXPECT_EQ(loaded.inventory->find(test::key("alice")), nullptr);
  EXPECT_NE(loaded.inventory->find(test::key("bob")), nullptr);
}

TEST(Inventory, ARoleMayStandAfterThePeersThatHaveIt) {
  const auto loaded = parse(R"({"peers": [{"public_key": "{A}", "principal": "a", "role": "r"}],
                                "roles": {"r": {"stale_after": "1h"}}, "version": 1})");
  ASSERT_TRUE(loaded.inventory) << all(loaded.problems);
  EXPECT_EQ(loaded.inventory->resolve(&loaded.inventory->records[0]).stale_after,
            std::chrono::hours{1});
}

TEST(Inventory, RevocationsOfARejectedFileAreHandedOver) {
  const auto loaded = parse(peers(
      R"({"public_key": "{A}", "principal": "a", "status": "revoked"}, )" + kBobRecord + ", 7"));
  EXPECT_FALSE(loaded.inventory);
  ASSERT_EQ(loaded.revocations.size(), 1U);
  EXPECT_EQ(loaded.revocations[0].public_key, test::key("alice"));
}

TEST(Inventory, ProblemsShowNoValueOfTheFile) {
  const std::string secret = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk";
  for (const std::string& text :
       {R"({"version": 1, "peers": [{"public_key": ")" + secret + R"(", "principal": "a"}]})",
        R"({"version": 1, "peers": [{"public_key": ")" + secret + "\n", "[" + secret,
        R"({"version": 1, "peers": [{"status": ")" + secret + R"("}]})"}) {
    EXPECT_EQ(all(parse(text).problems).find(secret.substr(0, 8)), std::string::npos) << text;
  }
}

TEST(Inventory, ManyProblemsAreCountedNotKept) {
  std::string text = R"({"version": 1)";
  for (int i = 0; i < 12'000; ++i) text += ", \"x\": 1";
  const auto loaded = parse(text + "}");
  ASSERT_EQ(loaded.problems.size(), 10'001U);
  EXPECT_EQ(loaded.problems.back().reason, "and 2000 more problems of this file");
  EXPECT_FALSE(loaded.inventory);
}

}  // namespace
}  // namespace wgaudit
