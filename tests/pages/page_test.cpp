// Every state of every page, byte for byte.
#include <gtest/gtest.h>

#include "tests/pages/example.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

testing::AssertionResult is_golden(std::string_view name, const Page& page) {
  return matches_golden("pages/golden/" + std::string(name), without_version(page.body));
}

std::string peer_target(std::string_view name) {
  Query query;
  query.set("interface", "wg0");
  query.set("key", to_string(key(name)));
  return query.link("/peer");
}

TEST(Pages, OfAGatewayAreTheGoldens) {
  const Example gateway = example();
  const struct {
    std::string target;
    int status;
    std::string_view file;
  } cases[] = {
      {"/", 200, "gateway.html"},
      {"/?q=alice&status=active&role=laptop&sort=-received_bytes&limit=25", 200, "filtered.html"},
      {"/?q=%3Cscript%3E%22", 200, "nothing-matches.html"},
      {"/?status=x%3Cb%3E", 400, "bad-request.html"},
      {"/findings", 200, "findings.html"},
      {"/findings?state=all&rule=dormant_key", 200, "findings-of-rule.html"},
      {peer_target("alice"), 200, "peer.html"},
      {peer_target("eve"), 200, "peer-revoked.html"},
      {peer_target("mallory"), 200, "peer-unknown.html"},
      {peer_target("nobody"), 404, "peer-absent.html"},
  };
  for (const auto& [target, status, file] : cases) {
    const Page page = gateway.get(target);
    EXPECT_EQ(page.status, status) << target;
    EXPECT_TRUE(is_golden(file, page)) << target;
  }
}

TEST(Pages, BeforeTheFirstPoll) {
  Example gateway = example();
  gateway.view.reset();
  const Page page = gateway.get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(is_golden("no-poll.html", page));
  EXPECT_EQ(gateway.get("/findings").status, 503);
  EXPECT_EQ(gateway.get(peer_target("alice")).status, 503);
}

TEST(Pages, WithoutAnythingToShow) {
  Example gateway = example();
  auto view = std::make_shared<View>(*gateway.view);
  view->devices.clear();
  view->findings.clear();
  view->sources.clear();
  view->inventory = std::make_shared<Inventory>();
  view->inventory_health = {};
  gateway.view = view;
  gateway.source.delivery = [] { return DeliveryHealth{}; };
  EXPECT_TRUE(is_golden("empty.html", gateway.get("/")));
}

