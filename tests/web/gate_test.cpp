// Passwords, rate limit, and the headers of the web configuration file.
#include "exporter/web/gate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "tests/support/files.hpp"
#include "tests/web/client.hpp"
#include "tests/web/running.hpp"

namespace wgaudit::test {
namespace {

using namespace std::chrono_literals;
using Verdict = BasicAuth::Verdict;

// Of "x", by crypt(3) at cost 4.
constexpr auto kHash = "$2b$04$wgauditwgauditwgauditun.PIV1wIjD1zpUoIlhlNVUdde2RVG.W";
const BasicAuth::Users kUsers{{"alice", kHash}};
constexpr auto kAliceX = "Basic YWxpY2U6eA==";  // alice:x

TEST(Basic, IsUserColonPassword) {
  const struct {
    std::string_view header;
    std::optional<Credentials> want;
  } cases[] = {
      {kAliceX, Credentials{"alice", "x"}},
      {"bAsIc   YWxpY2U6eA==", Credentials{"alice", "x"}},
      {"Basic YWxpY2U6", Credentials{"alice", ""}},
      {"Basic Og==", Credentials{"", ""}},
      {"Basic YTpiOmM=", Credentials{"a", "b:c"}},
      {"Basic YWxpY2U=", {}},  // no colon
      {"Basic YWxpY2U6eA=", {}},
      {"Basic YWxpY2U6eA", {}},
      {"Basic YW=pY2U6eA==", {}},
      {"Basic YWx pY2U6eA=", {}},
      {"Basic ", {}},
      {"Basic", {}},
      {"Bearer YWxpY2U6eA==", {}},
      {"", {}},
  };
  for (const auto& [header, want] : cases) EXPECT_EQ(parse_basic(header), want) << header;
  EXPECT_FALSE(parse_basic("Basic " + std::string(8000, 'A')));
}

TEST(Basic, AcceptsTheRightPasswordAlone) {
  BasicAuth auth;
  EXPECT_EQ(auth.check(kUsers, {"alice", "x"}, {}, {}), Verdict::accepted);
  for (const Credentials& wrong :
       {Credentials{"alice", "y"}, Credentials{"alice", ""}, Credentials{"bob", "x"},
        Credentials{"", "x"}, Credentials{"alice", std::string("x\0y", 3)}}) {
    EXPECT_EQ(auth.check(kUsers, wrong, {}, {}), Verdict::refused) << wrong.user << wrong.password;
  }
  EXPECT_EQ(auth.check({}, {"alice", "x"}, {}, {}), Verdict::refused);
  // Another password now: what was good is none any more.
  const BasicAuth::Users changed{{"alice", std::string(kHash).replace(59, 1, "X")}};
  EXPECT_EQ(auth.check(changed, {"alice", "x"}, {}, {}), Verdict::refused);
}

TEST(Basic, RemembersWhatWasGoodAlone) {
  BasicAuth auth;
  EXPECT_EQ(auth.check(kUsers, {"alice", "y"}, {}, {}), Verdict::refused);
  EXPECT_EQ(auth.cached(), 0U);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(auth.check(kUsers, {"alice", "x"}, {}, {}), Verdict::accepted);
  EXPECT_EQ(auth.cached(), 1U);
}

TEST(Basic, AnUnknownNameCostsWhatAKnownOneDoes) {
  BasicAuth auth;
  const BasicAuth::Users users{{"alice", std::string(kHash).replace(4, 2, "10")}};
  const auto time = [&](const Credentials& given) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(auth.check(users, given, {}, {}), Verdict::refused);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const double known = time({"alice", "y"}), unknown = time({"bob", "y"});
  // At cost 10 either takes tens of milliseconds; what is looked up without a hash takes none.
  EXPECT_GT(unknown, known / 8);
  EXPECT_LT(unknown, known * 8);
}

// A source of its own for each thread.
ClientSource source_number(std::size_t number) {
  return {.prefix = {192, 0, 2, static_cast<std::uint8_t>(number)}};
}

// Whoever has the old password after it changed: a check for all their tries.
TEST(Basic, RemembersWhatWasWrongToo) {
  BasicAuth auth;
  EXPECT_EQ(auth.check(kUsers, {"alice", "y"}, {}, {}), Verdict::refused);
  EXPECT_EQ(auth.check(kUsers, {"bob", "y"}, {}, {}), Verdict::refused);
  auth.stop();  // no hash is made from here on
  EXPECT_EQ(auth.check(kUsers, {"alice", "y"}, {}, {}), Verdict::refused);
  EXPECT_EQ(auth.check(kUsers, {"bob", "y"}, {}, {}), Verdict::refused);
  EXPECT_EQ(auth.check(kUsers, {"alice", "z"}, {}, {}), Verdict::busy);
  const BasicAuth::Users changed{{"alice", std::string(kHash).replace(59, 1, "X")}};
  EXPECT_EQ(auth.check(changed, {"alice", "y"}, {}, {}), Verdict::busy) << "of another hash";
}

// The right password was never seen before: no cache helps it.
TEST(Basic, WrongPasswordsOfOthersDoNotKeepARightOneOut) {
  BasicAuth auth;
  std::atomic<bool> over = false;
  std::atomic<int> refused = 0;
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < 24; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; !over; ++j) {
        const std::string guess = std::to_string(i) + '-' + std::to_string(j);
        // Half of them of this host, the others of four remote ones.
        const auto source = i % 2 == 0 ? std::nullopt : std::optional(source_number(i / 2 % 4));
        if (auth.check(kUsers, {"alice", guess}, source, {}) == Verdict::refused) ++refused;
      }
    });
  }
  while (refused < 50) std::this_thread::sleep_for(1ms);  // all of them had some of theirs refused
  int accepted = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    // As many users, each of whom comes for the first time.
    const std::string name = "user" + std::to_string(i);
    if (auth.check({{name, kHash}}, {name, "x"}, source_number(100), {}) == Verdict::accepted) {
      ++accepted;
    }
  }
  over = true;
  EXPECT_EQ(accepted, 20);
}

