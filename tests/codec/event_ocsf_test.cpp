#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "exporter/codec/event_check.hpp"
#include "exporter/codec/event_json.hpp"
#include "exporter/codec/event_ocsf_table.hpp"
#include "exporter/codec/sha256.hpp"
#include "tests/codec/event_examples.hpp"
#include "tests/codec/line_checks.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using Json = nlohmann::json;
using test::kInstallation;

std::string encode(const Event& event, std::string_view prev_hash = "") {
  return to_ocsf(event, test::example_origin(), kInstallation, prev_hash);
}
Json parse(const Event& event) { return Json::parse(encode(event)); }
Json of(const Json& line, std::string_view path) {
  return line.at(Json::json_pointer(std::string(path)));
}

Event example(Action action) { return test::example_events()[static_cast<std::size_t>(action)]; }

// Facts of OCSF 1.8.0, from its compiled schema.
const Json& ocsf() {
  static const Json classes =
      Json::parse(test::read_file(test::source_dir() / "tests/codec/ocsf_1.8.0.json"))["classes"];
  return classes;
}

TEST(EventOcsf, ALineOfEachAction) {
  std::string lines, hash;
  for (const Event& event : test::example_events()) {
    const std::string line = encode(event, hash);
    EXPECT_FALSE(test::has_double_key(line)) << line;
    hash = sha256_hex(line);
    lines += line + '\n';
  }
  EXPECT_TRUE(test::matches_golden("codec/golden/events.ocsf.jsonl", lines));
}

// `events verify --deep`.
TEST(EventOcsf, ACheckOfALineKnowsEveryMemberAndItsType) {
  std::vector<Event> events = test::example_events();
  std::ranges::copy(test::hostile_events(), std::back_inserter(events));
  for (const bool of_segments : {false, true}) {
    events.push_back(test::event_of_all_fields(2000, 500, of_segments));
  }
  for (const Event& event : events) {
    const std::string line = encode(event, std::string(64, 'e'));
    EXPECT_EQ(check_event_line(line), "") << line;
  }
  const std::string line = encode(example(Action::finding_opened));
  const struct {
    std::string_view what, by, problem;
  } cases[] = {
      {R"("severity_id":)", R"("severity_ix":)", "severity_ix is no field"},
      {R"("class_name":)", R"("class_name":1,"x":)", "class_name is of another type"},
      {R"("is_alert":true)", R"("is_alert":"true")", "is_alert is of another type"},
      {R"("unmapped":{"wireguard":{)", R"("unmapped":{"wireguard":{"x":1,)",
       "unmapped.wireguard.x is no field"},
      {R"("unmapped":{)", R"("unmapped":{"event":{},)", "unmapped.event is no field"},
      {R"("observables":[{)", R"("observables":[{"x":1,)", "observables[].x is no field"},
      {R"("observables":[{"name":)", R"("observables":[{"name":"","name":)",
       "observables[].name is there twice"},
      {R"("observables":[)", R"("observables":["x",)",
       "observables holds something else than objects"},
      {R"("observables":[)", R"("observables":[[],)", "observables holds a list"},
      {R"("observables":[)", R"("observables[]":[)", "observables[] is no field"},
      {R"("resources":[{)", R"("resources":[{"uid":{},)", "resources[].uid is no field"},
      {R"("profiles":[)", R"("profiles":[{},)", "metadata.profiles holds an object"},
      {R"("profiles":[)", R"("profiles":[1,)", "metadata.profiles holds something else than texts"},
  };
  for (const auto& [what, by, problem] : cases) {
    std::string edited = line;
    const std::size_t at = edited.find(what);
    ASSERT_NE(at, std::string::npos) << what << line;
    EXPECT_EQ(check_event_line(edited.replace(at, what.size(), by)), problem) << by;
  }
}

TEST(EventOcsf, BeginsWithTimeThenHashThenSequence) {
  const std::string hash(64, 'e');
  const std::string line = encode(example(Action::peer_added), hash);
  EXPECT_TRUE(line.starts_with(R"({"time":1795363200120,)"
                               R"("unmapped":{"wireguard":{"audit":{"prev_hash":"sha256:)" +
                               hash + "\","))
      << line;
  EXPECT_NE(line.find(R"(}},"metadata":{"sequence":14,"uid":")"), std::string::npos) << line;
}

