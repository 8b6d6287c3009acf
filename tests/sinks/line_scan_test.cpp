#include "exporter/sinks/line_scan.hpp"

#include <gtest/gtest.h>

#include "exporter/sinks/segment_name.hpp"
#include "tests/sinks/events.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

TEST(WholeObject, ByItsStructureAlone) {
  struct Case {
    std::string_view text;
    bool want;
  };
  for (const auto& [text, want] : {
           Case{"{}", true},
           Case{R"({"a":"}","b":[{"c":"\"}"}]})", true},
           Case{R"({"a":"\\"})", true},
           Case{"{\"a\":1      }", true},
           Case{"", false},
           Case{"{", false},
           Case{"[]", false},
           Case{"\"{}\"", false},
           Case{"{} ", false},
           Case{" {}", false},
           Case{"{}{}", false},
           Case{"{]", false},
           Case{"{[}]", false},
           Case{R"({"a":"}})", false},
           Case{R"({"a":"\"})", false},
           Case{R"({"a":"\)", false},
           Case{"{\"a\":\"\n\"}", false},
           Case{std::string_view("{\0}", 3), false},
       }) {
    EXPECT_EQ(is_whole_object(text), want) << text;
  }
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '{') + std::string(depth, '}');
  };
  EXPECT_TRUE(is_whole_object(nested(32)));
  EXPECT_FALSE(is_whole_object(nested(33)));
}

TEST(FindValue, FollowsMembersNotText) {
  constexpr std::string_view kText =
      R"({"x":"\"a\":1","y":{"a":2},"z":[{"a":3}],"a":{"b":{"c":"v"},"d":-1.5e3},"t":true})";
  EXPECT_EQ(find_value(kText, "a.b.c"), "\"v\"");
  EXPECT_EQ(find_value(kText, "a.d"), "-1.5e3");
  EXPECT_EQ(find_value(kText, "t"), "true");
  EXPECT_EQ(find_value(kText, "y.a"), "2");
  for (const std::string_view none : {"b", "a.c", "a.b.c.d", "z.a", "x.a", "t.a", ""}) {
    EXPECT_EQ(find_value(kText, none), std::nullopt) << none;
  }
  for (const std::string_view bad : {"", "{", "{\"a\"", "{\"a\":", "{\"a\" 1}", "{a:1}", "[1]"}) {
    EXPECT_EQ(find_value(bad, "a"), std::nullopt) << bad;
  }
}

constexpr EventFormat kFormats[] = {EventFormat::ecs, EventFormat::ocsf};

TEST(OwnLine, OfEventsAndFirstLines) {
  const std::string hash(64, 'a');
  for (const EventFormat format : kFormats) {
    const std::string line = encode(event(42), format, origin(), kInstallation, hash);
    const auto own = read_own_line(line);
    ASSERT_TRUE(own) << line;
    EXPECT_EQ(own->installation, kInstallation);
    EXPECT_EQ(own->prev_hash, hash);
    EXPECT_EQ(own->sequence, 42U);
    EXPECT_EQ(own->kind, LineKind::event);

    Event opened = make_event(Action::segment_opened, WallTime{});
    opened.facts = {{Field::segment_first_sequence, std::int64_t{43}}};
    const std::string first_line = encode(opened, format, origin(), kInstallation, hash);
    const auto first = read_own_line(first_line);
    ASSERT_TRUE(first) << first_line;
    EXPECT_EQ(first->sequence, 43U);
    EXPECT_EQ(first->kind, LineKind::segment_opened);

    for (const auto& [action, kind] :
         {std::pair{Action::checkpoint, LineKind::checkpoint},
          std::pair{Action::segments_removed, LineKind::segments_removed}}) {
      const std::string text =
          encode(make_event(action, WallTime{}), format, origin(), kInstallation, hash);
      const auto other = read_own_line(text);
      ASSERT_TRUE(other);
      EXPECT_EQ(other->kind, kind);
      EXPECT_EQ(other->sequence, 0U);
    }
  }
}

