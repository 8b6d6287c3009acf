// The API's answers, byte for byte; page after page; what is wrong with a request.
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "exporter/codec/scrape_targets.hpp"
#include "tests/pages/example.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

std::string next_cursor(const Page& page) {
  std::smatch found;
  static const std::regex cursor("\"next_cursor\": \"([^\"]+)\"");
  return std::regex_search(page.body, found, cursor) ? found[1].str() : "";
}

// The values of a member on all pages.
std::vector<std::string> walk(const Example& gateway, const std::string& target,
                              const std::string& member) {
  std::vector<std::string> values;
  std::string cursor;
  const std::regex value('"' + member + "\": \"([^\"]+)\"");
  for (int pages = 0; pages < 100; ++pages) {
    const Page page = gateway.get(target + (cursor.empty() ? "" : "&cursor=" + cursor));
    EXPECT_EQ(page.status, 200) << page.body;
    for (std::sregex_iterator it(page.body.begin(), page.body.end(), value), end; it != end; ++it) {
      values.push_back((*it)[1].str());
    }
    cursor = next_cursor(page);
    if (cursor.empty()) return values;
  }
  ADD_FAILURE() << "it has no end: " << target;
  return values;
}

TEST(Api, AnswersAreTheGoldens) {
  const Example gateway = example();
  for (const auto* name : {"status", "peers", "findings", "sessions", "events"}) {
    const Page page = gateway.get("/api/v1/" + std::string(name));
    EXPECT_EQ(page.status, 200) << name;
    EXPECT_EQ(page.content_type, "application/json") << name;
    EXPECT_FALSE(page.lasting) << name;
    EXPECT_TRUE(matches_golden("pages/golden/api-" + std::string(name) + ".json",
                               without_version(page.body)));
  }
}

TEST(Api, HasTheTargetsThatTheCommandWrites) {
  Example gateway = example();
  auto inventory = std::make_shared<Inventory>(*gateway.view->inventory);
  inventory->gateways = {
      {.name = "gw1", .address = "gw1.example.org:9586", .labels = {}, .interfaces = {}},
      {.name = "gw2", .address = "", .labels = {}, .interfaces = {}}};
  gateway.view->inventory = inventory;
  const Page page = gateway.get("/api/v1/sd");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "application/json");
  EXPECT_EQ(page.body, scrape_targets(*inventory).json);
  EXPECT_NE(page.body.find("gw1.example.org:9586"), std::string::npos);

  inventory->gateways[0].address = "https://gw1";
  const Page refused = gateway.get("/api/v1/sd");
  EXPECT_EQ(refused.status, 500) << "Prometheus keeps the targets that it has";
  EXPECT_NE(refused.body.find("gateway gw1: address: not HOST:PORT"), std::string::npos);
}

TEST(Api, PagesGoThroughAll) {
  const Example gateway = crowd(230);
  for (const auto* sort : {"principal", "-last_handshake", "findings"}) {
    const auto keys =
        walk(gateway, "/api/v1/peers?limit=50&sort=" + std::string(sort), "public_key");
    EXPECT_EQ(keys.size(), 230U) << sort;
    EXPECT_EQ(std::set(keys.begin(), keys.end()).size(), 230U) << sort;
  }
  const auto findings = walk(gateway, "/api/v1/findings?limit=7", "public_key");
  EXPECT_EQ(findings.size(), 23U);
  EXPECT_EQ(std::set(findings.begin(), findings.end()).size(), 23U);
}

TEST(Api, AsksTheHistoryForOneRowMoreThanAPage) {
  Example gateway = example();
  std::optional<HistoryRequest> asked;
  const auto answer = gateway.source.history;
  gateway.source.history = [&](const HistoryRequest& request) {
    asked = request;
    return answer(request);
  };
  const Page page = gateway.get("/api/v1/sessions?limit=2&principal=alice&since=1d");
  ASSERT_TRUE(asked && asked->sessions);
  EXPECT_EQ(asked->sessions->limit, 3U);
  EXPECT_EQ(asked->sessions->principal, "alice");
  EXPECT_FALSE(asked->events);
  const std::string cursor = next_cursor(page);
  ASSERT_NE(cursor, "");
  EXPECT_EQ(gateway.get("/api/v1/sessions?limit=2&cursor=" + cursor).status, 200);
  EXPECT_EQ(asked->sessions->behind->number, 2U);

  const std::string events = next_cursor(gateway.get("/api/v1/events?limit=1"));
  ASSERT_NE(events, "");
  EXPECT_EQ(asked->events->before, 0U);
  EXPECT_EQ(gateway.get("/api/v1/events?limit=1&cursor=" + events).status, 200);
  EXPECT_EQ(asked->events->before, 42U);
}

TEST(Api, SaysWhatIsWrongWithARequest) {
  const Example gateway = example();
  const struct {
    std::string target;
    int status;
    std::string parameter;
  } cases[] = {
      {"/api/v1/peers?limit=0", 400, "limit"},
      {"/api/v1/peers?colour=red", 400, "colour"},
      {"/api/v1/peers?q=a&q=b", 400, "q"},
      {"/api/v1/peers?cursor=x", 400, "cursor"},
      {"/api/v1/peers?sort=%22%3E", 400, "sort"},
      {"/api/v1/findings?cursor=AAAA", 400, "cursor"},
      {"/api/v1/findings?rule=none", 400, "rule"},
      {"/api/v1/sessions?since=x", 400, "since"},
      {"/api/v1/sessions?cursor=x", 400, "cursor"},
      {"/api/v1/events?limit=501", 400, "limit"},
      {"/api/v1/events?cursor=x", 400, "cursor"},
      {"/api/v1/status?x=1", 400, "x"},
      {"/api/v1/sd?x=1", 400, "x"},
      {"/api/v1/", 404, ""},
      {"/api/v2/peers", 404, ""},
  };
  for (const auto& [target, status, parameter] : cases) {
    const Page page = gateway.get(target);
    EXPECT_EQ(page.status, status) << target;
    EXPECT_EQ(page.content_type, "application/json") << target;
    const std::string want =
        "\"parameter\": " + (parameter.empty() ? "null" : '"' + parameter + '"');
    EXPECT_NE(page.body.find(want), std::string::npos) << page.body;
  }
  const std::string of_other_order = next_cursor(gateway.get("/api/v1/peers?limit=1"));
  EXPECT_EQ(gateway.get("/api/v1/peers?sort=status&cursor=" + of_other_order).status, 400);
}

TEST(Api, HasNothingToSayBeforeTheFirstPollOrWithoutTheDatabase) {
  Example gateway = example();
  gateway.view.reset();
  for (const auto* path : {"status", "peers", "findings", "sd"}) {
    const Page page = gateway.get("/api/v1/" + std::string(path));
    EXPECT_EQ(page.status, 503) << path;
    EXPECT_NE(page.body.find("no poll has ended yet"), std::string::npos) << path;
  }
  gateway.source.history = [](const HistoryRequest&) -> std::expected<HistoryAnswer, Error> {
    return std::unexpected(Error{"cannot read the state database", "", "it took too long"});
  };
  for (const auto* path : {"sessions", "events"}) {
    const Page page = gateway.get("/api/v1/" + std::string(path));
    EXPECT_EQ(page.status, 503) << path;
    EXPECT_NE(page.body.find("it took too long"), std::string::npos) << path;
  }
}

}  // namespace
}  // namespace wgaudit::test
