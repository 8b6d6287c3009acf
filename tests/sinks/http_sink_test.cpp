// The sink and a receiver in this process; tests/e2e/http_receivers.py has the bad ones.
#include "exporter/sinks/http_sink.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

#include "tests/sinks/events.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

// Takes requests one after the other, and answers each with the next of its answers; the last one
// goes for all that follow. An answer that is "" closes instead.
class HttpReceiver {
 public:
  HttpReceiver() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_.fd(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_.fd(), 8), 0);
    EXPECT_EQ(getsockname(socket_.fd(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~HttpReceiver() { shutdown(socket_.fd(), SHUT_RDWR); }

  void answer(std::deque<std::string> answers) {
    const std::scoped_lock lock(mutex_);
    answers_ = std::move(answers);
  }
  std::vector<std::string> requests() {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void serve() {
    for (;;) {
      const Descriptor connection(accept(socket_.fd(), nullptr, nullptr));
      if (!connection) return;
      ++connections_;
      std::string input;
      while (take_request(connection.fd(), input)) {
      }
    }
  }
  bool take_request(int fd, std::string& input) {
    std::size_t end = std::string::npos;
    for (;;) {
      end = input.find("\r\n\r\n");
      if (end != std::string::npos) {
        const auto length = std::stoul(input.substr(input.find("Content-Length: ") + 16));
        end += 4 + length;
        if (input.size() >= end) break;
      }
      char buffer[65536];
      const ssize_t size = recv(fd, buffer, sizeof buffer, 0);
      if (size <= 0) return false;
      input.append(buffer, static_cast<std::size_t>(size));
    }
    const std::scoped_lock lock(mutex_);
    requests_.push_back(input.substr(0, end));
    input.erase(0, end);
    const std::string answer = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    return !answer.empty() && send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
  }

  Descriptor socket_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::deque<std::string> answers_{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
  std::vector<std::string> requests_;
  std::jthread thread_;
};

std::string answer(std::string_view status, std::string_view body = "",
                   std::string_view fields = "") {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string body_of(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}
std::size_t lines_of(const std::string& request) {
  const std::string body = body_of(request);
  return static_cast<std::size_t>(std::ranges::count(body, '\n'));
}

class HttpSinkTest : public testing::Test {
 protected:
  HttpSinkOptions options() {
    HttpSinkOptions options;
    options.url = {false, {"127.0.0.1", receiver_.port()}, "/in?x=y"};
    options.origin = origin();
    options.timeout = std::chrono::seconds{20};
    options.now = [] { return wall("2026-11-27T20:00:00Z"); };
    return options;
  }
  std::expected<void, Sink::Failure> deliver(HttpSink& sink, std::uint64_t first,
                                             std::uint64_t count) {
    (void)sink.resume(kInstallation, first - 1);
    return sink.deliver(batch(first, count));
  }
  HttpReceiver receiver_;
};

TEST_F(HttpSinkTest, SendsLinesOnOneConnection) {
  HttpSinkOptions with_header = options();
  with_header.headers = {{"X-Tenant", "a"}};
  HttpSink sink(with_header);
  EXPECT_TRUE(deliver(sink, 1, 3));
  EXPECT_TRUE(sink.deliver(batch(4, 2)));
  const auto requests = receiver_.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(receiver_.connections(), 1);
  std::string lines;
  for (const Event& one : batch(1, 3).events) lines += to_ecs(one, origin(), kInstallation) + '\n';
  EXPECT_EQ(body_of(requests[0]), lines);
  EXPECT_TRUE(requests[0].starts_with(
      "POST /in?x=y HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(receiver_.port()) + "\r\n"));
  EXPECT_NE(requests[0].find("\r\nContent-Type: application/x-ndjson\r\n"), std::string::npos);
  EXPECT_NE(requests[0].find("\r\nX-Tenant: a\r\n"), std::string::npos);
  EXPECT_EQ(requests[0].find("Authorization"), std::string::npos);
}

TEST_F(HttpSinkTest, SplitsABatchByCountAndBytes) {
  const std::size_t line = to_ecs(event(1), origin(), kInstallation).size() + 1;
  const struct {
    std::size_t batch_events, batch_bytes;
    std::vector<std::size_t> want;
  } cases[] = {{4, 1'000'000, {4, 4, 2}},
               {1'000, 3 * line + 20, {3, 3, 3, 1}},
               {1'000, 10, std::vector<std::size_t>(10, 1)}};  // less than one has
  std::vector<std::size_t> sizes, want;
  for (const auto& c : cases) {
    HttpSinkOptions limited = options();
    limited.batch_events = c.batch_events;
    limited.batch_bytes = c.batch_bytes;
    HttpSink sink(limited);
    EXPECT_TRUE(deliver(sink, 1, 10));
    want.insert(want.end(), c.want.begin(), c.want.end());
  }
  for (const std::string& request : receiver_.requests()) sizes.push_back(lines_of(request));
  EXPECT_EQ(sizes, want);
}

TEST_F(HttpSinkTest, ARequestOnAConnectionThatWasClosedIsMadeAgain) {
  HttpSink sink(options());
  EXPECT_TRUE(deliver(sink, 1, 1));
  receiver_.answer({"", answer("200 OK")});
  EXPECT_TRUE(sink.deliver(batch(2, 1)));
  EXPECT_EQ(receiver_.connections(), 2);
  EXPECT_EQ(receiver_.requests().size(), 3U);
  // On a new one it is not: that would be no end.
  receiver_.answer({answer("200 OK", "", "Connection: close\r\n"), ""});
  EXPECT_TRUE(sink.deliver(batch(3, 1)));
  const auto failed = sink.deliver(batch(4, 1));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().error.why, "closed without an answer");
  EXPECT_EQ(failed.error().delivered, 3U);
}

TEST_F(HttpSinkTest, AnOutageSaysWhatArrivedAndWhenToTryAgain) {
  receiver_.answer({answer("200 OK"), answer("503 Busy", "x", "Retry-After: 7\r\n")});
  HttpSinkOptions few = options();
  few.batch_events = 2;
  HttpSink sink(few);
  const auto failed = deliver(sink, 1, 5);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().delivered, 2U);
  EXPECT_EQ(failed.error().error.message(), "cannot deliver events: 127.0.0.1:" +
                                                std::to_string(receiver_.port()) + ": status 503");
  EXPECT_EQ(failed.error().retry_after, std::chrono::seconds{7});
  EXPECT_FALSE(failed.error().rejected);
}

TEST_F(HttpSinkTest, ARejectionNamesTheRequest) {
  receiver_.answer({answer("200 OK"), answer("400 Bad Request")});
  HttpSinkOptions few = options();
  few.batch_events = 2;
  HttpSink sink(few);
  const auto failed = deliver(sink, 1, 5);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().delivered, 2U);
  ASSERT_TRUE(failed.error().rejected);
  EXPECT_EQ(failed.error().rejected->through, 4U);
}

TEST_F(HttpSinkTest, WhatWasPassedOverIsNotAskedForAgain) {
  receiver_.answer({answer("400 Bad Request")});
  HttpSink sink(options());
  EXPECT_EQ(deliver(sink, 1, 1).error().delivered, 0U);
  EXPECT_EQ(sink.deliver(batch(2, 3)).error().delivered, 1U);  // 1 was set aside
}

TEST_F(HttpSinkTest, AfterTooLargeRequestsStaySmaller) {
  receiver_.answer({answer("413 Too Large"), answer("200 OK")});
  HttpSink sink(options());
  EXPECT_TRUE(deliver(sink, 1, 100).error().rejected);
  EXPECT_TRUE(sink.deliver(batch(1, 100)));
  const auto requests = receiver_.requests();
  EXPECT_EQ(lines_of(requests[0]), 100U);
  for (std::size_t i = 1; i < requests.size(); ++i) EXPECT_LE(lines_of(requests[i]), 51U);
}

TEST_F(HttpSinkTest, ItemsThatAreRefusedAreTold) {
  HttpSinkOptions bulk = options();
  bulk.body = HttpBody::elasticsearch;
  HttpSink sink(bulk);
  receiver_.answer({answer("200 OK", R"({"errors":true,"items":[{"create":{"status":201}},
    {"create":{"status":400,"error":{"type":"t"}}},{"create":{"status":409}}]})")});
  const auto refused = deliver(sink, 1, 3);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().delivered, 3U);
  EXPECT_EQ(refused.error().refused, (std::vector<Refusal>{{2, "status 400: t"}}));
  receiver_.answer({answer("200 OK", R"({"errors":true,"items":[{"create":{"status":400}},
    {"create":{"status":429}},{"create":{"status":400}}]})")});
  const auto busy = deliver(sink, 1, 3);
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().delivered, 1U);
  EXPECT_EQ(busy.error().refused, (std::vector<Refusal>{{1, "status 400"}}));
}

TEST_F(HttpSinkTest, AnInterruptionEndsTheWaitForAnAnswer) {
  receiver_.answer({"HTTP/1.1 200 OK\r\n"});  // and nothing more
  HttpSink sink(options());
  std::jthread later([&] {
    while (receiver_.requests().empty()) std::this_thread::yield();
    sink.interrupt();
  });
  const auto failed = deliver(sink, 1, 1);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().error.why, "interrupted");
}

TEST_F(HttpSinkTest, ANewInstallationBeginsAnew) {
  HttpSink sink(options());
  EXPECT_TRUE(deliver(sink, 1, 2));
  EXPECT_TRUE(sink.deliver(batch(1, 1, kOtherInstallation)));
  EXPECT_NE(receiver_.requests()[1].find(event_id(kOtherInstallation, 1)), std::string::npos);
}

}  // namespace
}  // namespace wgaudit::test