TEST(EventOcsf, ItIsTheEventOfTheEcsLine) {
  for (const Event& event : test::example_events()) {
    const Json line = parse(event);
    const Json ecs = Json::parse(to_ecs(event, test::example_origin(), kInstallation));
    EXPECT_EQ(line["metadata"].value("uid", ""), ecs["event"].value("id", ""));
    EXPECT_EQ(line["metadata"].value("sequence", 0), ecs["event"].value("sequence", 0));
    EXPECT_EQ(line["metadata"]["event_code"], ecs["event"]["action"]);
    EXPECT_EQ(line["severity_id"], ecs["event"]["severity"]);
    EXPECT_EQ(line["message"], ecs["message"]);
    EXPECT_EQ(line.value("is_alert", false), ecs["event"]["kind"] == "alert");
    EXPECT_EQ(line["type_uid"],
              line["class_uid"].get<int>() * 100 + line["activity_id"].get<int>());
  }
}

// What a fact says is in the line, once at least: where OCSF has a home for it, or in `unmapped`.
TEST(EventOcsf, EveryFactIsInTheLine) {
  for (const Event& event : test::example_events()) {
    const OcsfClass of = ocsf_class_of(event);
    for (const Fact& fact : event.facts) {
      const bool mapped = std::ranges::any_of(ocsf_members(), [&](const OcsfMember& member) {
        if (!member.is_of(of)) return false;
        const auto* field = std::get_if<Field>(&member.source);
        return field != nullptr && *field == fact.field;
      });
      const bool derived = fact.field == Field::event_duration;
      EXPECT_TRUE(mapped || derived || !unmapped_path(fact.field, of).empty())
          << to_string(event.action) << ": " << field_info(fact.field).ecs;
    }
  }
}

TEST(EventOcsf, MembersAndWordsAreThoseOfOcsf) {
  const auto kind_of = [](const std::string& type) {
    if (type == "boolean_t") return FieldType::boolean;
    const std::set<std::string> numbers = {"integer_t", "long_t", "timestamp_t", "port_t"};
    return numbers.contains(type) ? FieldType::number : FieldType::keyword;
  };
  for (const OcsfClassInfo& info : ocsf_classes()) {
    const Json& facts = ocsf()[std::to_string(info.uid)];
    EXPECT_EQ(facts["name"], info.name);
    EXPECT_EQ(facts["category_uid"], info.category) << info.name;
    EXPECT_EQ(facts["category_name"], info.category_name);
    std::set<std::string> there;
    for (const OcsfMember& member : ocsf_members()) {
      if (!member.is_of(info.id) || member.path.starts_with("unmapped.")) continue;
      ASSERT_TRUE(facts["members"].contains(member.path)) << info.name << ": " << member.path;
      const Json& fact = facts["members"][std::string(member.path)];
      const bool list = fact.value("array", false);
      EXPECT_EQ(list ? FieldType::keywords : kind_of(fact["type"]), member.type) << member.path;
      const std::string path(member.path);
      if (member.presence == Presence::always)
        there.insert(path.substr(0, path.find_first_of(".[")));
    }
    for (const auto& required : facts["required"]) {
      EXPECT_TRUE(there.contains(required.get<std::string>())) << info.name << ": " << required;
    }
  }
}

// Of every number with an enumeration: it is one of it, and the caption beside it is its.
void expect_captions(const Json& line, const Json& facts) {
  for (const auto& [path, fact] : facts["members"].items()) {
    if (!fact.contains("sibling")) continue;
    std::string pointer = '/' + path;
    for (std::size_t at = 0; (at = pointer.find("[]", at)) != std::string::npos;) {
      pointer.replace(at, 2, "/0");
    }
    std::ranges::replace(pointer, '.', '/');
    if (!line.contains(Json::json_pointer(pointer))) continue;
    const std::string id = std::to_string(of(line, pointer).get<int>());
    ASSERT_TRUE(fact["enum"].contains(id)) << path << ' ' << id;
    const std::string sibling =
        pointer.substr(0, pointer.rfind('/') + 1) + fact["sibling"].get<std::string>();
    ASSERT_TRUE(line.contains(Json::json_pointer(sibling))) << sibling;
    if (id != "99") EXPECT_EQ(of(line, sibling), fact["enum"][id]) << path;
  }
}

TEST(EventOcsf, WhatAProfileAddsIsThereWithItAlone) {
  for (const Event& event : test::example_events()) {
    const Json line = parse(event);
    const Json& profiles = line["metadata"]["profiles"];
    const Json& members = ocsf()[std::to_string(line["class_uid"].get<int>())]["members"];
    for (const auto& [name, value] : line.items()) {
      if (!members.contains(name) || !members[name].contains("profiles")) continue;
      EXPECT_TRUE(std::ranges::any_of(members[name]["profiles"],
                                      [&](const Json& profile) {
                                        return std::ranges::find(profiles, profile) !=
                                               profiles.end();
                                      }))
          << name << line;
    }
  }
}

