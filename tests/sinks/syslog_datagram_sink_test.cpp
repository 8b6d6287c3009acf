#include "exporter/sinks/syslog_datagram_sink.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <thread>

#include "tests/sinks/events.hpp"
#include "tests/sinks/listener.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

SyslogDatagramOptions options(std::variant<HostPort, std::string> target) {
  SyslogDatagramOptions made;
  made.target = std::move(target);
  made.sender = {.host_name = "gw1", .process_id = "1", .version = "0.1.0"};
  made.origin = origin();
  made.time_limit = kListenerPatience;
  return made;
}

std::string message(std::uint64_t sequence) {
  const SyslogDatagramOptions of = options("");
  const Event event = test::event(sequence);
  return syslog_message(event, of.sender, to_ecs(event, of.origin, kInstallation));
}

// A unix socket of datagrams.
Descriptor listen_at(const std::string& path) {
  Descriptor listening(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(&address.sun_path[0], path.data(), path.size());
  EXPECT_EQ(bind(listening.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return listening;
}

std::string receive(const Descriptor& listening) {
  char buffer[65'536];
  const ssize_t size = recv(listening.fd(), buffer, sizeof buffer, 0);
  return {buffer, static_cast<std::size_t>(size > 0 ? size : 0)};
}

TEST(SyslogDatagram, AMessageADatagram) {
  for (const bool v6 : {false, true}) {
    Listener listener(Listener::Kind::udp, v6);
    SyslogDatagramSink sink(options(HostPort{v6 ? "::1" : "127.0.0.1", listener.port()}));
    EXPECT_EQ(sink.resume(kInstallation, 3), 3U);
    ASSERT_TRUE(sink.deliver(batch(4, 2)));
    EXPECT_EQ(listener.read_datagram(), message(4));
    EXPECT_EQ(listener.read_datagram(), message(5));
  }
}

// ICMP says of a datagram that nobody was there, when the next one is sent.
TEST(SyslogDatagram, WhereNobodyListensTheBatchComesAgain) {
  Listener listener(Listener::Kind::udp);
  SyslogDatagramSink sink(options(HostPort{"127.0.0.1", listener.port()}));
  listener.stop_listening();
  const auto delivered = sink.deliver(batch(4, 20));
  ASSERT_FALSE(delivered);
  EXPECT_EQ(delivered.error().delivered, 3U);
  EXPECT_EQ(delivered.error().error.why, "Connection refused");
}

TEST(SyslogDatagram, AUnixSocketThatComesLaterAndIsMadeAnew) {
  const TempDir directory;
  const std::string path = (directory.path() / "log").string();
  SyslogDatagramSink sink(options(path));
  const auto delivered = sink.deliver(batch(1, 1));
  ASSERT_FALSE(delivered);
  EXPECT_EQ(delivered.error().error.message(),
            "cannot send events: " + path + ": No such file or directory");
  {
    const Descriptor listening = listen_at(path);
    ASSERT_TRUE(sink.deliver(batch(1, 2)));
    EXPECT_EQ(receive(listening), message(1));
    EXPECT_EQ(receive(listening), message(2));
  }
  std::filesystem::remove(path);
  const Descriptor listening = listen_at(path);
  EXPECT_FALSE(sink.deliver(batch(3, 1)));  // the one that was there
  ASSERT_TRUE(sink.deliver(batch(3, 1)));
  EXPECT_EQ(receive(listening), message(3));
}

TEST(SyslogDatagram, AReaderThatDoesNotReadHoldsNobodyUpForEver) {
  const TempDir directory;
  const std::string path = (directory.path() / "log").string();
  const Descriptor listening = listen_at(path);
  SyslogDatagramOptions short_of_time = options(path);
  short_of_time.time_limit = std::chrono::milliseconds{50};
  SyslogDatagramSink late(short_of_time);
  auto delivered = late.deliver(batch(1, 5'000));
  ASSERT_FALSE(delivered);
  EXPECT_EQ(delivered.error().error.why, "timed out");
  SyslogDatagramSink interrupted(options(path));
  std::thread interrupter([&] { interrupted.interrupt(); });
  delivered = interrupted.deliver(batch(1, 5'000));
  interrupter.join();
  ASSERT_FALSE(delivered);
  EXPECT_EQ(delivered.error().error.why, "interrupted");
}

TEST(SyslogDatagram, APathThatIsTooLongIsSaid) {
  SyslogDatagramSink sink(options("/" + std::string(200, 'x')));
  const auto delivered = sink.deliver(batch(1, 1));
  ASSERT_FALSE(delivered);
  EXPECT_EQ(delivered.error().error.why, "File name too long");
}

}  // namespace
}  // namespace wgaudit::test
