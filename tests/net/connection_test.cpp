#include "exporter/net/connection.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <thread>

namespace wgaudit::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Deadline in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

// Listens on a free port of 127.0.0.1. Connections are the kernel's until accept().
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_.fd(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_.fd(), 8), 0);
    EXPECT_EQ(getsockname(socket_.fd(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] HostPort target() const { return {"127.0.0.1", port_}; }
  [[nodiscard]] Descriptor accept() const {
    return Descriptor(::accept(socket_.fd(), nullptr, nullptr));
  }

 private:
  Descriptor socket_;
  std::uint16_t port_ = 0;
};

class ConnectionTest : public testing::Test {
 protected:
  std::expected<ReceiverConnection, Error> open(
      const HostPort& target, const std::optional<TlsOptions>& tls = std::nullopt) {
    return ReceiverConnection::open(resolver_, target, tls, in(seconds{20}), stop_);
  }
  Interruption stop_;
  Resolver resolver_;
  Listener listener_;
};

TEST_F(ConnectionTest, WritesAllAndReadsWhatComes) {
  auto connection = open(listener_.target());
  ASSERT_TRUE(connection) << connection.error().message();
  const std::string sent(8'000'000, 'x');  // more than any buffer of the kernel
  std::size_t received = 0;
  const Descriptor server = listener_.accept();
  std::jthread reader([&] {
    std::array<char, 65536> buffer{};
    while (received < sent.size()) {
      const ssize_t size = recv(server.fd(), buffer.data(), buffer.size(), 0);
      if (size <= 0) return;
      received += static_cast<std::size_t>(size);
    }
    EXPECT_EQ(send(server.fd(), "ok", 2, 0), 2);
  });
  ASSERT_TRUE(connection->write(sent, in(seconds{20})));
  std::array<char, 16> buffer{};
  const auto size = connection->read(buffer, in(seconds{20}));
  ASSERT_TRUE(size);
  EXPECT_EQ(std::string_view(buffer.data(), *size), "ok");
  reader.join();
  EXPECT_EQ(received, sent.size());
}

TEST_F(ConnectionTest, NoCallOutlastsItsDeadline) {
  auto connection = open(listener_.target());
  ASSERT_TRUE(connection);
  std::array<char, 16> buffer{};
  EXPECT_EQ(connection->read(buffer, in(milliseconds{1})).error().message(),
            "no answer: " + to_string(listener_.target()) + ": timed out");
  const auto written = connection->write(std::string(64'000'000, 'x'), in(milliseconds{20}));
  EXPECT_EQ(written.error().why, "timed out");
}

TEST_F(ConnectionTest, AnInterruptionEndsAndForbidsWaiting) {
  auto connection = open(listener_.target());
  ASSERT_TRUE(connection);
  std::jthread later([&] { stop_.interrupt(); });
  std::array<char, 16> buffer{};
  EXPECT_EQ(connection->read(buffer, in(seconds{20})).error().why, "interrupted");
  EXPECT_EQ(open(listener_.target()).error().why, "interrupted");
}

TEST_F(ConnectionTest, TheEndOfTheOtherSideIsSeenBeforeWriting) {
  auto connection = open(listener_.target());
  ASSERT_TRUE(connection);
  Descriptor server = listener_.accept();
  EXPECT_TRUE(connection->is_quiet());
  server = Descriptor();
  std::array<char, 16> buffer{};
  const auto size = connection->read(buffer, in(seconds{20}));
  ASSERT_TRUE(size);
  EXPECT_EQ(*size, 0U);
  EXPECT_FALSE(connection->is_quiet());
}

TEST_F(ConnectionTest, WhatCannotBeReachedIsNamed) {
  const HostPort target = Listener().target();  // nobody listens there any more
  EXPECT_EQ(open(target).error().message(),
            "cannot connect: " + to_string(target) + ": Connection refused");
  // RFC 6761: names below .invalid never exist. Without any resolver the words differ.
  const auto unknown = open({"receiver.invalid", 443});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().subject, "receiver.invalid:443");
  EXPECT_EQ(to_string(HostPort{"::1", 443}), "[::1]:443");
}

TEST_F(ConnectionTest, FindsNamesAndGivesUpOnWhatIsNoTls) {
  EXPECT_TRUE(open({"localhost", listener_.target().port}));
  std::jthread server([&] {
    const Descriptor first = listener_.accept();
    const Descriptor second = listener_.accept();
    EXPECT_EQ(send(second.fd(), "no TLS here\r\n", 13, MSG_NOSIGNAL), 13);
    std::array<char, 4096> buffer{};
    while (recv(second.fd(), buffer.data(), buffer.size(), 0) > 0) {
    }
  });
  const auto refused = open(listener_.target(), TlsOptions{});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().why.starts_with("TLS: ")) << refused.error().why;
}

TEST(TlsFiles, WhatCannotBeUsedIsNamed) {
  EXPECT_EQ(check_tls_files({}), "");
  EXPECT_EQ(check_tls_files({.ca_file = "/nonexistent/ca.pem"}),
            "/nonexistent/ca.pem: No such file or directory");
  EXPECT_EQ(check_tls_files({.cert_file = "/nonexistent/c.pem", .key_file = "/nonexistent/k.pem"}),
            "/nonexistent/c.pem: No such file or directory");
}

}  // namespace
}  // namespace wgaudit::test