TEST(EventOcsf, CaptionsAreThoseOfTheirNumbers) {
  for (const Event& event : test::example_events()) {
    const Json line = parse(event);
    expect_captions(line, ocsf()[std::to_string(line["class_uid"].get<int>())]);
  }
  // A name that nobody else has: "status" and "type" follow a number everywhere.
  Event service = example(Action::inventory_record_added);
  for (const char* kind : {"user", "device", "service", "gateway"}) {
    std::ranges::find(service.facts, Field::principal_kind, &Fact::field)->value = kind;
    const Json line = parse(service);
    expect_captions(line, ocsf()["3004"]);
    EXPECT_EQ(line["entity"]["type"].get<std::string>().substr(1), std::string(kind).substr(1));
  }
}

TEST(EventOcsf, SessionsAreTunnels) {
  const Json started = parse(example(Action::session_started));
  EXPECT_EQ(started["type_uid"], 401401);
  EXPECT_EQ(of(started, "/src_endpoint"), Json::parse(R"({"ip": "198.51.100.23", "port": 51333})"));
  EXPECT_EQ(of(started, "/session/created_time"), 1795363198901);
  EXPECT_EQ(of(started, "/tunnel_interface/name"), "wg0");
  EXPECT_EQ(of(started, "/connection_info/protocol_ver_id"), 4);
  EXPECT_EQ(of(started, "/user"),
            Json::parse(R"({"name": "alice", "type_id": 1, "type": "User"})"));
  EXPECT_FALSE(of(started, "/unmapped/wireguard").contains("source"));
  const Json ended = parse(example(Action::session_ended));
  EXPECT_EQ(ended["type_uid"], 401402);
  EXPECT_EQ(ended["session"]["uid"], started["session"]["uid"]);
  // From the peer is from source to destination.
  EXPECT_EQ(ended["traffic"], Json::parse(R"({"bytes": 123456789054, "bytes_in": 42,
                                              "bytes_out": 123456789012})"));
  EXPECT_EQ(ended["duration"], 3'420'000);
  EXPECT_EQ(ended["status_detail"], "handshake_timeout");
  const Json moved = parse(example(Action::endpoint_changed));
  EXPECT_EQ(moved["type_uid"], 401499);
  EXPECT_EQ(moved["activity_name"], "Endpoint Changed");
  EXPECT_EQ(moved["type_name"], "Tunnel Activity: Other");
  EXPECT_EQ(of(moved, "/unmapped/wireguard/endpoint/previous/ip"), "198.51.100.23");
}

TEST(EventOcsf, FindingsAreDetectionsOrComplianceByTheirRule) {
  const Json opened = parse(example(Action::finding_opened));
  EXPECT_EQ(opened["type_uid"], 200401);
  EXPECT_FALSE(opened.contains("compliance"));
  EXPECT_EQ(opened["status"], "New");
  EXPECT_EQ(of(opened, "/finding_info/analytic/uid"), "WGA-002");
  EXPECT_EQ(of(opened, "/resources/0/name"), "wg0/alice-laptop");
  const Json closed = parse(example(Action::finding_closed));
  EXPECT_EQ(closed["type_uid"], 200303);
  EXPECT_EQ(closed["status"], "Resolved");
  EXPECT_EQ(of(closed, "/compliance/status"), "Pass");
  EXPECT_EQ(of(closed, "/compliance/control"), "WGA-006");
  Event again = example(Action::finding_closed);
  again.action = Action::finding_opened;
  EXPECT_EQ(of(parse(again), "/finding_info/uid"), of(closed, "/finding_info/uid"));
  EXPECT_EQ(of(parse(again), "/compliance/status"), "Fail");
  const Json burst = parse(example(Action::finding_burst));
  EXPECT_EQ(burst["count"], 4000);
  EXPECT_EQ(of(burst, "/finding_info/uid"), burst["metadata"]["uid"]);
}

TEST(EventOcsf, AnAlertThatIsNoDetectionHasTheProfileForIt) {
  const Json moved = parse(example(Action::allowed_ips_moved));
  EXPECT_EQ(moved["is_alert"], true);
  EXPECT_EQ(of(moved, "/metadata/profiles"), Json({"host", "security_control"}));
  EXPECT_EQ(of(parse(example(Action::finding_opened)), "/metadata/profiles"), Json({"host"}));
  EXPECT_EQ(of(parse(example(Action::finding_burst)), "/metadata/profiles"),
            Json({"host", "security_control"}));
  EXPECT_FALSE(parse(example(Action::finding_closed)).contains("is_alert"));
}

