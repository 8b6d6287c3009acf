#include "exporter/codec/event_line.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/codec/event_examples.hpp"
#include "tests/support/event_recorder.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

std::string within(std::string_view text, std::size_t max_bytes, bool whole) {
  JsonWriter out;
  EXPECT_EQ(out.text_within(text, max_bytes), whole) << text;
  return out.take_line();
}

TEST(JsonWriter, CutsAtACharacterByItsLengthInJson) {
  struct Case {
    std::string text;
    std::size_t max_bytes;
    std::string want;
    bool whole;
  };
  const Case cases[] = {
      {"", 0, "\"\"", true},
      {"abc", 3, "\"abc\"", true},
      {"abcd", 3, "\"abc\"", false},
      {"a\"b", 3, "\"a\\\"\"", false},
      {"a\"b", 4, "\"a\\\"b\"", true},
      {"\x01\x01", 11, "\"\\u0001\"", false},
      {"\xc3\xa9\xc3\xa9", 3, "\"\xc3\xa9\"", false},
      {"\xf0\x9f\x98\x80", 3, "\"\"", false},
      {"\xf0\x9f\x98\x80", 4, "\"\xf0\x9f\x98\x80\"", true},
      {"\xff\xff", 5, "\"\xef\xbf\xbd\"", false},
      {"ab\xe2\x80\xa8", 7, "\"ab\"", false},
      {std::string(9'999, 'x') + "\xc3\xa9", 2, "\"xx\"", false},
  };
  for (const Case& c : cases) EXPECT_EQ(within(c.text, c.max_bytes, c.whole), c.want);
}

TEST(JsonWriter, EscapesWhatSomeReadersTakeForALineEnd) {
  EXPECT_EQ(within("\xe2\x80\xa8 \xe2\x80\xa9 \xc2\x85 \xc2\xa0", 100, true),
            "\"\\u2028 \\u2029 \\u0085 \xc2\xa0\"");
}

TEST(JsonWriter, WritesCompactToo) {
  JsonWriter out;
  out.begin_object(JsonWriter::Layout::compact);
  out.text("a", "b");
  out.key("c");
  out.begin_array(JsonWriter::Layout::compact);
  out.integer(-9'223'372'036'854'775'807 - 1);
  out.boolean(true);
  out.end_array();
  out.end_object();
  EXPECT_EQ(out.take_line(), R"({"a":"b","c":[-9223372036854775808,true]})");
}

TEST(EventLine, OpensAndClosesAsPathsDemand) {
  ListDigests digests;
  EventLine line({}, digests);
  const auto add = [&](Field field, Value value) {
    line.add(member_of(field, field_info(field).ecs), value);
  };
  add(Field::down_seconds, std::int64_t{1});
  add(Field::lost_first, std::int64_t{2});
  add(Field::before_interface_name, "wg0");
  add(Field::message, "m");
  add(Field::observer_interface, "wg0");
  EXPECT_EQ(line.take(), R"({"wireguard":{"audit":{"down_seconds":1,"lost":{"first":2}},)"
                         R"("before":{"interface":{"name":"wg0"}}},"message":"m",)"
                         R"("observer":{"ingress":{"interface":{"name":"wg0"}}}})");
  EXPECT_FALSE(line.cut());
}

TEST(EventLine, CutsListsButNeverAKey) {
  ListDigests digests;
  EventLine line({.text = 5, .list = 16}, digests);
  const auto add = [&](Field field, Value value) {
    line.add(member_of(field, field_info(field).ecs), value);
  };
  const std::string key(44, 'k');
  add(Field::before_public_key, key);
  EXPECT_FALSE(line.cut());
  // printf 'aaaa\nbbbbbbb\ncccc\n' | sha256sum
  add(Field::before_at, std::vector<std::string>{"aaaa", "bbbbbbb", "cccc"});
  EXPECT_TRUE(line.cut());
  EXPECT_EQ(line.take(),
            R"({"wireguard":{"before":{"public_key":")" + key + R"(","at":["aaaa","bbbbb"],)" +
                R"("at_count":3,"at_sha256":)"
                R"("b138d536c38fc2b2e28d5b53106c9e2447778fc792ebb9b83e20fb49aa8f29d2"}}})");
}

TEST(EventLine, AListOfOneObjectAndObservables) {
  ListDigests digests;
  EventLine line({}, digests);
  line.add({"a[].b.c"}, std::int64_t{1});
  line.add({"a[].b.d"}, std::int64_t{2});
  line.add({"a[].e"}, std::int64_t{3});
  const std::vector<Observable> observables = {{"x.y", 2, "IP Address", "192.0.2.1"}};
  line.add_observables("o", observables);
  EXPECT_EQ(line.take(),
            R"({"a":[{"b":{"c":1,"d":2},"e":3}],)"
            R"("o":[{"name":"x.y","type_id":2,"type":"IP Address","value":"192.0.2.1"}]})");
  EXPECT_FALSE(line.cut());
}

TEST(EventRecorder, AppendsWhereItIsToldTo) {
  const test::TempDir directory;
  const char* before = std::getenv("WGAUDIT_TEST_EVENTS");
  const std::string kept = before == nullptr ? "" : before;
  const auto events = test::example_events();
  ASSERT_EQ(setenv("WGAUDIT_TEST_EVENTS", directory.path().c_str(), 1), 0);
  test::record_events(std::span(events).first(2), "a test/1");
  test::record_events(std::span(events).subspan(2, 1), "a test/1");
  ASSERT_EQ(setenv("WGAUDIT_TEST_EVENTS", kept.c_str(), 1), 0);  // empty: nothing
  std::string want;
  for (std::size_t i = 0; i < 3; ++i) {
    want += to_ecs(events[i], test::example_origin(), test::kInstallation) + '\n';
  }
  EXPECT_EQ(test::read_file(directory.path() / (std::to_string(getpid()) + "-a_test_1.jsonl")),
            want);
}

}  // namespace
}  // namespace wgaudit