TEST(OwnLine, NothingElseIsOne) {
  const std::string hash(64, 'a');
  for (const EventFormat format : kFormats) {
    const auto encoded = [&](const Event& event, std::string_view installation,
                             std::string_view prev_hash) {
      return encode(event, format, origin(), installation, prev_hash);
    };
    EXPECT_FALSE(read_own_line(encoded(event(42), kInstallation, "")));  // not chained
    EXPECT_FALSE(read_own_line(encoded(event(42), kInstallation, "aa")));
    EXPECT_FALSE(read_own_line(encoded(event(42), "", hash)));
    EXPECT_FALSE(read_own_line(encoded(event(0), kInstallation, hash)));
    const std::string line = encoded(event(42), kInstallation, hash);
    ASSERT_TRUE(read_own_line(line));
    std::string other = line;
    other.insert(1, R"("other":1,)");
    EXPECT_FALSE(read_own_line(other));
    for (const std::string_view sequence : {"-1", "0", "4.2", "\"42\"", "99999999999999999999"}) {
      other = line;
      other.replace(other.find("\"sequence\":42"), 13, "\"sequence\":" + std::string(sequence));
      EXPECT_FALSE(read_own_line(other)) << sequence;
    }
  }
}

// A line of a stranger's hand may say any time.
TEST(OwnLine, ATimeBeyondAllClocksIsATime) {
  const auto time = [](const std::string& number) {
    return find_time(R"({"time":)" + number + "}");
  };
  EXPECT_EQ(time("1793534400000"), wall("2026-11-01T12:00:00Z"));
  EXPECT_GT(time("9223372036854775807"), wall("2200-01-01T00:00:00Z"));
  EXPECT_NE(time("18446744073709551615"), std::nullopt);
}

TEST(SegmentName, RoundTrip) {
  const SegmentName name{wall("2026-11-22T16:00:00Z"), 1042, 0}, again{name.started, 1042, 3};
  EXPECT_EQ(to_string(name), "audit-20261122T160000Z-1042.jsonl");
  EXPECT_EQ(to_string(again), "audit-20261122T160000Z-1042-3.jsonl");
  EXPECT_EQ(parse_segment_name(to_string(name)), name);
  EXPECT_EQ(parse_segment_name(to_string(again)), again);
  for (const std::string_view bad :
       {"", "audit-.jsonl", "audit-20261122T160000Z.jsonl", "audit-20261122T160000Z-.jsonl",
        "audit-20261122T160000Z-01.jsonl", "audit-20261122T160000Z-1-0.jsonl",
        "audit-20261122T160000Z-1.jsonl.1", "audit-20261122T160000Z-1.jsonl.gz",
        "audit-20261322T160000Z-1.jsonl", "audit-20261122T160000+-1.jsonl",
        "audit-20261122T160000Z-99999999999999999999.jsonl", "audit-20261122T160000Z-1-2-3.jsonl",
        "audit-20261122T160000Z-1-.jsonl", "AUDIT-20261122T160000Z-1.jsonl",
        "audit-2026-11-22T16:00:00Z-1.jsonl"}) {
    EXPECT_EQ(parse_segment_name(bad), std::nullopt) << bad;
  }
}

TEST(SegmentName, TheNextIsAlwaysGreater) {
  const WallTime now = wall("2026-11-22T16:00:00.9Z");
  const auto next = [&](std::optional<SegmentName> newest, std::uint64_t first) {
    return to_string(next_segment_name(newest, now, first));
  };
  const SegmentName same{wall("2026-11-22T16:00:00Z"), 7, 0};
  EXPECT_EQ(next({}, 7), "audit-20261122T160000Z-7.jsonl");
  EXPECT_EQ(next(same, 8), "audit-20261122T160000Z-8.jsonl");
  EXPECT_EQ(next(same, 7), "audit-20261122T160000Z-7-1.jsonl");
  EXPECT_EQ(next(same, 1), "audit-20261122T160001Z-1.jsonl");
  EXPECT_EQ(next(SegmentName{same.started, 7, 1}, 7), "audit-20261122T160000Z-7-2.jsonl");
  const SegmentName later{wall("2026-11-22T17:00:00Z"), 7, 0};
  EXPECT_EQ(next(later, 9), "audit-20261122T170000Z-9.jsonl");
}

}  // namespace
}  // namespace wgaudit::test
