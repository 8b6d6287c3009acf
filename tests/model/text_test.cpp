#include "collectors/model/text.hpp"

#include <gtest/gtest.h>

namespace wgaudit {
namespace {

TEST(Text, MakesUtf8Valid) {
  struct Case {
    std::string_view input, want;
  };
  const Case cases[] = {
      {"plain", "plain"},
      {"wg\xc3\xa9", "wg\xc3\xa9"},
      {"\xff", "\xef\xbf\xbd"},
      {"a\xc3", "a\xef\xbf\xbd"},
      {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                  // overlong
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                  // surrogate
      {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // > U+10FFFF
      {"\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91"},
  };
  for (const auto& c : cases) EXPECT_EQ(to_valid_utf8(c.input), c.want);
}

TEST(Text, PrintableEscapesControls) {
  EXPECT_EQ(to_printable("a\x1b[31m\n\x7f"), "a\\x1b[31m\\x0a\\x7f");
  EXPECT_EQ(to_printable("a\xc2\x9b"
                         "31m \xc2\xa0\xc3\xa9"),
            "a\\x9b31m \xc2\xa0\xc3\xa9");
}

TEST(Text, InterfaceNamesAsTheKernelTakesThem) {
  for (const std::string_view name :
       {"wg0", "w\"g\\b{x}", "wg\xc3\xa9", "123456789012345", "-", "a.b"}) {
    EXPECT_TRUE(is_interface_name(name)) << name;
  }
  for (const std::string_view name :
       {"", ".", "..", "a/b", "a:b", "a b", "a\tb", "1234567890123456", "wg\xc3\xa0"}) {
    EXPECT_FALSE(is_interface_name(name)) << name;
  }
}

}  // namespace
}  // namespace wgaudit