// Costs that differ tell which name is known, unless unknown names have them too.
TEST(Basic, UnknownNamesAreSpreadOverTheCostsOfTheUsers) {
  const BasicAuth auth, other;
  const BasicAuth::Users users{{"alice", kHash}, {"bob", std::string(kHash).replace(4, 2, "10")}};
  EXPECT_EQ(auth.hash_for(users, "alice"), kHash);
  std::map<std::string, int> costs;
  bool differs = false;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "user" + std::to_string(i), hash = auth.hash_for(users, name);
    EXPECT_EQ(hash.size(), 60U);
    EXPECT_EQ(auth.hash_for(users, name), hash) << "drawn once";
    differs = differs || other.hash_for(users, name) != hash;
    ++costs[hash.substr(4, 2)];
  }
  EXPECT_TRUE(differs) << "could be computed by who has the source";
  EXPECT_EQ(costs.size(), 2U);
  EXPECT_GT(costs["04"], 50);
  EXPECT_GT(costs["10"], 50);
}

TEST(Basic, ThoseThatWaitDoNotHoldUpAStop) {
  constexpr std::size_t kPlaces = PasswordQueue::kPlaces;
  BasicAuth auth;
  const BasicAuth::Users users{{"alice", std::string(kHash).replace(4, 2, "10")}};
  std::atomic<int> refused = 0, busy = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kPlaces; ++i) {
      threads.emplace_back([&, i] {
        const Credentials wrong{"alice", "y" + std::to_string(i)};
        ++(auth.check(users, wrong, source_number(i), {}) == Verdict::busy ? busy : refused);
        refused.notify_one();
      });
    }
    refused.wait(0);  // the first of them; the others wait or are still to come
    auth.stop();
  }
  EXPECT_GE(busy, 1);
  EXPECT_EQ(refused + busy, static_cast<int>(kPlaces));
  EXPECT_EQ(auth.check(users, {"alice", "z"}, {}, {}), Verdict::busy);
}

