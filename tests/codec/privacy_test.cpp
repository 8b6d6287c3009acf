#include "exporter/codec/privacy.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "audit/rules.hpp"
#include "exporter/codec/event_json.hpp"
#include "exporter/codec/history.hpp"
#include "tests/codec/event_examples.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/event_recorder.hpp"

namespace wgaudit {
namespace {

constexpr Privacy kPrefix{.address = AddressPrivacy::prefix};
constexpr Privacy kNoAddress{.address = AddressPrivacy::none};
constexpr Privacy kHash{.identity = IdentityPrivacy::hash};
constexpr Privacy kNoName{.identity = IdentityPrivacy::none};
constexpr Privacy kHidden{AddressPrivacy::none, IdentityPrivacy::none};

Address address(std::string_view text) { return parse_address(text).value(); }

TEST(Privacy, WordsAreThoseOfTheSettings) {
  EXPECT_EQ(parse_address_privacy("prefix"), AddressPrivacy::prefix);
  EXPECT_EQ(parse_address_privacy("hash"), std::nullopt);
  EXPECT_EQ(parse_identity_privacy("hash"), IdentityPrivacy::hash);
  EXPECT_EQ(parse_identity_privacy("prefix"), std::nullopt);
  EXPECT_FALSE(Privacy{}.hides());
  EXPECT_TRUE(kPrefix.hides());
  EXPECT_TRUE(kNoName.hides());
}

TEST(Privacy, AnAddressIsItsNetworkOrNothing) {
  EXPECT_EQ(to_string(shown(address("198.51.100.23"), Privacy{})), "198.51.100.23");
  EXPECT_EQ(to_string(shown(address("198.51.100.23"), kPrefix)), "198.51.100.0");
  EXPECT_EQ(to_string(shown(address("2001:db8:1:2::3"), kPrefix)), "2001:db8:1::");
  EXPECT_EQ(to_string(shown(address("198.51.100.23"), kNoAddress)), "");
  EXPECT_EQ(shown(Address{}, kPrefix), Address{});
  const Endpoint endpoint = parse_endpoint("[fe80::1%3]:51820").value();
  EXPECT_EQ(endpoint_text(endpoint), "[fe80::1%3]:51820");
  EXPECT_EQ(endpoint_text(shown(endpoint, kPrefix)), "fe80::");
  EXPECT_EQ(endpoint_text(shown(endpoint, kNoAddress)), "");
}

TEST(Privacy, ANameIsADigestOrNothing) {
  EXPECT_EQ(shown_name("alice", Privacy{}), "alice");
  // printf wgaudit:alice | sha256sum
  EXPECT_EQ(shown_name("alice", kHash), "hash:4233a242388daf4c");
  EXPECT_NE(shown_name("alicf", kHash), shown_name("alice", kHash));
  EXPECT_EQ(shown_name("alice", kNoName), "");
  EXPECT_EQ(shown_name("unknown:bob's phone", kNoName), "");
  for (const Privacy& privacy : {Privacy{}, kHash, kNoName}) {
    EXPECT_EQ(shown_principal("unknown:6mCk0pI7", privacy), "unknown:6mCk0pI7");
    EXPECT_EQ(shown_name("", privacy), "");
  }
}

TEST(Privacy, ADetailThatSaysItGivesWayToItsRule) {
  const auto detail = [](RuleId rule, const Privacy& privacy) {
    return shown_detail(rule, "detail", privacy);
  };
  const auto of_rule = [](RuleId rule) { return std::string(rule_info(rule).opens_when); };
  for (const RuleId rule : {RuleId::unexpected_endpoint, RuleId::forbidden_session}) {
    EXPECT_EQ(detail(rule, kHash), "detail");
    EXPECT_EQ(detail(rule, kPrefix), of_rule(rule));
    EXPECT_EQ(detail(rule, kNoAddress), of_rule(rule));
  }
  EXPECT_EQ(detail(RuleId::shared_key, kPrefix), "detail");  // it says networks
  EXPECT_EQ(detail(RuleId::shared_key, kNoAddress), of_rule(RuleId::shared_key));
  for (const RuleId rule : {RuleId::allowed_ips_missing, RuleId::allowed_ips_overlap}) {
    EXPECT_EQ(detail(rule, kNoAddress), "detail");
    EXPECT_EQ(detail(rule, kHash), of_rule(rule));
    EXPECT_EQ(detail(rule, kNoName), of_rule(rule));
  }
  EXPECT_EQ(detail(RuleId::revoked_key, kHidden), "detail");
}

std::string encode(const Event& event, const Privacy& privacy, EventFormat format) {
  EventOrigin origin = test::example_origin();
  origin.privacy = privacy;
  return encode(event, format, origin, test::kInstallation);
}

Event all_that_tells() {
  Event event = test::example_events()[static_cast<std::size_t>(Action::endpoint_changed)];
  event.facts.push_back({Field::principal_owner, "boss@example.net"});
  event.facts.push_back({Field::moved_from_principal, "bobby"});
  return event;
}

// Whoever the events are about is in no line of them, nor where they came from.
TEST(Privacy, NothingThatIsHiddenIsInALine) {
  std::vector<Event> events = test::example_events();
  events.push_back(all_that_tells());
  for (const EventFormat format : {EventFormat::ecs, EventFormat::ocsf}) {
    for (const Event& event : events) {
      const std::string line = encode(event, kHidden, format);
      for (const std::string_view hidden :
           {"alice", "bobby", "boss@", "198.51.100", "192.0.2.", "2001:db8", "51333", "60211"}) {
        EXPECT_EQ(line.find(hidden), std::string::npos) << hidden << ' ' << line;
      }
    }
  }
  EXPECT_NE(encode(events.back(), Privacy{}, EventFormat::ecs).find("boss@"), std::string::npos);
  for (const Privacy& privacy : {kHidden, Privacy{AddressPrivacy::prefix, IdentityPrivacy::hash}}) {
    std::vector<Event> visible;
    for (const Event& event : events) visible.push_back(shown(event, privacy));
    test::record_events(visible, "privacy");
  }
}

TEST(Privacy, WhatIsLeftOfAnEventStaysAnEvent) {
  using Json = nlohmann::json;
  const Event event = all_that_tells();
  const Json whole = Json::parse(encode(event, Privacy{}, EventFormat::ecs));
  const Json prefix = Json::parse(encode(event, kPrefix, EventFormat::ecs));
  EXPECT_EQ(prefix["event"]["id"], whole["event"]["id"]);
  EXPECT_EQ(prefix["source"], Json::parse(R"({"address": "192.0.2.0", "ip": "192.0.2.0"})"));
  EXPECT_EQ(prefix["related"]["ip"], Json({"192.0.2.0", "198.51.100.0"}));
  EXPECT_EQ(prefix["message"], "alice (alice-laptop) moved from 198.51.100.0 to 192.0.2.0 on wg0");
  EXPECT_EQ(prefix["user"], whole["user"]);
  const Json hash = Json::parse(encode(event, kHash, EventFormat::ecs));
  EXPECT_EQ(hash["user"]["name"], shown_name("alice", kHash));
  EXPECT_EQ(hash["wireguard"]["principal"]["device"], shown_name("alice-laptop", kHash));
  EXPECT_EQ(hash["wireguard"]["principal"]["role"], "staff");
  EXPECT_EQ(hash["wireguard"]["peer"], whole["wireguard"]["peer"]);
  EXPECT_EQ(hash["source"], whole["source"]);
  const Json none = Json::parse(encode(event, kNoName, EventFormat::ecs));
  EXPECT_FALSE(none.contains("user"));
  EXPECT_EQ(none["wireguard"]["principal"],
            Json::parse(R"({"kind": "user", "role": "staff", "status": "active"})"));
}

TEST(Privacy, TheHistoryToo) {
  SessionRecord session;
  session.principal = "alice";
  session.endpoint = parse_endpoint("198.51.100.23:51333").value();
  const std::vector<SessionRecord> prefix = {shown(session, kPrefix)},
                                   none = {shown(session, kHidden)};
  const std::string networks = history_text(std::span(prefix), HistoryForm::json, {});
  EXPECT_NE(networks.find(R"("endpoint": "198.51.100.0")"), std::string::npos) << networks;
  EXPECT_NE(networks.find("alice"), std::string::npos);
  for (const HistoryForm form : {HistoryForm::table, HistoryForm::json, HistoryForm::csv}) {
    const std::string text = history_text(std::span(none), form, {});
    EXPECT_EQ(text.find("198.51."), std::string::npos) << text;
    EXPECT_EQ(text.find("alice"), std::string::npos) << text;
  }
  SeenEndpoint seen;
  seen.principal = "alice";
  seen.endpoint.address = address("198.51.100.23");
  const std::vector<SeenEndpoint> addresses = {shown(seen, kHidden)};
  EXPECT_EQ(history_text(std::span(addresses), HistoryForm::csv, {}).find("198.51."),
            std::string::npos);
  FindingRecord record;
  record.finding.identity.rule = RuleId::allowed_ips_overlap;
  record.finding.principal = "alice";
  record.finding.detail = "lies inside 10.0.0.0/8 of bob";
  EXPECT_EQ(shown(record, kNoName).finding.detail,
            rule_info(RuleId::allowed_ips_overlap).opens_when);
  EXPECT_EQ(shown(record, kNoName).finding.principal, "");
  KeyRecord stay;
  stay.principal = "alice";
  EXPECT_EQ(shown(stay, kHash).principal, shown_name("alice", kHash));
}

}  // namespace
}  // namespace wgaudit
