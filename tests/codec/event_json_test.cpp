#include "exporter/codec/event_json.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "exporter/codec/event_line.hpp"
#include "exporter/codec/sha256.hpp"
#include "tests/codec/event_examples.hpp"
#include "tests/codec/line_checks.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/event_recorder.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using Json = nlohmann::json;
using test::kInstallation;

std::string encode(const Event& event, std::string_view prev_hash = "") {
  return to_ecs(event, test::example_origin(), kInstallation, prev_hash);
}
Json parse(const Event& event) { return Json::parse(encode(event)); }

Event example(Action action) { return test::example_events()[static_cast<std::size_t>(action)]; }

TEST(EventJson, ALineOfEachAction) {
  std::string lines, hash;
  const auto events = test::example_events();
  ASSERT_EQ(events.size(), kActions);
  for (std::size_t i = 0; i < events.size(); ++i) {
    ASSERT_EQ(events[i].action, static_cast<Action>(i));
    const std::string line = encode(events[i], hash);
    EXPECT_FALSE(test::has_double_key(line)) << line;
    hash = sha256_hex(line);
    lines += line + '\n';
  }
  EXPECT_TRUE(test::matches_golden("codec/golden/events.jsonl", lines));
  test::record_events(events, "event_json");
}

TEST(EventJson, BeginsWithTimeThenHashThenSequence) {
  const std::string hash(64, 'e');
  const std::string line = encode(example(Action::peer_added), hash);
  EXPECT_TRUE(line.starts_with(R"({"@timestamp":"2026-11-22T16:00:00.120Z",)"
                               R"("wireguard":{"audit":{"prev_hash":"sha256:)" +
                               hash + "\","))
      << line;
  EXPECT_NE(line.find(R"(},"event":{"sequence":14,)"), std::string::npos) << line;
  EXPECT_FALSE(
      Json::parse(encode(example(Action::peer_added)))["wireguard"]["audit"].contains("prev_hash"));
}

TEST(EventJson, IdsAreThoseOfTheShell) {
  // printf %s%d "$installation" 14 | sha256sum; printf '%ssession7' "$installation" | sha256sum
  EXPECT_EQ(event_id(kInstallation, 14),
            sha256_hex(std::string(kInstallation) + "14").substr(0, 32));
  const Json added = parse(example(Action::peer_added));
  EXPECT_EQ(added["event"]["id"], event_id(kInstallation, 14));
  EXPECT_EQ(parse(example(Action::key_rotated))["wireguard"]["rotation"]["added_id"],
            added["event"]["id"]);
  EXPECT_EQ(parse(example(Action::session_started))["wireguard"]["session"]["id"],
            sha256_hex(std::string(kInstallation) + "session7").substr(0, 16));
  // printf abc | sha256sum
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const Key key = *example(Action::peer_added).public_key;
  EXPECT_EQ(added["wireguard"]["peer"]["key_sha256"],
            sha256_hex({reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()}));
}

TEST(EventJson, AFindingKeepsItsIdAndOthersHaveAnother) {
  const auto id = [](const Event& event) { return parse(event)["wireguard"]["finding"]["id"]; };
  const Event opened = example(Action::finding_opened);
  Event closed = opened;
  closed.action = Action::finding_closed;
  closed.sequence = 99;
  closed.severity = Severity::low;
  EXPECT_EQ(id(opened), id(closed));
  EXPECT_EQ(id(opened).get<std::string>().size(), 32U);

  std::vector<Event> others(6, opened);
  others[0].public_key = test::key("bob");
  others[1].interface = "wg1";
  others[2].netns = "blue";
  others[3].facts.push_back({Field::finding_subject, "x"});
  std::ranges::find(others[4].facts, Field::finding_since, &Fact::field)->value = WallTime{};
  std::ranges::find(others[5].facts, Field::rule_name, &Fact::field)->value = "expired_key";
  std::set<std::string> ids = {id(opened)};
  for (const Event& other : others) ids.insert(id(other));
  EXPECT_EQ(ids.size(), 7U);
  // Lengths keep parts apart: "a" and "bc" are not "ab" and "c".
  Event left = opened, right = opened;
  left.netns = "a", left.interface = "bc";
  right.netns = "ab", right.interface = "c";
  EXPECT_NE(id(left), id(right));
}

TEST(EventJson, OnlyLinesOfFilesHaveNoSequence) {
  for (const ActionInfo& info : actions()) {
    const Json line = parse(example(info.action));
    EXPECT_EQ(line["event"].contains("sequence"), !is_of_files(info.action)) << info.name;
    EXPECT_EQ(line["event"].contains("id"), !is_of_files(info.action)) << info.name;
  }
}