std::shared_ptr<const WebSecurity> security_of(const std::string& yaml) {
  const TempDir dir;
  const LoadedWebSecurity loaded = load_web_security(dir.write("web.yml", yaml));
  for (const ConfigProblem& problem : loaded.problems) ADD_FAILURE() << to_string(problem);
  return loaded.security;
}

TEST(Gate, StopsWithoutTheChecksThatWait) {
  Gate gate(security_of("basic_auth_users: {alice: " + std::string(kHash) + "}"));
  gate.stop_checks();
  RequestHead head;
  head.authorization = kAliceX;
  Visitor visitor;
  const auto reply = gate.stop(head, visitor, {});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 429);
}

TEST(RateLimiter, IsATokenBucket) {
  RateLimiter limiter({.interval = 10s, .burst = 2});
  const RateLimiter::Time start{1h};
  EXPECT_TRUE(limiter.allow(start));
  EXPECT_TRUE(limiter.allow(start));
  EXPECT_FALSE(limiter.allow(start));
  EXPECT_FALSE(limiter.allow(start + 9s));
  EXPECT_TRUE(limiter.allow(start + 10s));
  EXPECT_FALSE(limiter.allow(start + 11s));
  EXPECT_TRUE(limiter.allow(start + 1h));
  EXPECT_TRUE(limiter.allow(start + 1h));
  EXPECT_FALSE(limiter.allow(start + 1h));  // never more than the burst
  EXPECT_FALSE(limiter.allow(start));       // a clock that goes back gives nothing
  RateLimiter none({.interval = 0s, .burst = 0});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(none.allow(start));
}

std::string scrape_as(const std::string& authorization) {
  return "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
         (authorization.empty() ? "" : "Authorization: " + authorization + "\r\n") + "\r\n";
}

TEST(Gate, AsksForAPasswordEverywhere) {
  Running server(
      plain_source(),
      {.security = security_of("basic_auth_users: {alice: " + std::string(kHash) + "}")});
  for (const std::string path : {"/metrics", "/", "/-/healthy", "/nothing"}) {
    const std::string response = get(server.address(), path);
    EXPECT_EQ(status_of(response), 401) << path;
    EXPECT_EQ(header_of(response, "WWW-Authenticate"), R"(Basic realm="wgaudit", charset="UTF-8")");
    EXPECT_EQ(body_of(response), "unauthorized\n");
    EXPECT_TRUE(response.starts_with("HTTP/1.1 401 Unauthorized\r\n"));
  }
  EXPECT_EQ(body_of(ask(server.address(), scrape_as(kAliceX))), "up 1\n");
  EXPECT_EQ(status_of(ask(server.address(), scrape_as("Basic YWxpY2U6eQ=="))), 401);
  EXPECT_EQ(status_of(ask(server.address(), scrape_as("Bearer abc"))), 401);
}

// Of cost 8, "x" as well: a check takes some 20 ms.
constexpr auto kSlowHash = "$2b$08$wgauditwgauditwgaudituf0Hd801IC3PtsApCZAM9Jzjoy8aX366";
constexpr auto kAliceY = "Basic YWxpY2U6eQ==";  // alice:y

TEST(Gate, AnswersAWrongPasswordLateAndOthersMeanwhile) {
  using Clock = std::chrono::steady_clock;
  Running server(
      plain_source(),
      {.max_requests = 1,
       .security = security_of("basic_auth_users: {alice: " + std::string(kHash) + "}")});
  const auto begin = Clock::now();
  const Client wrong(server.address());
  wrong.send(scrape_as(kAliceY));
  {
    const Client impatient(server.address());
    impatient.send(scrape_as(kAliceY));
  }
  EXPECT_EQ(status_of(ask(server.address(), scrape_as(kAliceX))), 200);
  EXPECT_EQ(status_of(ask(server.address(), scrape_as(""))), 401);
  EXPECT_LT(Clock::now() - begin, Gate::kHold);
  EXPECT_EQ(status_of(wrong.until_closed()), 401);
  EXPECT_GE(Clock::now() - begin, Gate::kHold);
}

