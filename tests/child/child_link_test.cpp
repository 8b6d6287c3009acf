#include "collectors/child/child_link.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "collectors/clock/clock.hpp"

namespace wgaudit {
namespace {

using Outcome = ChildLink::Outcome;
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

// What a link did not receive.
int left_in(const Ends& ends) {
  std::array<std::byte, 256> buffer;
  int left = 0;
  while (recv(ends.parent, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) ++left;
  return left;
}

void send_late(const Ends& ends, int count) {
  const Message late = late_message();
  for (int i = 0; i < count; ++i) {
    ASSERT_GT(send(ends.child, late.data(), late.size(), MSG_DONTWAIT), 0) << i;
  }
}

TEST(ChildLink, NoMessageIsPassedOverAfterTheDeadline) {
  const Ends ends;
  ChildLink link(ends.parent, -1);
  send_late(ends, 10);
  EXPECT_EQ(ask(link, Duration::zero()), Outcome::silent);
  EXPECT_EQ(link.wait_for_hello(read_boot_clock()), Outcome::silent);
  EXPECT_EQ(left_in(ends), 8);
}

TEST(ChildLink, CatchesUpWithSoMuchAndNoMore) {
  const Ends ends;
  ChildLink link(ends.parent, -1);
  send_late(ends, 70);
  link.catch_up();
  EXPECT_EQ(left_in(ends), 6);
}

}  // namespace
}  // namespace wgaudit