TEST(EventJson, WhoIsNotKnownIsNoUser) {
  const Json unknown = parse(example(Action::finding_changed));
  EXPECT_FALSE(unknown.contains("user"));
  EXPECT_FALSE(unknown["related"].contains("user"));
  EXPECT_TRUE(unknown["wireguard"]["principal"]["name"].get<std::string>().starts_with("unknown:"));
  const Json known = parse(example(Action::peer_added));
  EXPECT_EQ(known["user"]["name"], "alice");
  EXPECT_EQ(known["related"]["user"], Json({"alice"}));
  EXPECT_EQ(known["related"]["hosts"], Json({"gw1.example.net", "gw1", "alice-laptop"}));
}

TEST(EventJson, TheNetworkIsThatOfTheOuterPackets) {
  const Json v4 = parse(example(Action::endpoint_changed));
  EXPECT_EQ(v4["network"], Json::parse(R"({"transport": "udp", "protocol": "wireguard",
                                           "type": "ipv4"})"));
  EXPECT_EQ(v4["source"], Json::parse(R"({"address": "192.0.2.44", "ip": "192.0.2.44",
                                          "port": 60211})"));
  EXPECT_EQ(v4["related"]["ip"], Json({"192.0.2.44", "198.51.100.23"}));
  EXPECT_EQ(parse(example(Action::session_ended))["network"]["type"], "ipv6");
  EXPECT_FALSE(parse(example(Action::peer_added)).contains("network"));
}

TEST(EventJson, RelatedAddressesAreSingleOnesOnceAtMost50) {
  Event event = example(Action::peer_added);
  std::vector<std::string> prefixes = {"10.0.0.0/8", "10.0.0.1/32", "10.0.0.1/32", "fd00::1/128",
                                       "fd00::/32"};
  event.facts = {{Field::peer_allowed_ips, prefixes}};
  EXPECT_EQ(parse(event)["related"]["ip"], Json({"10.0.0.1", "fd00::1"}));
  for (int i = 0; i < 200; ++i) prefixes.push_back("10.1.0." + std::to_string(i) + "/32");
  event.facts = {{Field::peer_allowed_ips, prefixes}};
  EXPECT_EQ(parse(event)["related"]["ip"].size(), 50U);
}

TEST(EventJson, TheCategoryOfAFindingIsThatOfItsRule) {
  const std::pair<const char*, const char*> cases[] = {{"unknown_key", "intrusion_detection"},
                                                       {"revoked_key", "intrusion_detection"},
                                                       {"disabled_key", "intrusion_detection"},
                                                       {"expired_key", "intrusion_detection"},
                                                       {"forbidden_session", "intrusion_detection"},
                                                       {"allowed_ips_excess", "configuration"},
                                                       {"missing_peer", "configuration"},
                                                       {"stale_handshake", "configuration"}};
  for (const auto& [rule, category] : cases) {
    Event event = example(Action::finding_opened);
    std::ranges::find(event.facts, Field::rule_name, &Fact::field)->value = rule;
    EXPECT_EQ(parse(event)["event"]["category"], Json({category})) << rule;
  }
  EXPECT_EQ(parse(example(Action::session_started))["event"]["category"],
            Json({"network", "session"}));
}

TEST(EventJson, TheNamespaceIsAbsentWhereItIsTheOwn) {
  EXPECT_EQ(parse(example(Action::peer_added))["wireguard"]["interface"],
            Json::parse(R"({"name": "wg0"})"));
  const Json moved = parse(example(Action::interface_changed));
  EXPECT_EQ(moved["wireguard"]["interface"]["netns"], "blue");
  EXPECT_EQ(moved["wireguard"]["before"]["interface"]["netns"], "");
  EXPECT_FALSE(parse(example(Action::heartbeat))["wireguard"].contains("interface"));
}

TEST(EventJson, HostileEventsStayWholeLines) {
  const auto events = test::hostile_events();
  for (const Event& event : events) {
    const std::string line = encode(event, std::string(64, 'f'));
    test::expect_one_line(line);
    const bool is_long = event.find(Field::before_allowed_ips) != nullptr ||
                         event.text(Field::principal_name).size() > 100;
    EXPECT_EQ(Json::parse(line)["wireguard"]["audit"].contains("truncated"), is_long);
  }
  test::record_events(events, "event_json");
}

