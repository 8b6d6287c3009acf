#include "collectors/model/cidr.hpp"

#include <gtest/gtest.h>

#include "collectors/model/endpoint.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

using test::cidr;

TEST(Cidr, ParsesMasksAndPrints) {
  struct Case {
    std::string_view input, want;
  };
  const Case cases[] = {
      {"10.0.0.2/32", "10.0.0.2/32"},
      {"10.0.0.2", "10.0.0.2/32"},
      {"10.1.2.3/8", "10.0.0.0/8"},
      {"255.255.255.255/1", "128.0.0.0/1"},
      {"0.0.0.0/0", "0.0.0.0/0"},
      {"fd00::1/64", "fd00::/64"},
      {"fd00::1", "fd00::1/128"},
      {"::/0", "::/0"},
      {"2001:DB8::1/127", "2001:db8::/127"},
      {"::ffff:1.2.3.4/128", "::ffff:1.2.3.4/128"},
      {"192.168.7.255/23", "192.168.6.0/23"},
  };
  for (const auto& c : cases) {
    const auto got = parse_cidr(c.input);
    ASSERT_TRUE(got) << c.input;
    EXPECT_EQ(to_string(*got), c.want);
    EXPECT_EQ(parse_cidr(to_string(*got)), got);
  }
}

TEST(Cidr, RefusesTheRest) {
  for (const std::string_view text :
       {"", "/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8 ", "10.0.0/8", "fd00::/129",
        "fd00::1%eth0/64", "example.org", "10.0.0.0/8/8", "10.0.0.0/+8", "010.0.0.1x"}) {
    EXPECT_EQ(parse_cidr(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_cidr(std::string_view("10.0.0.1\0", 9)), std::nullopt);
}

TEST(Cidr, Contains) {
  struct Case {
    std::string_view outer, inner;
    bool want;
  };
  const Case cases[] = {
      {"10.0.0.0/8", "10.1.0.0/16", true},  {"10.1.0.0/16", "10.0.0.0/8", false},
      {"10.0.0.0/8", "11.0.0.0/8", false},  {"0.0.0.0/0", "203.0.113.7/32", true},
      {"0.0.0.0/0", "::/0", false},         {"10.0.0.0/9", "10.128.0.0/9", false},
      {"10.0.0.2/32", "10.0.0.2/32", true}, {"fd00::/8", "fd00::/64", true},
      {"fd00::/127", "fd00::1/128", true},  {"fd00::/127", "fd00::2/128", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(contains(cidr(c.outer), cidr(c.inner)), c.want) << c.outer << ' ' << c.inner;
  }
}

TEST(Endpoint, ParsesAndPrints) {
  for (const std::string_view text :
       {"192.0.2.1:51820", "[2001:db8::1]:51820", "[fe80::1%3]:1", "203.0.113.9:65535"}) {
    const auto got = parse_endpoint(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(to_string(*got), text);
  }
  for (const std::string_view text :
       {"", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "2001:db8::1:51820", "[192.0.2.1]:1",
        "[2001:db8::1:1", "[fe80::1%eth0]:1", "host:1", "192.0.2.1:-1"}) {
    EXPECT_EQ(parse_endpoint(text), std::nullopt) << text;
  }
  EXPECT_EQ(to_string(Endpoint{}), "");
}

}  // namespace
}  // namespace wgaudit