TEST(EventOcsf, WhoIsNotKnownIsNoUser) {
  const Json unknown = parse(example(Action::finding_changed));
  EXPECT_FALSE(of(unknown, "/resources/0").contains("owner"));
  EXPECT_EQ(unknown.dump().find("\"User Name\""), std::string::npos);
}

TEST(EventOcsf, ObservablesPointToWhatHoldsThem) {
  for (const Event& event : test::example_events()) {
    const Json line = parse(event);
    ASSERT_FALSE(line["observables"].empty());
    for (const Json& one : line["observables"]) {
      std::string pointer = '/' + one["name"].get<std::string>();
      std::ranges::replace(pointer, '.', '/');
      if (const auto at = pointer.find("[]"); at != std::string::npos) pointer.replace(at, 2, "/0");
      ASSERT_TRUE(line.contains(Json::json_pointer(pointer))) << one << line;
      const Json holder = of(line, pointer);
      EXPECT_TRUE(holder == one["value"] || holder.is_object()) << one;
    }
  }
  EXPECT_EQ(parse(example(Action::endpoint_changed))["observables"].size(), 5U);
}

TEST(EventOcsf, WhatTheOriginCallsIt) {
  EventOrigin origin = test::example_origin();
  origin.tags = {"test"};
  const Event event = example(Action::peer_added);
  EXPECT_EQ(of(Json::parse(to_ocsf(event, origin, kInstallation)), "/metadata/labels"),
            Json({"test"}));
  EXPECT_EQ(Json::parse(to_ecs(event, origin, kInstallation))["tags"], Json({"test"}));
  EXPECT_FALSE(Json::parse(to_ecs(event, test::example_origin(), kInstallation)).contains("tags"));
}

TEST(EventOcsf, HostileEventsStayWholeLines) {
  for (const Event& event : test::hostile_events()) {
    const std::string line = encode(event, std::string(64, 'f'));
    test::expect_one_line(line);
    const bool is_long = event.find(Field::before_allowed_ips) != nullptr ||
                         event.text(Field::principal_name).size() > 100;
    EXPECT_EQ(Json::parse(line)["metadata"].contains("is_truncated"), is_long) << line;
  }
}

TEST(EventOcsf, ACutListSaysHowLongItWasAndWhat) {
  const Json after = of(parse(test::hostile_events()[0]), "/unmapped/wireguard/after");
  EXPECT_EQ(after["allowed_ips_count"], 65'535);
  EXPECT_EQ(after["allowed_ips_sha256"].get<std::string>().size(), 64U);
}

TEST(EventOcsf, EvenAllFieldsAtOnceFit) {
  for (const auto& [text, entries] :
       {std::pair<std::size_t, std::size_t>{0, 0}, {10, 1}, {100, 100}, {10'000, 100}}) {
    // One of each class; a finding here is a detection.
    for (const Action action : {Action::session_ended, Action::finding_opened, Action::peer_added,
                                Action::exporter_started, Action::events_lost,
                                Action::clock_stepped, Action::segment_opened}) {
      Event event = test::event_of_all_fields(text, entries, action == Action::segment_opened);
      event.action = action;
      const std::string line = encode(event, std::string(64, 'f'));
      EXPECT_LE(line.size(), kMaxLineBytes) << to_string(action) << ' ' << text << ' ' << entries;
      EXPECT_FALSE(test::has_double_key(line));
    }
  }
}

TEST(EventOcsf, NoFactsIsStillAnEvent) {
  for (const ActionInfo& info : actions()) {
    Event event = make_event(info.action, WallTime{});
    event.sequence = 1;
    const Json line = parse(event);
    EXPECT_EQ(line["metadata"]["event_code"], info.name);
    EXPECT_EQ(line["time"], 0);
  }
}

TEST(EventFormat, NamesAreFoundAgain) {
  for (const EventFormat format : {EventFormat::ecs, EventFormat::ocsf}) {
    EXPECT_EQ(parse_event_format(to_string(format)), format);
  }
  EXPECT_EQ(parse_event_format("cef"), std::nullopt);
  const Event event = example(Action::heartbeat);
  const EventOrigin origin = test::example_origin();
  EXPECT_EQ(encode(event, EventFormat::ecs, origin, kInstallation),
            to_ecs(event, origin, kInstallation));
  EXPECT_EQ(encode(event, EventFormat::ocsf, origin, kInstallation, "aa"),
            to_ocsf(event, origin, kInstallation, "aa"));
}

}  // namespace
}  // namespace wgaudit
