#include "exporter/pages/parameters.hpp"

#include <gtest/gtest.h>

#include "exporter/pages/cursor.hpp"
#include "tests/pages/example.hpp"

namespace wgaudit::test {
namespace {

TEST(Cursor, KeepsFieldsOfAnyBytes) {
  const std::vector<std::string> fields{"", "a:b", std::string("\0\xff\n", 3), "12:", "x"};
  for (std::size_t count = 0; count <= fields.size(); ++count) {
    const std::vector<std::string> some(fields.begin(),
                                        fields.begin() + static_cast<std::ptrdiff_t>(count));
    const std::string cursor = encode_cursor(some);
    EXPECT_EQ(cursor.find_first_of("+/=%&"), std::string::npos);
    EXPECT_EQ(decode_cursor(cursor), some);
  }
}

TEST(Cursor, RefusesWhatIsNone) {
  for (const auto* text :
       {"!", "a b", "eA", "MTp4eA", "OTk6eA", "LTE6", "MTg0NDY3NDQwNzM3MDk1NTE2MTY6"}) {
    EXPECT_EQ(decode_cursor(text), std::nullopt) << text;
  }
}

TEST(Parameters, AreChecked) {
  const struct {
    std::string_view target, parameter;  // "" = fine
  } cases[] = {
      {"/?session=up&status=unknown&finding=any&sort=-findings&limit=1", ""},
      {"/?finding=none", ""},
      {"/?finding=high", ""},
      {"/?finding=unknown_key", ""},
      {"/?finding=bad", "finding"},
      {"/?session=maybe", "session"},
      {"/?status=gone", "status"},
      {"/?sort=name", "sort"},
      {"/?sort=--status", "sort"},
      {"/?limit=0", "limit"},
      {"/?limit=-1", "limit"},
      {"/?limit=1001", "limit"},
      {"/?limit=1x", "limit"},
      {"/?limit=99999999999999999999999", "limit"},
  };
  for (const auto& [target, parameter] : cases) {
    const Query query = Query::of_target(target);
    std::string bad;
    if (const auto filter = peer_filter_of(query); !filter) bad = filter.error().name;
    if (const auto order = peer_order_of(query); !order) bad = order.error().name;
    if (const auto limit = number_of(query, "limit", 1000, 1); !limit) bad = limit.error().name;
    EXPECT_EQ(bad, parameter) << target;
  }
}

TEST(Parameters, OfTheHistory) {
  const auto query = [](std::string_view target) {
    return session_query_of(Query::of_target(target), kNow, {});
  };
  EXPECT_EQ(query("/?since=2h")->since, kNow - std::chrono::hours{2});
  EXPECT_EQ(query("/?until=2026-10-01T00:00:00Z")->until, wall("2026-10-01T00:00:00Z"));
  EXPECT_EQ(query("/?interface=a:b:wg0")->device, DeviceId("a:b", "wg0"));
  EXPECT_EQ(query("/?interface=wg0")->device, DeviceId("", "wg0"));
  const std::string text = to_string(key("alice"));
  EXPECT_EQ(query("/?key=" + text)->key, key("alice")) << "a plus that is not encoded";
  EXPECT_EQ(query("/?since=yesterday").error().name, "since");
  EXPECT_EQ(query("/?until=1").error().name, "until");
  EXPECT_EQ(query("/?key=short").error().name, "key");
  EXPECT_EQ(query("/?address=example.org").error().name, "address");
  EXPECT_EQ(event_query_of(Query::of_target("/?action=x"), kNow).error().name, "action");
  EXPECT_EQ(event_query_of(Query::of_target("/?min_severity=x"), kNow).error().name,
            "min_severity");
  EXPECT_EQ(finding_filter_of(Query::of_target("/?rule=x")).error().name, "rule");
  EXPECT_EQ(finding_filter_of(Query::of_target("/?state=x")).error().name, "state");
  EXPECT_EQ(finding_filter_of(Query::of_target("/?severity=x")).error().name, "severity");
}

}  // namespace
}  // namespace wgaudit::test