TEST(EventJson, ACutListSaysHowLongItWasAndWhat) {
  const Event event = test::hostile_events()[0];
  const Json after = parse(event)["wireguard"]["after"];
  EXPECT_EQ(after["allowed_ips_count"], 65'535);
  std::string all;
  const auto& prefixes = std::get<std::vector<std::string>>(*event.find(Field::after_allowed_ips));
  for (const auto& prefix : prefixes) all += prefix + '\n';
  EXPECT_EQ(after["allowed_ips_sha256"], sha256_hex(all));
  ASSERT_GT(after["allowed_ips"].size(), 10U);
  for (std::size_t i = 0; i < after["allowed_ips"].size(); ++i) {
    EXPECT_EQ(after["allowed_ips"][i], prefixes[i]);
  }
  const Json whole = parse(example(Action::peer_changed))["wireguard"];
  EXPECT_FALSE(whole["after"].contains("allowed_ips_count"));
  EXPECT_FALSE(whole["audit"].contains("truncated"));
}

// A file's lines are encoded before the hash of the line before is known.
TEST(EventJson, TheHashOfTheLineBeforeIsPutInLater) {
  const std::string hash(64, 'f');
  const EventOrigin origin = test::example_origin();
  std::vector<Event> events = test::example_events();
  Event mimic = example(Action::peer_added);
  mimic.interface = "\"prev_hash\":\"sha256:" + std::string(64, '0');
  events.push_back(mimic);
  std::ranges::move(test::hostile_events(), std::back_inserter(events));
  events.push_back(test::event_of_all_fields(10'000, 1'000, false));
  for (const Event& event : events) {
    for (const EventFormat format : {EventFormat::ecs, EventFormat::ocsf}) {
      std::string line = wgaudit::encode(event, format, origin, kInstallation, kUnknownHash);
      set_prev_hash(line, hash);
      EXPECT_EQ(line, wgaudit::encode(event, format, origin, kInstallation, hash));
    }
  }
}

TEST(EventJson, EvenAllFieldsAtOnceFit) {
  for (const auto& [text, entries] :
       {std::pair<std::size_t, std::size_t>{0, 0}, {10, 1}, {100, 100}, {10'000, 1'000}}) {
    for (const bool of_segments : {false, true}) {
      const std::string line =
          encode(test::event_of_all_fields(text, entries, of_segments), std::string(64, 'f'));
      EXPECT_LE(line.size(), kMaxLineBytes) << text << ' ' << entries;
      EXPECT_FALSE(test::has_double_key(line));
    }
  }
}

TEST(EventJson, MessagesAreForPeople) {
  const std::pair<Action, const char*> cases[] = {
      {Action::exporter_started, "wgaudit started; the run before did not stop in order"},
      {Action::inventory_rejected, "Inventory rejected: 1 problem; the one before stays in force"},
      {Action::interface_changed, "Interface wg1 is now blue:wg0"},
      {Action::peer_added, "Peer added to wg0: alice (alice-laptop)"},
      {Action::session_ended, "alice (alice-laptop) disconnected from wg0: handshake_timeout"},
      {Action::endpoint_changed,
       "alice (alice-laptop) moved from 198.51.100.23:51333 to 192.0.2.44:60211 on wg0"},
      {Action::finding_closed,
       "Finding allowed_ips_excess closed for alice (alice-laptop) on wg0: cause_gone"},
      {Action::clock_stepped, "The wall clock was set back by 3600.250 seconds"}};
  for (const auto& [action, message] : cases) {
    EXPECT_EQ(parse(example(action))["message"], message);
  }
  Event failing = make_event(Action::finding_opened, WallTime{});
  failing.netns = "blue";
  failing.facts = {{Field::rule_name, "collector_failing"}, {Field::finding_detail, "no access"}};
  EXPECT_EQ(parse(failing)["message"], "Finding collector_failing opened in blue: no access");
  Event event = example(Action::peer_added);
  event.facts = {{Field::principal_name, "a\x1b[31m\xff"}};
  EXPECT_EQ(parse(event)["message"], "Peer added to wg0: a\\x1b[31m\xef\xbf\xbd");
  event.facts.clear();
  EXPECT_EQ(parse(event)["message"], "Peer added to wg0: " + short_form(*event.public_key));
}

TEST(EventJson, NoFactsIsStillAnEvent) {
  for (const ActionInfo& info : actions()) {
    Event event = make_event(info.action, WallTime{});
    event.sequence = 1;
    EXPECT_FALSE(parse(event)["message"].get<std::string>().empty()) << info.name;
  }
}

}  // namespace
}  // namespace wgaudit