TEST(Pages, SayWhatNeedsAttention) {
  Example gateway = example();
  auto view = std::make_shared<View>(*gateway.view);
  view->taken.wall -= std::chrono::hours{1};
  view->sources[0].last.status = SourceStatus::failed;
  view->sources[0].last.why = "Operation not <permitted>";
  view->interfaces = {{CollectorKind::netlink, "", "wg0", false}};
  view->inventory_health.last_reload_successful = false;
  view->inventory_health.problems = {{Problem::Severity::error, "i.json", "/peers/0", "no key"}};
  view->devices[0].success = false;
  gateway.view = view;
  const std::string page = gateway.get("/").body;
  for (const auto* part :
       {"The last poll ended 1h ago",
        "Collector netlink cannot be read: Operation not "
        "&lt;permitted&gt;",
        "Interface wg0 cannot be read",
        "Sink siem takes no events: connection "
        "refused: 17 wait",
        "Sink siem refused 2 events for good", "Sink archive is paused: 1234 wait",
        "The inventory was rejected", "i.json: /peers/0: no key"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

TEST(Pages, ShowAPeerWhosePastCannotBeRead) {
  Example gateway = example();
  gateway.source.history = [](const HistoryRequest&) -> std::expected<HistoryAnswer, Error> {
    return std::unexpected(Error{"cannot read the state database", "/x", "it took too long"});
  };
  const Page page = gateway.get(peer_target("alice"));
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("cannot read the state database: /x: it took too long"),
            std::string::npos);
  EXPECT_EQ(gateway.get("/peer").status, 400);
  EXPECT_EQ(gateway.get("/peer?key=short").status, 400);
}

TEST(Pages, StaySmallWhateverTheSizeOfTheGateway) {
  const Page huge = crowd(50'000).get("/");
  EXPECT_LT(huge.body.size(), 150'000U);
  EXPECT_NE(huge.body.find("1–50 of 50,000 peers"), std::string::npos);
  EXPECT_NE(huge.body.find("Page 1 of 1,000"), std::string::npos);
}

bool has(const Page& page, std::string_view text) {
  return page.body.find(text) != std::string::npos;
}
std::size_t count_in(const Page& page, std::string_view text) {
  std::size_t count = 0;
  for (auto at = page.body.find(text); at != std::string::npos; at = page.body.find(text, at + 1)) {
    ++count;
  }
  return count;
}

TEST(Pages, ShowTwentyFindingsOfAPeerAndLeadToAll) {
  Example gateway = example();
  auto view = std::make_shared<View>(*gateway.view);
  Finding one;
  one.identity = {RuleId::allowed_ips_excess, "", "wg0", key("alice"), ""};
  one.severity = Severity::high;
  one.since = kNow;
  view->findings.assign(20, one);
  for (std::size_t i = 0; i < view->findings.size(); ++i) {
    view->findings[i].identity.subject = "10.7.0." + std::to_string(i) + "/32";
  }
  gateway.view = view;
  const Page few = gateway.get(peer_target("alice"));
  EXPECT_EQ(count_in(few, "<article"), 20U);
  EXPECT_FALSE(has(few, "All 20 findings"));
  view->findings.insert(view->findings.end(), 2000, one);
  const Page page = gateway.get(peer_target("alice"));
  EXPECT_EQ(count_in(page, "<article"), 20U);
  EXPECT_LT(page.body.size(), 150'000U);
  const std::size_t end = page.body.find("\">All 2,020 findings</a>");
  ASSERT_NE(end, std::string::npos);
  const std::size_t begin = page.body.rfind("href=\"", end) + 6;
  std::string link = page.body.substr(begin, end - begin);
  for (auto at = link.find("&amp;"); at != std::string::npos; at = link.find("&amp;")) {
    link.erase(at + 1, 4);
  }
  EXPECT_TRUE(has(gateway.get('/' + link), "2,020 findings")) << link;
}

TEST(Pages, ShowFiftyCollectorsAndCountTheRest) {
  Example gateway = example();
  auto view = std::make_shared<View>(*gateway.view);
  SourceHealth failed = view->sources[0];
  failed.last.status = SourceStatus::failed;
  failed.last.why = std::string(200, 'y');
  view->sources.assign(50, failed);
  gateway.view = view;
  EXPECT_FALSE(has(gateway.get("/"), "all of them as JSON"));
  for (std::size_t i = 0; i < 2000; ++i) {
    failed.last.netns = "ns" + std::to_string(i);
    view->sources.push_back(failed);
  }
  const Page page = gateway.get("/");
  EXPECT_LT(page.body.size(), 150'000U);
  EXPECT_TRUE(has(page, "And 2,000 more: <a href=\"api/v1/status\">all of them as JSON</a>"));
  EXPECT_TRUE(has(page, "2045 more collectors cannot be read, or incompletely"));
}

TEST(Pages, ShowTwoHundredPrefixesOfAPeerAndCountTheRest) {
  const Example gateway = crowd(1);
  auto wg0 = std::make_shared<Device>(*gateway.view->devices[0].device);
  auto inventory = std::make_shared<Inventory>();
  Record known;
  known.public_key = wg0->peers[0].public_key;
  known.allowed_ips.emplace();
  wg0->prefixes.clear();
  for (int i = 0; i < 150; ++i)
    wg0->prefixes.push_back(cidr("10.0.0." + std::to_string(i) + "/32"));
  for (int i = 0; i < 100; ++i) {
    known.allowed_ips->push_back(cidr("10.9.0." + std::to_string(i) + "/32"));
  }
  wg0->peers[0].prefix_count = 150;
  inventory->records = {known};
  inventory->build_index();
  auto view = std::make_shared<View>(*gateway.view);
  view->devices[0].device = wg0;
  view->devices[0].peers[0].record = &inventory->records[0];
  view->inventory = inventory;
  const Example shown{view, gateway.source};
  Query query;
  query.set("key", to_string(known.public_key));
  const Page page = shown.get(query.link("/peer"));
  EXPECT_EQ(count_in(page, ">extra</span>"), 150U);
  EXPECT_EQ(count_in(page, ">missing</span>"), 50U);
  EXPECT_TRUE(has(page, "And 50 more."));
}

// Of an hour between polls none is late after a minute.
TEST(Pages, CallAPollOldByTheIntervalBetweenThem) {
  Example gateway = example();
  gateway.source.poll_interval = std::chrono::hours{1};
  gateway.source.now = [] { return kNow + std::chrono::minutes{61}; };
  EXPECT_FALSE(has(gateway.get("/"), "The last poll ended"));
  gateway.source.now = [] { return kNow + std::chrono::minutes{61} + std::chrono::seconds{1}; };
  EXPECT_TRUE(has(gateway.get("/"), "The last poll ended 1h1m ago"));
}

TEST(Pages, ArePagedOnTheServer) {
  const Example gateway = crowd(5'000);
  const Page last = gateway.get("/?page=100");
  EXPECT_NE(last.body.find("4,951–5,000 of 5,000 peers"), std::string::npos);
  EXPECT_EQ(last.body.find("rel=\"next\""), std::string::npos);
  EXPECT_NE(gateway.get("/?page=999999").body.find("4,951–5,000"), std::string::npos);
  const Page found = gateway.get("/?q=user4999");
  EXPECT_NE(found.body.find("1–1 of 1 that match, of 5,000 peers"), std::string::npos);
  EXPECT_LT(gateway.get("/findings?limit=200").body.size(), 150'000U);
  EXPECT_NE(gateway.get("/findings").body.find("500 findings"), std::string::npos);
}

// Nothing but our own markup: no name begins an element, closes an attribute or reaches a control.
TEST(Pages, EscapeEveryName) {
  const Example gateway = example();
  for (const std::string& target : {std::string("/"), std::string("/findings?state=all"),
                                    peer_target("eve"), peer_target("rtl")}) {
    const std::string page = gateway.get(target).body;
    EXPECT_EQ(page.find("<img"), std::string::npos) << target;
    EXPECT_EQ(page.find("onerror=\"a"), std::string::npos) << target;
    EXPECT_EQ(page.find('\x1b'), std::string::npos) << target;
    EXPECT_EQ(page.find('\xff'), std::string::npos) << target;
    EXPECT_EQ(page.find("<script"), std::string::npos) << target;
    EXPECT_EQ(page.find("style="), std::string::npos) << target;
  }
}

TEST(Pages, StyleMayBeKeptAtItsOwnAddressAlone) {
  const Example gateway = example();
  const std::string page = gateway.get("/").body;
  const std::size_t at = page.find("style.css?v=");
  ASSERT_NE(at, std::string::npos);
  const Page style = gateway.get('/' + page.substr(at, page.find('"', at) - at));
  EXPECT_EQ(style.content_type, "text/css; charset=utf-8");
  EXPECT_TRUE(style.lasting);
  EXPECT_FALSE(gateway.get("/style.css?v=other").lasting);
  EXPECT_FALSE(gateway.get("/").lasting);
  EXPECT_EQ(gateway.get("/icon.svg").content_type, "image/svg+xml");
}

}  // namespace
}  // namespace wgaudit::test
