#include "exporter/sinks/syslog_stream_sink.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <thread>

#include "tests/sinks/events.hpp"
#include "tests/sinks/listener.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

using SteadyClock = std::chrono::steady_clock;

SyslogStreamOptions options(std::uint16_t port, const char* host = "127.0.0.1") {
  SyslogStreamOptions made;
  made.target = {host, port};
  made.sender = {.host_name = "gw1", .process_id = "1", .version = "0.1.0"};
  made.origin = origin();
  made.time_limit = kListenerPatience;
  return made;
}

// Whether this process's network has a connection to that port that stands (state 1).
bool is_connected(std::uint16_t port) {
  std::array<char, 32> entry{};
  std::snprintf(entry.data(), entry.size(), " 0100007F:%04X 01 ", port);
  return read_file("/proc/self/net/tcp").contains(entry.data());
}

// What the events of a batch are on the wire.
std::string frames(std::uint64_t first, std::uint64_t count) {
  std::string text;
  const SyslogStreamOptions of = options(0);
  for (const Event& event : batch(first, count).events) {
    append_counted(text, syslog_message(event, of.sender, to_ecs(event, of.origin, kInstallation)));
  }
  return text;
}

class SyslogStream : public testing::Test {
 protected:
  // confirm() until it says that something is lost: what the kernel tells of the other end may take
  // a moment.
  static std::expected<void, Sink::Failure> wait_lost(SyslogStreamSink& sink) {
    const auto limit = SteadyClock::now() + kListenerPatience;
    auto confirmed = sink.confirm();
    while (confirmed && SteadyClock::now() < limit) {
      std::this_thread::yield();
      confirmed = sink.confirm();
    }
    return confirmed;
  }

  Listener listener_{Listener::Kind::tcp};
  SyslogStreamSink sink_{options(listener_.port())};
};

TEST_F(SyslogStream, SendsFramesOverOneConnection) {
  EXPECT_EQ(sink_.resume(kInstallation, 7), 7U);
  ASSERT_TRUE(sink_.deliver(batch(8, 3)));
  ASSERT_TRUE(sink_.confirm());
  ASSERT_TRUE(sink_.deliver(batch(11, 2)));
  listener_.accept();
  EXPECT_EQ(listener_.read_at_least(frames(8, 5).size()), frames(8, 5));
}

TEST_F(SyslogStream, GoesToIpv6Too) {
  Listener v6(Listener::Kind::tcp, true);
  SyslogStreamSink sink(options(v6.port(), "::1"));
  ASSERT_TRUE(sink.deliver(batch(1, 1)));
  v6.accept();
  EXPECT_EQ(v6.read_at_least(frames(1, 1).size()), frames(1, 1));
}

TEST_F(SyslogStream, NobodyThereIsAFailureThatLosesNothing) {
  listener_.stop_listening();
  const auto delivered = sink_.deliver(batch(5, 3));
  ASSERT_FALSE(delivered);
  EXPECT_EQ(delivered.error().delivered, 4U);
  EXPECT_EQ(delivered.error().error.why, "Connection refused");
  EXPECT_TRUE(sink_.confirm());  // nothing was sent that could be lost
}

TEST_F(SyslogStream, AfterAResetTheLastOnesAreToBeSentAgain) {
  ASSERT_TRUE(sink_.deliver(batch(1, 4)));
  ASSERT_TRUE(sink_.deliver(batch(5, 2)));
  listener_.accept();
  listener_.close_connection(true);
  const auto confirmed = wait_lost(sink_);
  ASSERT_FALSE(confirmed);
  EXPECT_EQ(confirmed.error().delivered, 0U);
  EXPECT_EQ(confirmed.error().error.what, "cannot send events");
  ASSERT_TRUE(sink_.deliver(batch(1, 6)));
  listener_.accept();
  EXPECT_EQ(listener_.read_at_least(frames(1, 6).size()), frames(1, 6));
}

