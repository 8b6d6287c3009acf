#include "exporter/store/fact_codec.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

using namespace std::string_literals;

// One of each type, with bytes that are no text.
std::vector<Fact> sample() {
  return {{Field::clean_shutdown, true},
          {Field::down_seconds, std::int64_t{-1}},
          {Field::finding_detail, "a\0b\xff\xfe"s},
          {Field::finding_since, test::wall("2026-08-01T00:00:00.123456789Z")},
          {Field::peer_allowed_ips, std::vector<std::string>{"10.0.0.0/8", "", "\0\x80"s}},
          {Field::rotation_added_id, EventRef{~std::uint64_t{0}}},
          {Field::session_id, SessionRef{7}}};
}

TEST(FactCodec, DecodesWhatItEncodes) {
  EXPECT_EQ(decode_facts(encode_facts(sample())), sample());
  EXPECT_EQ(decode_facts(encode_facts({})), std::vector<Fact>{});
}

TEST(FactCodec, EncodesEveryFieldByItsName) {
  for (const FieldInfo& info : fields()) {
    Value value = true;
    switch (info.type) {
      case FieldType::keyword:
      case FieldType::ip:
        value = "x"s;
        break;
      case FieldType::keywords:
      case FieldType::ips:
        value = std::vector<std::string>{"x"};
        break;
      case FieldType::number:
        value = std::int64_t{1};
        break;
      case FieldType::boolean:
        break;
      case FieldType::date:
        value = WallTime{Duration{1}};
        break;
      case FieldType::event_id:
        value = EventRef{1};
        break;
      case FieldType::session_id:
        value = SessionRef{1};
        break;
    }
    const std::vector<Fact> facts{{info.field, value}};
    const std::string bytes = encode_facts(facts);
    EXPECT_NE(bytes.find(info.ecs), std::string::npos);
    EXPECT_EQ(decode_facts(bytes), facts) << info.ecs;
  }
}

// The bytes on disk, pinned: an outbox outlives the release that wrote it.
TEST(FactCodec, KeepsItsFormat) {
  const std::string bytes =
      encode_facts({{Field::message, "hi"s}, {Field::source_port, std::int64_t{258}}});
  EXPECT_EQ(bytes, "\x01\x07message\x02\x02\0\0\0hi\x0bsource.port\x01\x02\x01\0\0\0\0\0\0"s);
}

TEST(FactCodec, DropsWhatThisReleaseDoesNotKnow) {
  const std::string known = encode_facts({{Field::message, "hi"s}});
  const std::string other_name = "\x03new\x04\x01\0\0\0\x01\0\0\0x"s;
  const std::string other_type = "\x0bsource.port\x02\x01\0\0\0x"s;
  EXPECT_EQ(decode_facts(known + other_name), (std::vector<Fact>{{Field::message, "hi"s}}));
  EXPECT_EQ(decode_facts(known + other_type), (std::vector<Fact>{{Field::message, "hi"s}}));
}

TEST(FactCodec, RefusesNonsense) {
  const std::string message = "\x07message\x02\x01\0\0\0x"s;
  struct Case {
    const char* name;
    std::string bytes;
  };
  const Case cases[] = {
      {"nothing", ""},
      {"another version", "\x02"s + message},
      {"a field twice", "\x01"s + message + message},
      {"an unknown tag", "\x01\x07message\x07\0\0\0\0"s},
      {"a bool of 2", "\x01\x1ewireguard.audit.clean_shutdown\0\x02"s},
      {"a text beyond the end", "\x01\x07message\x02\xff\xff\xff\xffx"s},
      {"texts beyond the end", "\x01\x07message\x04\xff\xff\xff\xff"s},
      {"a name beyond the end", "\x01\xffmessage"s},
  };
  for (const Case& c : cases) EXPECT_FALSE(decode_facts(c.bytes)) << c.name;
}

TEST(FactCodec, RefusesEveryPrefixThatEndsWithinAFact) {
  const std::string bytes = encode_facts(sample());
  std::size_t whole = 0;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    if (const auto facts = decode_facts(std::string_view(bytes).substr(0, size))) {
      EXPECT_EQ(facts->size(), whole);
      ++whole;
    }
  }
  EXPECT_EQ(whole, sample().size() + 1);
}

TEST(FactCodec, SurvivesFlippedBytes) {
  std::mt19937 random(1);
  const std::string bytes = encode_facts(sample());
  for (int i = 0; i < 20'000; ++i) {
    std::string flipped = bytes;
    for (int flips = 0; flips < 3; ++flips) {
      flipped[random() % flipped.size()] ^= static_cast<char>(random());
    }
    const auto facts = decode_facts(flipped);
    if (facts) EXPECT_LE(facts->size(), sample().size());
  }
}

}  // namespace
}  // namespace wgaudit
