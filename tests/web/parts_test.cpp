#include <gtest/gtest.h>

#include "exporter/config/listen_address.hpp"
#include "exporter/web/head.hpp"
#include "exporter/web/reply.hpp"
#include "exporter/web/routes.hpp"

namespace wgaudit::test {
namespace {

TEST(ListenAddress, IsParsed) {
  const struct {
    std::string text;
    std::optional<ListenAddress> want;
  } cases[] = {
      {"127.0.0.1:9586", ListenAddress{"127.0.0.1", 9586}},
      {"[::1]:0", ListenAddress{"::1", 0}},
      {":9586", ListenAddress{"", 9586}},
      {"localhost:65535", ListenAddress{"localhost", 65535}},
      {"127.0.0.1", {}},
      {"127.0.0.1:", {}},
      {"127.0.0.1:65536", {}},
      {"127.0.0.1:+1", {}},
      {"127.0.0.1:9x", {}},
      {"::1:9586", {}},
      {"[]:9586", {}},
      {"[::1:9586", {}},
      {"a b:9586", {}},
      {"", {}},
      {"unix:/run/wgaudit.sock", ListenAddress{"", 0, "/run/wgaudit.sock"}},
      {"unix:wgaudit.sock", {}},
      {"unix:/", {}},
      {"unix:/run/", {}},
      {"unix:/" + std::string(107, 'x'), {}},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(parse_listen_address(text), want) << text;
}

TEST(ScrapeTimeLimit, IsHalfASecondLessAtMostFive) {
  using std::chrono::milliseconds;
  const struct {
    std::optional<std::string> header;
    milliseconds want;
  } cases[] = {
      {std::nullopt, milliseconds{5000}}, {"10", milliseconds{5000}},
      {"5.5", milliseconds{5000}},        {"3", milliseconds{2500}},
      {"0.75", milliseconds{250}},        {"0.5", milliseconds{0}},
      {"0.1", milliseconds{0}},           {"0", milliseconds{5000}},
      {"-3", milliseconds{5000}},         {"", milliseconds{5000}},
      {"3s", milliseconds{5000}},         {" 3", milliseconds{5000}},
      {"nan", milliseconds{5000}},        {"inf", milliseconds{5000}},
      {"3e0", milliseconds{5000}},        {"1" + std::string(400, '0'), milliseconds{5000}},
  };
  for (const auto& [header, want] : cases) {
    EXPECT_EQ(scrape_time_limit(header), want) << header.value_or("absent");
  }
}

TEST(OwnHost, IsAnAddressLocalhostOrTheName) {
  for (const auto own :
       {"127.0.0.1", "127.0.0.1:9586", "192.0.2.7", "[::1]", "[2001:db8::1]:9586", "localhost",
        "LOCALHOST:9586", "localhost.", "gw1.example.org:9586", "GW1.example.org", "gw1"}) {
    EXPECT_TRUE(is_own_host(own, "gw1.example.org")) << own;
  }
  for (const auto other : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                           "gw1.evil.example", "localhost:9586@evil.example", "[::1", "[evil]",
                           "::1", "[127.0.0.1]", "localhost:x", ":9586", "."}) {
    EXPECT_FALSE(is_own_host(other, "gw1.example.org")) << other;
  }
  EXPECT_FALSE(is_own_host(".", ""));
}

TEST(Page, AnswersWhoMaySeePeopleAndByItsOwnNamesAlone) {
  const Site site{
      "/metrics",
      "gw1",
      {"wg.example.org"},
      {.metrics = {},
       .not_ready = {},
       .view = [] { return std::shared_ptr<const View>(); },
       .pages = {.now = [] { return WallTime{}; }, .delivery = {}, .history = {}, .origin = {}}}};
  const Visitor near{.local = true}, known{.authenticated = true}, stranger;
  RequestHead head;
  for (const auto* path : {"/", "/style.css", "/api/v1/openapi.json", "/api/v1/status"}) {
    const int there = std::string_view(path) == "/api/v1/status" ? 503 : 200;  // no poll yet
    for (const auto* name : {"gw1:9586", "WG.example.org", "192.0.2.1"}) {
      head.host = name;
      EXPECT_EQ(reply_to(site, path, head, near).status, there) << path << ' ' << name;
      EXPECT_EQ(reply_to(site, path, head, known).status, there) << path << ' ' << name;
      EXPECT_EQ(reply_to(site, path, head, stranger).status, 403) << path << ' ' << name;
    }
    head.host = "evil.example:9586";
    EXPECT_EQ(reply_to(site, path, head, near).status, 403) << path;
    EXPECT_EQ(reply_to(site, path, head, known).status, 403) << path;
    head.host.reset();
    EXPECT_EQ(reply_to(site, path, head, near).status, 403) << path;
  }
  EXPECT_EQ(reply_to(site, "/-/healthy", head, stranger).status, 200);
}

// As Prometheus asks whom `inventory sd` sends; another gateway's address is nothing of ours.
TEST(Page, AnswersByItsAddressInTheInventory) {
  auto inventory = std::make_shared<Inventory>();
  inventory->gateways.resize(3);
  inventory->gateways[0].name = "gw1";
  inventory->gateways[0].address = "gw1.corp.example:9586";
  inventory->gateways[1].name = "gw2";
  inventory->gateways[1].address = "gw2.corp.example:9586";
  const auto view = std::make_shared<View>();
  view->gateway = "gw1";
  view->inventory = inventory;
  RequestHead head;
  head.host = "gw1.corp.example:9586";
  EXPECT_FALSE(keep_out({}, head, {.local = true}, view.get()));
  EXPECT_TRUE(keep_out({}, head, {.local = true}, nullptr));
  EXPECT_TRUE(keep_out({}, head, {}, view.get()));
  for (const auto* other : {"gw2.corp.example:9586", "gw1:1", "corp.example", ""}) {
    head.host = other;
    EXPECT_TRUE(keep_out({}, head, {.local = true}, view.get())) << other;
  }
  view->gateway = "unlisted";
  head.host = "";
  EXPECT_TRUE(keep_out({}, head, {.local = true}, view.get()));
}

TEST(Head, IsFoundHoweverItIsCut) {
  const std::string whole = "GET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
  const std::size_t end = whole.size() - 4;
  std::size_t scanned = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const auto found = find_head(whole.substr(0, size), scanned);
    ASSERT_TRUE(found) << size;
    EXPECT_EQ(*found, size < end ? std::nullopt : std::optional(end)) << size;
    if (size < end) scanned = size;
  }
}

TEST(Head, KeepsTheConnectionOnlyWhenTheNextRequestIsCertain) {
  const struct {
    std::string_view lines;
    bool keep;
  } cases[] = {
      {"GET / HTTP/1.1\r\n", true},
      {"GET / HTTP/1.0\r\n", false},
      {"GET / HTTP/1.1\r\nConnection: Close\r\n", false},
      {"GET / HTTP/1.1\r\nCONNECTION: te , close\r\n", false},
      {"GET / HTTP/1.1\r\nConnection: closed\r\n", true},
      {"GET / HTTP/1.1\r\nContent-Length: 0\r\n", true},
      {"GET / HTTP/1.1\r\nContent-Length: 1\r\n", false},
      {"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", false},
  };
  for (const auto& [lines, keep] : cases) {
    const auto head = parse_head(std::string(lines) + "Host: x\r\n\r\n");
    ASSERT_TRUE(head) << lines;
    EXPECT_EQ(head->keep_alive, keep) << lines;
  }
}

// RFC 9112, 3.2 and 3.2.2. No host: an error.
TEST(Head, KnowsItsHostByTheTargetOrTheHeader) {
  using Text = std::optional<std::string>;
  const std::string with_host = " HTTP/1.1\r\nHost: b:1\r\n\r\n", old = " HTTP/1.0\r\n\r\n";
  const struct {
    std::string request, target;
    Text host;
  } cases[] = {
      {"/x?y=z" + with_host, "/x?y=z", "b:1"},
      {"http://a/x?y=z" + with_host, "/x?y=z", "a"},
      {"HTTPS://[::1]:9586/" + with_host, "/", "[::1]:9586"},
      {"http://a.example:80" + with_host, "/", "a.example:80"},
      {"http://a?y=/z" + with_host, "/?y=/z", "a"},
      {"http://a/http://c/" + with_host, "/http://c/", "a"},
      {"http://a/x" + old, "/x", "a"},
      {"/ HTTP/1.1\r\nHost:\r\n\r\n", "/", ""},
      {"/" + old, "/", std::nullopt},
  };
  for (const auto& [request, target, host] : cases) {
    const auto head = parse_head("GET " + request);
    ASSERT_TRUE(head) << request;
    EXPECT_EQ(head->target, target) << request;
    EXPECT_EQ(head->host, host) << request;
  }
  for (const std::string wrong :
       {"http:///x", "http://", "http://:80/", "http://u@a/", "http://a\"b/", "http:/a", "a/b", "*",
        "ftp://a/", "httpx://a/"}) {
    const auto head = parse_head("GET " + wrong + with_host);
    ASSERT_FALSE(head) << wrong;
    EXPECT_EQ(head.error(), 400) << wrong;
  }
  for (const std::string wrong :
       {"/ HTTP/1.1\r\n\r\n", "http://a/ HTTP/1.1\r\n\r\n",
        "/ HTTP/1.1\r\nConnection: close\r\n\r\n", "/ HTTP/1.1\r\nHost: a b\r\n\r\n",
        "/ HTTP/1.1\r\nHost: a/b\r\n\r\n", "/ HTTP/1.1\r\nHost: u@a\r\n\r\n",
        "/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"}) {
    const auto head = parse_head("GET " + wrong);
    ASSERT_FALSE(head) << wrong;
    EXPECT_EQ(head.error(), 400) << wrong;
  }
}

TEST(Answer, HasADateBehindItsStatusLine) {
  using namespace std::chrono_literals;
  const struct {
    WallTime time;
    std::string_view date;
  } cases[] = {
      {WallTime{784111777s}, "Sun, 06 Nov 1994 08:49:37 GMT"},  // the example of RFC 9110, 5.6.7
      {WallTime{1709251199s + 999ms}, "Thu, 29 Feb 2024 23:59:59 GMT"},
      {WallTime{0s}, "Thu, 01 Jan 1970 00:00:00 GMT"},
  };
  for (const auto& [time, date] : cases) {
    Answer answer{.head = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n"};
    add_date(answer, time);
    EXPECT_EQ(answer.head, "HTTP/1.1 200 OK\r\nDate: " + std::string(date) + "\r\nX: y\r\n\r\n");
  }
}

TEST(Head, HasAHundredHeadersAtMostAndOnePassword) {
  std::string lines = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (std::size_t i = 1; i < kMaxHeaders; ++i) lines += "X: y\r\n";
  EXPECT_TRUE(parse_head(lines + "\r\n"));
  EXPECT_EQ(parse_head(lines + "X: y\r\n\r\n").error(), 431);
  const std::string one = "Authorization: Basic eDp5\r\n";
  const auto head = parse_head("GET / HTTP/1.1\r\nHost: x\r\n" + one + "\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->authorization, "Basic eDp5");
  EXPECT_EQ(parse_head("GET / HTTP/1.1\r\nHost: x\r\n" + one + one + "\r\n").error(), 400);
}

}  // namespace
}  // namespace wgaudit::test
