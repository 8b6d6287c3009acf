#include "collectors/child/child_link.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "collectors/clock/clock.hpp"

namespace wgaudit {
namespace {

using Outcome = ChildLink::Outcome;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Both ends of a link to a child that this test plays.
class Ends {
 public:
  Ends() {
    std::array<int, 2> ends;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    parent = ends[0];
    child = ends[1];
  }
  ~Ends() { hang_up(); }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;

  void hang_up() {
    if (child >= 0) close(child);
    child = -1;
  }

  int parent;  // the link closes it
  int child;
};

Message late_message() { return encode_observation({}, 999).front(); }

Outcome ask(ChildLink& link, Duration limit) {
  Observation observation;
  return link.ask({1, read_boot_clock()}, read_boot_clock() + limit, observation);
}

TEST(ChildLink, AnEmptyMessageIsNotTheEnd) {
  const Ends ends;
  ChildLink link(ends.parent, -1);
  ASSERT_EQ(send(ends.child, "", 0, 0), 0);
  EXPECT_EQ(ask(link, seconds(5)), Outcome::malformed);
  EXPECT_EQ(link.why(), "an empty message");
}

TEST(ChildLink, AClosedSocketIsTheEnd) {
  Ends ends;
  ChildLink link(ends.parent, -1);
  ends.hang_up();
  EXPECT_EQ(ask(link, seconds(5)), Outcome::gone);
  EXPECT_EQ(link.wait_for_hello(read_boot_clock() + seconds(5)), Outcome::gone);
}

TEST(ChildLink, ASocketThatNobodyMayWriteToIsTheEnd) {
  const Ends ends;
  ChildLink link(ends.parent, -1);
  ASSERT_EQ(shutdown(ends.child, SHUT_WR), 0);
  EXPECT_EQ(ask(link, seconds(5)), Outcome::gone);
}

TEST(ChildLink, MessagesThatKeepComingDoNotOutlastTheDeadline) {
  const Ends ends;
  ChildLink link(ends.parent, -1);
  std::atomic<bool> enough = false;
  std::thread flood([&] {
    const Message late = late_message();
    const BootTime end = read_boot_clock() + seconds(5);
    while (!enough && read_boot_clock() < end) {
      send(ends.child, late.data(), late.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
  });
  const BootTime begun = read_boot_clock();
  EXPECT_EQ(ask(link, milliseconds(50)), Outcome::silent);
  EXPECT_EQ(link.wait_for_hello(read_boot_clock() + milliseconds(50)), Outcome::silent);
  link.catch_up();
  EXPECT_LT(read_boot_clock() - begun, seconds(3));
  enough = true;
  flood.join();
}

TEST(ChildLink, CatchesUpWithSoMuchAndNoMore) {
  const Ends ends;
  ChildLink link(ends.parent, -1);
  const Message late = late_message();
  for (int i = 0; i < 70; ++i) {
    ASSERT_GT(send(ends.child, late.data(), late.size(), MSG_DONTWAIT), 0) << i;
  }
  link.catch_up();
  std::array<std::byte, 256> buffer;
  int left = 0;
  while (recv(ends.parent, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) ++left;
  EXPECT_EQ(left, 6);
}

}  // namespace
}  // namespace wgaudit
