#include "collectors/model/key.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

TEST(Key, PrintsAndParsesBack) {
  for (int i = 0; i < 1000; ++i) {
    const Key key = test::key("key " + std::to_string(i));
    EXPECT_EQ(parse_key(to_string(key)), key);
  }
}

// printf '\1\0…\0' | base64, and the key that `wg pubkey` prints for one fixed scalar.
TEST(Key, KnownForms) {
  Key key;
  EXPECT_EQ(to_string(key), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
  key.bytes.fill(0xff);
  EXPECT_EQ(to_string(key), "//////////////////////////////////////////8=");
  EXPECT_EQ(short_form(key), "////////");
}

TEST(Key, RefusesWhatWgRefuses) {
  const std::string good = to_string(test::key("alice"));
  const std::string cases[] = {
      "",
      good.substr(1),
      good + "=",
      good.substr(0, 43) + "A",     // no padding
      "*" + good.substr(1),         // not base64
      std::string(42, 'A') + "B=",  // unused bits set
      good.substr(0, 43) + std::string(1, '\0'),
  };
  for (const auto& text : cases) EXPECT_EQ(parse_key(text), std::nullopt) << text;
}

TEST(Key, HexOfEitherCase) {
  Key key;
  key.bytes[0] = 0xab;
  key.bytes[31] = 0x0f;
  EXPECT_EQ(parse_hex_key("ab" + std::string(60, '0') + "0f"), key);
  EXPECT_EQ(parse_hex_key("AB" + std::string(60, '0') + "0F"), key);
  EXPECT_EQ(parse_hex_key("ab"), std::nullopt);
  EXPECT_EQ(parse_hex_key("zz" + std::string(62, '0')), std::nullopt);
}

TEST(Key, OrdersByBytes) {
  Key low, high;
  low.bytes[0] = 0x01;
  high.bytes[0] = 0x80;  // a signed comparison would turn these round
  EXPECT_LT(low, high);
}

}  // namespace
}  // namespace wgaudit
