#include "exporter/net/http_url.hpp"

#include <gtest/gtest.h>

namespace wgaudit::test {
namespace {

TEST(HttpUrl, IsTakenApart) {
  const struct {
    std::string_view text;
    HttpUrl want;
    std::string_view host;
  } cases[] = {
      {"https://siem.example.org", {true, {"siem.example.org", 443}, "/"}, "siem.example.org"},
      {"https://siem.example.org:9200/_bulk?pipeline=wg",
       {true, {"siem.example.org", 9200}, "/_bulk?pipeline=wg"},
       "siem.example.org:9200"},
      {"http://127.0.0.1:80/x", {false, {"127.0.0.1", 80}, "/x"}, "127.0.0.1"},
      {"https://[2001:db8::1]:8088/", {true, {"2001:db8::1", 8088}, "/"}, "[2001:db8::1]:8088"},
      {"http://[::1]", {false, {"::1", 80}, "/"}, "[::1]"},
      {"https://a?b=c", {true, {"a", 443}, "/?b=c"}, "a"},
  };
  for (const auto& c : cases) {
    const auto url = parse_http_url(c.text);
    ASSERT_TRUE(url) << c.text << ": " << url.error();
    EXPECT_EQ(*url, c.want) << c.text;
    EXPECT_EQ(host_header(*url), c.host);
  }
}

TEST(HttpUrl, WhatIsNoneIsRefused) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"siem.example.org", "not a URL that begins with https:// or http://"},
      {"ftp://siem", "not a URL that begins with https:// or http://"},
      {"https://", "has no host, or one that is none"},
      {"https:///x", "has no host, or one that is none"},
      {"https://a b/", "holds a byte that no URL may hold"},
      {"https://a/\r\nX: y", "holds a byte that no URL may hold"},
      {"https://\xc3\xa4/", "holds a byte that no URL may hold"},
      {"https://user:secret@siem/", "names a user: secrets come from files"},
      {"https://a/#x", "has a fragment"},
      {"https://a:0/", "has a port that is none"},
      {"https://a:65536/", "has a port that is none"},
      {"https://a:/", "has a port that is none"},
      {"https://[::1/", "has no host, or one that is none"},
      {"https://[127.0.0.1]/", "has no host, or one that is none"},
      {"https://[::1]x/", "has a port that is none"},
  };
  for (const auto& [text, why] : cases) {
    const auto url = parse_http_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error(), why) << text;
  }
}

}  // namespace
}  // namespace wgaudit::test