TEST_F(SyslogStream, AConnectionThatWasClosedIsNotWrittenTo) {
  ASSERT_TRUE(sink_.deliver(batch(1, 1)));
  listener_.accept();
  EXPECT_EQ(listener_.read_at_least(1).size(), frames(1, 1).size());
  listener_.close_connection();
  const auto confirmed = wait_lost(sink_);
  ASSERT_FALSE(confirmed);  // read a moment ago: it may not have been kept
  EXPECT_EQ(confirmed.error().delivered, 0U);
  EXPECT_EQ(confirmed.error().error.why, "the receiver closed the connection");
}

TEST_F(SyslogStream, WhatAReceiverSaysIsNobodys) {
  ASSERT_TRUE(sink_.deliver(batch(1, 1)));
  listener_.accept();
  listener_.send(std::string(2'000, 'x'));
  ASSERT_TRUE(sink_.confirm());
  ASSERT_TRUE(sink_.deliver(batch(2, 1)));
  EXPECT_EQ(listener_.read_at_least(frames(1, 2).size()), frames(1, 2));
}

TEST_F(SyslogStream, AReceiverThatReadsNothingIsGivenUp) {
  SyslogStreamOptions short_of_time = options(listener_.port());
  short_of_time.time_limit = std::chrono::milliseconds{50};
  SyslogStreamSink sink(short_of_time);
  std::expected<void, Sink::Failure> delivered;
  std::uint64_t last = 0;
  while (delivered && last < 100'000) {  // until the buffers of both kernels are full
    delivered = sink.deliver(batch(last + 1, 500));
    last += 500;
  }
  ASSERT_FALSE(delivered);
  // What the other kernel had is not what its program had.
  EXPECT_EQ(delivered.error().delivered, last - 500 - std::min<std::uint64_t>(last - 500, 1'000));
}

TEST_F(SyslogStream, AnInterruptEndsTheWait) {
  std::thread interrupter;
  std::expected<void, Sink::Failure> delivered;
  const auto begin = SteadyClock::now();
  interrupter = std::thread([this] { sink_.interrupt(); });
  std::uint64_t last = 0;
  while (delivered && last < 1'000'000) {
    delivered = sink_.deliver(batch(last + 1, 500));
    last += 500;
  }
  interrupter.join();
  EXPECT_FALSE(delivered);
  EXPECT_LT(SteadyClock::now() - begin, kListenerPatience);
  EXPECT_FALSE(sink_.deliver(batch(1, 1)));  // and from now on
}

TEST_F(SyslogStream, AReopenUsesANewConnection) {
  ASSERT_TRUE(sink_.deliver(batch(1, 1)));
  listener_.accept();
  EXPECT_EQ(listener_.read_at_least(1), frames(1, 1));
  sink_.tend(true);
  ASSERT_TRUE(sink_.confirm());
  ASSERT_TRUE(sink_.deliver(batch(2, 1)));
  listener_.accept();
  EXPECT_EQ(listener_.read_at_least(1), frames(2, 1));
}

// SIGHUP can come before the connection was looked at again.
TEST_F(SyslogStream, AReopenThrowsNoBrokenConnectionAwayUnseen) {
  ASSERT_TRUE(sink_.deliver(batch(1, 3)));
  listener_.accept();
  EXPECT_TRUE(is_connected(listener_.port()));
  listener_.close_connection(true);
  const auto limit = SteadyClock::now() + kListenerPatience;
  while (is_connected(listener_.port()) && SteadyClock::now() < limit) std::this_thread::yield();
  const auto tended = sink_.tend(true);
  ASSERT_FALSE(tended);
  EXPECT_EQ(tended.error().delivered, 0U);
  EXPECT_TRUE(sink_.tend(true));
  ASSERT_TRUE(sink_.deliver(batch(1, 3)));
  listener_.accept();
  EXPECT_EQ(listener_.read_at_least(frames(1, 3).size()), frames(1, 3));
}

TEST_F(SyslogStream, AnotherInstallationBringsNothingOfTheOneBefore) {
  ASSERT_TRUE(sink_.deliver(batch(1, 5)));
  ASSERT_TRUE(sink_.deliver(batch(1, 1, kOtherInstallation)));
  listener_.accept();
  listener_.close_connection(true);
  const auto confirmed = wait_lost(sink_);
  ASSERT_FALSE(confirmed);
  EXPECT_EQ(confirmed.error().delivered, 0U);
}

}  // namespace
}  // namespace wgaudit::test
