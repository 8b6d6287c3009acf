#include "exporter/web/server.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "exporter/web/loop.hpp"
#include "tests/web/client.hpp"
#include "tests/web/running.hpp"

namespace wgaudit::test {
namespace {

using Clock = std::chrono::steady_clock;

// Lets a function of WebSource wait until the test says so.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void await_waiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

TEST(Server, AnswersEachEndpoint) {
  Running server;
  const struct {
    std::string path;
    int status;
    std::string type, body;
  } cases[] = {
      {"/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "up 1\n"},
      {"/metrics?a=b&c[]=%20", 200, "text/plain; version=0.0.4; charset=utf-8", "up 1\n"},
      {"/-/healthy", 200, "text/plain; charset=utf-8", "healthy\n"},
      {"/-/ready", 200, "text/plain; charset=utf-8", "ready\n"},
      {"/nothing", 404, "text/plain; charset=utf-8", "not found\n"},
      {"/metrics/", 404, "text/plain; charset=utf-8", "not found\n"},
      {"/%2e%2e/etc/passwd", 404, "text/plain; charset=utf-8", "not found\n"},
  };
  for (const auto& [path, status, type, body] : cases) {
    const std::string response = get(server.address(), path);
    EXPECT_EQ(status_of(response), status) << path;
    EXPECT_EQ(header_of(response, "Content-Type"), type) << path;
    EXPECT_EQ(header_of(response, "Content-Length"), std::to_string(body.size())) << path;
    EXPECT_EQ(header_of(response, "X-Content-Type-Options"), "nosniff") << path;
    EXPECT_EQ(body_of(response), body) << path;
  }
}

TEST(Server, ShowsAPageWithoutScriptOrForeignContent) {
  Running server;
  const std::string response = get(server.address(), "/");
  EXPECT_EQ(status_of(response), 200);
  EXPECT_EQ(header_of(response, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(header_of(response, "Content-Security-Policy"),
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'");
  EXPECT_EQ(header_of(response, "Cache-Control"), "no-store");
  EXPECT_NE(response.find("<title>gw&lt;1&gt; – wgaudit</title>"), std::string::npos);
  EXPECT_NE(response.find("<a href=\"metrics\">"), std::string::npos);
  EXPECT_EQ(response.find("http://"), std::string::npos);
  EXPECT_EQ(response.find("https://"), std::string::npos);
  EXPECT_EQ(response.find("<script"), std::string::npos);
}

TEST(Server, AnswersTheApiInJsonThatNobodyKeeps) {
  Running server;
  for (const auto& [path, status] :
       {std::pair("/api/v1/peers", 200), std::pair("/api/v1/peers?limit=x", 400),
        std::pair("/api/v1/nothing", 404)}) {
    const std::string response = get(server.address(), path);
    EXPECT_EQ(status_of(response), status) << path;
    EXPECT_EQ(header_of(response, "Content-Type"), "application/json") << path;
    EXPECT_EQ(header_of(response, "Cache-Control"), "no-store") << path;
  }
}

TEST(Server, SaysWhenItIsNotReady) {
  WebSource source = plain_source();
  source.metrics = [](const ScrapeRequest&, Duration) -> WebSource::Metrics {
    return std::unexpected("no poll has ended yet");
  };
  source.not_ready = [] { return std::optional<std::string>("no poll has ended yet"); };
  source.view = [] { return std::shared_ptr<const View>(); };
  Running server(source);
  EXPECT_EQ(body_of(get(server.address(), "/metrics")), "no poll has ended yet\n");
  EXPECT_EQ(status_of(get(server.address(), "/metrics")), 503);
  EXPECT_EQ(body_of(get(server.address(), "/-/ready")), "not ready: no poll has ended yet\n");
  EXPECT_EQ(status_of(get(server.address(), "/-/ready")), 503);
  EXPECT_EQ(status_of(get(server.address(), "/-/healthy")), 200);
  EXPECT_EQ(status_of(get(server.address(), "/")), 200);
}

TEST(Server, GivesAHeadWithoutABodyAndKeepsTheConnection) {
  Running server;
  const Client client(server.address());
  for (int i = 0; i < 3; ++i) {
    client.send("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string head = client.response(true);
    EXPECT_EQ(status_of(head), 200);
    EXPECT_EQ(header_of(head, "Content-Length"), "5");
    client.send(
        "GET /metrics HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\nAccept-Encoding: br\r\n\r\n");
    const std::string page = client.response();
    EXPECT_EQ(status_of(page), 200);
    EXPECT_EQ(body_of(page), "up 1\n");
    EXPECT_EQ(header_of(page, "Content-Encoding"), "");
  }
}

// A client that reads a body where there is none to be would take it for the next answer.
TEST(Server, RefusesAHeadWithoutABodyToo) {
  Running server;
  const struct {
    std::string request;
    int status;
    std::string length;
  } cases[] = {
      {"HEAD /metrics HTTP/1.1\r\n\r\n", 400, "12"},
      {"HEAD /metrics HTTP/1.1\n\n", 400, "12"},
      {"HEAD /metrics HTTP/2.0\r\n\r\n", 505, "27"},
      {"HEAD /" + std::string(kMaxTargetSize, 'a') + " HTTP/1.1\r\n\r\n", 414, "24"},
      {"HEAD /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404, "10"},
  };
  for (const auto& [request, status, length] : cases) {
    const std::string response = ask(server.address(), request);
    EXPECT_EQ(status_of(response), status) << request.substr(0, 60);
    EXPECT_EQ(header_of(response, "Content-Length"), length) << request.substr(0, 60);
    EXPECT_EQ(body_of(response), "") << request.substr(0, 60);
  }
  // Of a connection that had a HEAD the next answer has its body.
  EXPECT_TRUE(ask(server.address(), "HEAD /-/ready HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/9\r\n\r\n")
                  .ends_with("only HTTP/1.0 and HTTP/1.1\n"));
}

TEST(Server, SaysWhenItAnswers) {
  Running server;
  for (const std::string& response :
       {get(server.address(), "/metrics"), get(server.address(), "/nothing"),
        ask(server.address(), "POST / HTTP/1.1\r\n\r\n")}) {
    const std::string date = header_of(response, "Date");
    tm parsed{};
    ASSERT_NE(strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parsed), nullptr) << date;
    EXPECT_NEAR(static_cast<double>(timegm(&parsed)), static_cast<double>(time(nullptr)), 5)
        << date;
    EXPECT_EQ(response.find("Date: ", response.find(date)), std::string::npos) << "once";
  }
}

TEST(Server, ClosesAfterSoManyRequests) {
  Running server;
  const Client client(server.address());
  std::string response;
  for (unsigned i = 0; i < kRequestsPerConnection; ++i) {
    EXPECT_EQ(header_of(response, "Connection"), "");
    client.send("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n");
    response = client.response();
  }
  EXPECT_EQ(header_of(response, "Connection"), "close");
  EXPECT_EQ(client.until_closed(), "");
}

TEST(Server, RefusesWhatIsNoRequestOfOurs) {
  Running server;
  const std::string long_target(kMaxTargetSize + 1, 'a');
  const std::string many_headers = [] {
    std::string text;
    for (int i = 0; i < 4000; ++i) text += "X-" + std::to_string(i) + ": y\r\n";
    return text;
  }();
  const struct {
    std::string request;
    int status;
  } cases[] = {
      {"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 405},
      {"DELETE / HTTP/1.1\r\n\r\n", 405},
      {"BREW /coffee HTTP/1.1\r\n\r\n", 405},
      {"get /metrics HTTP/1.1\r\n\r\n", 405},
      {"GET /" + long_target + " HTTP/1.1\r\n\r\n", 414},
      {"GET /metrics HTTP/1.1\r\n" + many_headers + "\r\n", 431},
      {"GET /metrics HTTP/1.1\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n", 431},
      {"GET /" + std::string(100'000, 'a'), 431},
      {"GET /metrics HTTP/2.0\r\n\r\n", 505},
      {"GET /metrics\r\n\r\n", 400},
      {"GET /metrics HTTP/1.1\nHost: x\n\n", 400},
      {"GET /metrics HTTP/1.1\r\n\r\n", 400},
      {"GET /metrics HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET ftp://x/metrics HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET /metrics HTTP/1.1\r\nno colon\r\n\r\n", 400},
      {"GET /metrics HTTP/1.1\r\n folded: x\r\n\r\n", 400},
      {std::string("GET /me\0trics HTTP/1.1\r\n\r\n", 26), 400},
      {"\x16\x03\x01\x02", 400},
      {"\r\n\r\n\x01", 400},
  };
  for (const auto& [request, status] : cases) {
    const std::string response = ask(server.address(), request);
    EXPECT_EQ(status_of(response), status) << request.substr(0, 60);
    EXPECT_EQ(header_of(response, "Connection"), "close");
    EXPECT_EQ(header_of(response, "Allow"), status == 405 ? "GET, HEAD" : "");
  }
  EXPECT_EQ(status_of(get(server.address(), "/metrics")), 200);
}

TEST(Server, AnswersPipelinedRequestsInOrderAndCutsTheGarbageBehind) {
  Running server;
  const std::string responses = ask(server.address(),
                                    "\r\nGET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
                                    "GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n"
                                    "\x7f\x03garbage\r\n\r\n");
  const std::size_t first = responses.find("healthy\n"), second = responses.find("ready\n");
  EXPECT_LT(first, second);
  EXPECT_NE(responses.find("HTTP/1.1 400 ", second), std::string::npos);
}

TEST(Server, DoesNotTakeABodyForARequest) {
  Running server;
  const std::string response = ask(server.address(),
                                   "GET /-/healthy HTTP/1.1\r\nHost: x\r\nContent-Length: "
                                   "28\r\n\r\nGET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(response), 200);
  EXPECT_EQ(response.find("HTTP/1.1", 1), std::string::npos);
}

TEST(Server, CutsOffAFloodOfHeaders) {
  Running server;
  const Client client(server.address());
  client.send("GET /metrics HTTP/1.1\r\n");
  const std::string megabyte(1U << 20, 'a');
  int sent = 0;
  while (sent < 100 && client.send(megabyte)) ++sent;
  EXPECT_LT(sent, 50) << "took " << sent << " MB of one head";
}

TEST(Server, IsNotHeldUpByHundredsOfSlowClients) {
  Running server;
  std::vector<std::unique_ptr<Client>> slow;
  for (std::size_t i = 0; i < kMaxConnections + 50; ++i) {
    slow.push_back(std::make_unique<Client>(server.address()));
    slow.back()->send("GET /metrics HTTP/1.1\r\nX-Slow: ");
  }
  const auto begin = Clock::now();
  EXPECT_EQ(status_of(get(server.address(), "/metrics")), 200);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds{2});
}

// All there before the first turn: the loop takes in a great deal in each.
TEST(Server, HoldsFewBytesOfUnfinishedHeadsTogether) {
  constexpr std::size_t kClients = 200, kSize = 30 * 1024;
  constexpr std::size_t kToGo = kClients - kMaxHeldBytes / kSize;
  auto server = WebServer::bind({.listen_addresses = {"127.0.0.1:0"}}, plain_source());
  ASSERT_TRUE(server);
  const std::string start = "GET /metrics HTTP/1.1\r\nX: ";
  const std::string head = start + std::string(kSize - start.size(), 'a');
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<pollfd> waiting;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<Client>(server->addresses().front()));
    ASSERT_TRUE(clients.back()->send(head));
    waiting.push_back({clients.back()->fd(), POLLIN, 0});
  }
  server->start();
  std::size_t shed = 0;
  const auto end = Clock::now() + std::chrono::seconds{4};  // before 408 comes
  while (shed < kToGo && Clock::now() < end) {
    ASSERT_GE(poll(waiting.data(), waiting.size(), 100), 0);
    for (std::size_t i = 0; i < kClients; ++i) {
      if (waiting[i].revents == 0) continue;
      waiting[i].fd = -1;
      if (status_of(clients[i]->until_closed()) == 503) ++shed;
    }
  }
  EXPECT_GE(shed, kToGo);
  EXPECT_LT(shed, kClients);
  EXPECT_EQ(status_of(get(server->addresses().front(), "/metrics")), 200);
}

TEST(Server, NegotiatesFormAndCompression) {
  WebSource source = plain_source();
  source.metrics = [](const ScrapeRequest& request, Duration) {
    return shared(std::string(to_string(request.form)) + (request.gzip ? " gzip" : ""));
  };
  Running server(source);
  const std::string openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  const std::string text = "text/plain; version=0.0.4; charset=utf-8";
  const struct {
    std::string target, headers, type, encoding, body;
  } cases[] = {
      {"", "", text, "", "text"},
      {"", "Accept: application/openmetrics-text;version=1.0.0\r\nAccept-Encoding: gzip\r\n",
       openmetrics, "gzip", "openmetrics gzip"},
      // Several lines of a header are one list.
      {"", "Accept: text/plain;q=0.5\r\naccept: application/openmetrics-text\r\n", openmetrics, "",
       "openmetrics"},
      {"", "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n", text, "gzip", "text gzip"},
      {"?compat=mdlayher", "Accept: application/openmetrics-text\r\n", text, "", "mdlayher"},
  };
  for (const auto& [target, headers, type, encoding, body] : cases) {
    const std::string lines =
        target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n";
    const std::string page = ask(server.address(), "GET /metrics" + lines);
    const std::string head = ask(server.address(), "HEAD /metrics" + lines);
    EXPECT_EQ(body_of(page), body);
    EXPECT_EQ(body_of(head), "");
    for (const std::string& response : {page, head}) {
      EXPECT_EQ(status_of(response), 200);
      EXPECT_EQ(header_of(response, "Content-Type"), type) << headers;
      EXPECT_EQ(header_of(response, "Content-Encoding"), encoding) << headers;
      EXPECT_EQ(header_of(response, "Content-Length"), std::to_string(body.size()));
      EXPECT_EQ(header_of(response, "Vary"), "Accept, Accept-Encoding");
    }
  }
}

TEST(Server, RefusesParametersThatItCannotMeet) {
  Running server;
  const std::string response = get(server.address(), "/metrics?collect[]=%3Cb%3Ecpu");
  EXPECT_EQ(status_of(response), 400);
  EXPECT_EQ(header_of(response, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(body_of(response).starts_with("collect[]: no such collector: one of interfaces,"));
  EXPECT_EQ(response.find("cpu"), std::string::npos);
}

TEST(Server, ShedsRequestsThatWaitForAPlaceForASecond) {
  Gate gate;
  WebSource source = plain_source();
  source.metrics = [&](const ScrapeRequest&, Duration) {
    gate.pass();
    return shared("up 1\n");
  };
  Running server(source, {.max_requests = 2});
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const Client first(server.address()), second(server.address());
  first.send(request);
  second.send(request);
  gate.await_waiting(2);
  const auto begin = Clock::now();
  const std::string shed = ask(server.address(), request);
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds{900});
  EXPECT_EQ(status_of(shed), 503);
  EXPECT_EQ(header_of(shed, "Retry-After"), "1");
  gate.open();
  EXPECT_EQ(status_of(first.until_closed()), 200);
  EXPECT_EQ(status_of(second.until_closed()), 200);
  EXPECT_EQ(status_of(ask(server.address(), request)), 200);
}

TEST(Server, ServesFiftyAtOnceThoughFewHavePlaces) {
  WebSource source = plain_source();
  std::atomic<int> inside = 0, most = 0;
  source.metrics = [&](const ScrapeRequest&, Duration) {
    const int now = ++inside;
    for (int before = most; before < now && !most.compare_exchange_weak(before, now);) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    --inside;
    return shared("up 1\n");
  };
  Running server(source, {.max_requests = 2});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<Client>(server.address()));
    clients.back()->send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }
  for (const auto& client : clients) EXPECT_EQ(status_of(client->until_closed()), 200);
  EXPECT_LE(most, 2);
}

// They read a little now and then: none of them is ever stalled.
TEST(Server, SlowReadersGiveWayToWhoFindsNoPlace) {
  WebSource source = plain_source();
  const std::string large(20'000'000, 'x');
  source.metrics = [&](const ScrapeRequest& request, Duration) {
    return shared(request.is_usual() ? "up 1\n" : large);
  };
  Running server(source, {.max_requests = 2});
  std::atomic<bool> over = false;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      const Client client(server.address());
      client.send("GET /metrics?collect[]=peers HTTP/1.1\r\nHost: x\r\n\r\n");
      char some[1000];
      while (!over && recv(client.fd(), some, sizeof some, 0) > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds{1200});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status_of(get(server.address(), "/metrics")), 200);
  over = true;
}

// Each poll makes another page: who reads one slowly would hold it in memory.
TEST(Server, SlowReadersHoldFewOldPages) {
  WebSource source = plain_source();
  std::mutex mutex;
  std::vector<std::weak_ptr<const std::string>> pages;
  source.metrics = [&](const ScrapeRequest&, Duration) {
    auto page = std::make_shared<const std::string>(20'000'000, 'x');
    const std::scoped_lock lock(mutex);
    pages.emplace_back(page);
    return std::expected<std::shared_ptr<const std::string>, std::string>(std::move(page));
  };
  const auto held = [&] {
    const std::scoped_lock lock(mutex);
    return std::ranges::count_if(pages, [](const auto& page) { return !page.expired(); });
  };
  Running server(source);
  std::vector<std::unique_ptr<Client>> readers;
  for (int i = 0; i < 10; ++i) {
    readers.push_back(std::make_unique<Client>(server.address()));
    readers.back()->send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  while (held() < 10) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds{1200});
  EXPECT_EQ(status_of(get(server.address(), "/metrics")), 200);
  for (int i = 0; i < 1000 && held() > 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  EXPECT_LE(held(), 3);  // 64 MiB
}

TEST(Server, SendsALargePageWhole) {
  WebSource source = plain_source();
  const std::string large(20U << 20, 'x');
  source.metrics = [&](const ScrapeRequest&, Duration) { return shared(large); };
  Running server(source);
  EXPECT_EQ(body_of(get(server.address(), "/metrics")), large);
}

TEST(Server, LeaksNothingOfAnException) {
  WebSource source = plain_source();
  source.metrics = [](const ScrapeRequest&, Duration) -> WebSource::Metrics {
    throw std::runtime_error("secret words");
  };
  source.not_ready = []() -> std::optional<std::string> { throw 1; };
  Running server(source);
  for (const auto path : {"/metrics", "/-/ready"}) {
    const std::string response = get(server.address(), path);
    EXPECT_EQ(status_of(response), 500);
    EXPECT_EQ(body_of(response), "internal error\n");
    EXPECT_EQ(response.find("secret"), std::string::npos);
    EXPECT_EQ(response.find("EXCEPTION"), std::string::npos);
  }
}

TEST(Server, PassesOnHowLongAScrapeMayWait) {
  std::atomic<Duration::rep> limit{};
  WebSource source = plain_source();
  source.metrics = [&](const ScrapeRequest&, Duration given) {
    limit = given.count();
    return shared("");
  };
  Running server(source);
  EXPECT_EQ(status_of(ask(server.address(),
                          "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                          "X-Prometheus-Scrape-Timeout-Seconds: 2.25\r\n\r\n")),
            200);
  EXPECT_EQ(Duration{limit}, std::chrono::milliseconds{1750});
}

TEST(Server, ListensAtSeveralAddressesOfBothFamilies) {
  Running server(plain_source(), {.listen_addresses = {"127.0.0.1:0", "[::1]:0", "127.0.0.2:0"},
                                  .telemetry_path = "/wg"});
  ASSERT_EQ((*server).addresses().size(), 3U);
  for (const std::string& address : (*server).addresses()) {
    EXPECT_EQ(status_of(get(address, "/wg")), 200) << address;
    EXPECT_EQ(status_of(get(address, "/metrics")), 404) << address;
    EXPECT_EQ(status_of(get(address, "/")), 200) << address;
  }
}

TEST(Server, StopsWithinTwoSecondsWithConnectionsOpen) {
  std::optional<Running> server(std::in_place);
  const Client idle(server->address()), half(server->address()), reader(server->address());
  half.send("GET /metr");
  reader.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(reader.response()), 200);
  const auto begin = Clock::now();
  (**server).stop();
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds{2});
  EXPECT_EQ(reader.until_closed(), "");
  server.reset();
}

TEST(Server, AnswersWhatIsUnderWayWhenItStops) {
  Gate gate;
  WebSource source = plain_source();
  source.metrics = [&](const ScrapeRequest&, Duration) {
    gate.pass();
    return shared("up 1\n");
  };
  Running server(source);
  const Client client(server.address());
  client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  gate.await_waiting(1);
  std::jthread stopper([&] { (*server).stop(); });
  gate.open();
  EXPECT_EQ(body_of(client.until_closed()), "up 1\n");
}

TEST(Server, StopsWithoutHavingStarted) {
  auto server = WebServer::bind({.listen_addresses = {"127.0.0.1:0"}}, plain_source());
  ASSERT_TRUE(server);
  server->stop();
}

TEST(Server, ServesManyThreads) {
  Running server;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) {
        EXPECT_EQ(status_of(get(server.address(), j % 2 == 0 ? "/metrics" : "/")), 200);
      }
    });
  }
}

TEST(Server, SaysWhyItCannotListen) {
  Running other;
  const struct {
    std::string address, want;
  } cases[] = {
      {other.address(),
       "Address already in use (is another wgaudit running? choose another with "
       "--web.listen-address)"},
      {"192.0.2.1:0",
       "Cannot assign requested address (no interface of this host has it; choose "
       "another with --web.listen-address)"},
      {"127.0.0.1", "not HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH"},
  };
  for (const auto& [address, want] : cases) {
    const auto server = WebServer::bind({.listen_addresses = {address}}, plain_source());
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error(), (Error{"cannot listen", address, want}));
  }
}

TEST(Server, ServesMetricsWhereNoPageIsAlone) {
  for (const std::string path :
       {"/", "/findings", "/peer", "/style.css", "/icon.svg", "/api/v1/status", "/api/x"}) {
    const auto server = WebServer::bind(
        {.listen_addresses = {"127.0.0.1:0"}, .telemetry_path = path}, plain_source());
    ASSERT_FALSE(server) << path;
    EXPECT_EQ(server.error(),
              (Error{"cannot serve metrics", "--web.telemetry-path " + path,
                     "a page of the server, or its API, is there; choose another path"}));
  }
  for (const std::string path : {"/metrics", "/peers", "/api"}) {
    EXPECT_TRUE(WebServer::bind({.listen_addresses = {"127.0.0.1:0"}, .telemetry_path = path},
                                plain_source()))
        << path;
  }
}

}  // namespace
}  // namespace wgaudit::test