// All of one address, and the right one is not remembered yet: who comes when a place is free gets
// it.
TEST(Gate, LetsARightPasswordInAmongWrongOnesOfItsOwnAddress) {
  Running server(
      plain_source(),
      {.security = security_of("basic_auth_users: {alice: " + std::string(kSlowHash) + "}")});
  std::atomic<bool> over = false;
  std::atomic<int> tried = 0;
  std::vector<std::jthread> threads;
  for (char c = 'a'; c < 'a' + 6; ++c) {
    threads.emplace_back([&, c] {
      for (char d = 'A'; !over && d <= 'Z'; ++d) {  // "alice:", and six bits each of c and d
        const std::string wrong = std::string("Basic YWxpY2U6") + c + d + c + d;
        EXPECT_NE(status_of(ask(server.address(), scrape_as(wrong))), 200);
        ++tried;
      }
    });
  }
  while (tried < 6) std::this_thread::sleep_for(1ms);
  int tries = 1;
  while (tries < 60 && status_of(ask(server.address(), scrape_as(kAliceX))) != 200) ++tries;
  over = true;
  EXPECT_LT(tries, 60);
}

TEST(Gate, TakesNewUsersForTheNextRequest) {
  Running server(
      plain_source(),
      {.security = security_of("basic_auth_users: {alice: " + std::string(kHash) + "}")});
  EXPECT_EQ(status_of(ask(server.address(), scrape_as(kAliceX))), 200);
  (*server).use(security_of("basic_auth_users: {bob: " + std::string(kHash) + "}"));
  EXPECT_EQ(status_of(ask(server.address(), scrape_as(kAliceX))), 401);
  EXPECT_EQ(status_of(ask(server.address(), scrape_as("Basic Ym9iOng="))), 200);
  (*server).use(security_of(""));
  EXPECT_EQ(status_of(ask(server.address(), scrape_as(""))), 200);
}

TEST(Gate, AVisitorWithAPasswordMaySeePeople) {
  Gate gate(security_of("basic_auth_users: {alice: " + std::string(kHash) + "}"));
  RequestHead head;
  head.authorization = kAliceX;
  Visitor visitor;
  EXPECT_FALSE(gate.stop(head, visitor, {}));
  EXPECT_TRUE(visitor.may_see_people());
}

TEST(Gate, SaysTooManyAboveTheRate) {
  Running server(plain_source(), {.security = security_of("rate_limit: {interval: 1h, burst: 2}")});
  EXPECT_EQ(status_of(ask(server.address(), scrape_as(""))), 200);
  EXPECT_EQ(status_of(ask(server.address(), scrape_as(""))), 200);
  const std::string response = ask(server.address(), scrape_as(""));
  EXPECT_TRUE(response.starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_EQ(header_of(response, "Retry-After"), "1");
  // What is used of a limit stays used when something else of the file changes.
  (*server).use(
      security_of("rate_limit: {interval: 1h, burst: 2}\n"
                  "http_server_config: {headers: {X-Frame-Options: deny}}"));
  EXPECT_EQ(status_of(ask(server.address(), scrape_as(""))), 429);
}

TEST(Gate, AddsHeadersOnce) {
  Running server(plain_source(), {.security = security_of("http_server_config:\n"
                                                          "  headers:\n"
                                                          "    X-Frame-Options: deny\n"
                                                          "    X-Content-Type-Options: nosniff\n"
                                                          "    Content-Security-Policy: x\n"
                                                          "    X-XSS-Protection: ''\n")});
  const std::string scrape = get(server.address(), "/metrics");
  EXPECT_EQ(header_of(scrape, "X-Frame-Options"), "deny");
  EXPECT_EQ(header_of(scrape, "Content-Security-Policy"), "x");
  EXPECT_EQ(scrape.find("X-XSS-Protection"), std::string::npos);
  const std::size_t nosniff = scrape.find("X-Content-Type-Options");
  EXPECT_EQ(scrape.find("X-Content-Type-Options", nosniff + 1), std::string::npos);
  // The page's own policy is the stricter one.
  EXPECT_TRUE(header_of(get(server.address(), "/"), "Content-Security-Policy")
                  .starts_with("default-src 'none'"));
}

}  // namespace
}  // namespace wgaudit::test
