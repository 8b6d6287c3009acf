#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "audit/event.hpp"
#include "exporter/codec/event_values.hpp"
#include "tests/codec/event_examples.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using Json = nlohmann::json;

const Json& ecs() {
  static const Json fields =
      Json::parse(test::read_file(test::source_dir() / "tests/codec/ecs_8.17.json"))["fields"];
  return fields;
}

TEST(EventTable, NamesAreFoundAgain) {
  std::set<std::string_view> names;
  for (const ActionInfo& info : actions()) {
    EXPECT_EQ(find_action(info.name), &info);
    EXPECT_EQ(to_string(info.action), info.name);
    EXPECT_FALSE(info.when.empty()) << info.name;
    names.insert(info.name);
  }
  EXPECT_EQ(names.size(), kActions);
  for (const FieldInfo& info : fields()) {
    EXPECT_EQ(find_field(info.ecs), &info);
    EXPECT_EQ(&field_info(info.field), &info);
    EXPECT_FALSE(info.help.empty()) << info.ecs;
  }
  EXPECT_EQ(find_action("peer_added"), nullptr);
  EXPECT_EQ(find_field("wireguard.peer"), nullptr);
  EXPECT_EQ(find_field("zzz"), nullptr);
}

TEST(EventTable, AnEventBeginsAsItsRowSays) {
  const WallTime at{std::chrono::seconds{5}};
  const Event event = make_event(Action::events_lost, at);
  EXPECT_EQ(event.at, at);
  EXPECT_EQ(event.action, Action::events_lost);
  EXPECT_EQ(event.kind, EventKind::event);
  EXPECT_EQ(event.severity, Severity::high);
  EXPECT_EQ(make_event(Action::finding_opened, at).kind, EventKind::alert);
  EXPECT_EQ(make_event(Action::state_snapshot, at).kind, EventKind::state);
  EXPECT_EQ(to_string(EventKind::state), "state");
}

TEST(EventTable, FactsAreFoundByField) {
  Event event;
  event.facts = {{Field::event_reason, "why"}, {Field::lost_first, std::int64_t{3}}};
  ASSERT_NE(event.find(Field::lost_first), nullptr);
  EXPECT_EQ(*event.find(Field::lost_first), Value{std::int64_t{3}});
  EXPECT_EQ(event.find(Field::lost_last), nullptr);
  EXPECT_EQ(event.text(Field::event_reason), "why");
  EXPECT_EQ(event.text(Field::lost_first), "");
  EXPECT_EQ(event.text(Field::message), "");
}

// The encoder closes an object when a path leaves it: an object that came twice would be a double
// key, and a path that is both would be two types.
TEST(EventTable, EveryObjectStandsTogetherAndIsNoMember) {
  std::set<std::string_view> members, closed, open;
  for (const FieldInfo& field : fields()) {
    std::set<std::string_view> now;
    for (std::size_t dot = field.ecs.find('.'); dot != std::string_view::npos;
         dot = field.ecs.find('.', dot + 1)) {
      now.insert(field.ecs.substr(0, dot));
    }
    for (const auto path : open) {
      if (!now.contains(path)) closed.insert(path);
    }
    for (const auto path : now) {
      EXPECT_FALSE(closed.contains(path)) << path << " again at " << field.ecs;
      EXPECT_FALSE(members.contains(path)) << path << " is a member and an object";
    }
    open = now;
    EXPECT_TRUE(members.insert(field.ecs).second) << field.ecs;
    EXPECT_FALSE(closed.contains(field.ecs) || open.contains(field.ecs)) << field.ecs;
  }
}

TEST(EventTable, CutListsHaveNamesThatNobodyElseHas) {
  for (const FieldInfo& field : fields()) {
    if (field.type != FieldType::keywords) continue;
    EXPECT_EQ(find_field(std::string(field.ecs) + "_count"), nullptr);
    EXPECT_EQ(find_field(std::string(field.ecs) + "_sha256"), nullptr);
  }
}

struct EcsType {
  FieldType type;
  std::vector<std::string> ecs;
  bool array;
};

TEST(EventTable, FieldsThatAreNotOursAreThoseOfEcs) {
  const std::map<FieldType, EcsType> expected = {
      {FieldType::keyword, {FieldType::keyword, {"keyword", "match_only_text"}, false}},
      {FieldType::keywords, {FieldType::keywords, {"keyword"}, true}},
      {FieldType::number, {FieldType::number, {"long"}, false}},
      {FieldType::boolean, {FieldType::boolean, {"boolean"}, false}},
      {FieldType::date, {FieldType::date, {"date"}, false}},
      {FieldType::ip, {FieldType::ip, {"ip"}, false}},
      {FieldType::ips, {FieldType::ips, {"ip"}, true}},
  };
  std::size_t used = 0;
  for (const FieldInfo& field : fields()) {
    if (field.ecs.starts_with("wireguard.")) continue;
    ++used;
    ASSERT_TRUE(ecs().contains(field.ecs)) << field.ecs;
    const Json& facts = ecs()[std::string(field.ecs)];
    ASSERT_TRUE(expected.contains(field.type)) << field.ecs;
    const EcsType& want = expected.at(field.type);
    EXPECT_NE(std::ranges::find(want.ecs, facts["type"].get<std::string>()), want.ecs.end())
        << field.ecs;
    EXPECT_EQ(facts.value("array", false), want.array) << field.ecs;
  }
  EXPECT_EQ(ecs()[std::string(kTagsPath)], Json::parse(R"({"type": "keyword", "array": true})"));
  EXPECT_EQ(used + 1, ecs().size()) << "the file names fields that are not used";
}

bool is_allowed(std::string_view field, std::string_view value) {
  const Json& values = ecs()[std::string(field)]["values"];
  if (values.is_object()) return values.contains(value);
  return std::ranges::find(values, Json(value)) != values.end();
}

TEST(EventTable, KindCategoryTypeAndOutcomeAreAllowed) {
  for (const ActionInfo& info : actions()) {
    EXPECT_TRUE(is_allowed("event.kind", to_string(info.kind))) << info.name;
    for (const auto& type : words(info.type)) {
      EXPECT_TRUE(is_allowed("event.type", type)) << info.name;
    }
    if (!info.outcome.empty()) EXPECT_TRUE(is_allowed("event.outcome", info.outcome)) << info.name;
    // "Left out for info events".
    if (info.type == "info") EXPECT_EQ(info.outcome, "") << info.name;
    for (const auto& category : words(info.category)) {
      ASSERT_TRUE(is_allowed("event.category", category)) << info.name;
      const Json& expected = ecs()["event.category"]["values"][category];
      for (const auto& type : words(info.type)) {
        EXPECT_NE(std::ranges::find(expected, Json(type)), expected.end())
            << info.name << ": " << type << " is not expected of " << category;
      }
    }
  }
}

TEST(EventTable, ThePageNamesThemAll) {
  EXPECT_TRUE(test::matches_golden("../exporter/codec/EVENTS.md", event_page()));
}

TEST(EventTable, TheSchemaIsThatOfTheTable) {
  EXPECT_TRUE(test::matches_golden("../exporter/codec/event.schema.json", event_schema()));
  EXPECT_TRUE(Json::accept(event_schema()));
  EXPECT_TRUE(test::matches_golden("../exporter/codec/event_ocsf.schema.json", ocsf_schema()));
  EXPECT_TRUE(Json::accept(ocsf_schema()));
}

}  // namespace
}  // namespace wgaudit
