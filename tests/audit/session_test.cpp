// Sessions: by handshakes alone, on the boot clock, over gaps, resets, restarts and reboots.
#include <gtest/gtest.h>

#include "tests/audit/world.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::actions_of;
using test::event_of;
using test::kStart;
using test::Names;
using test::number_of;
using test::record;
using test::World;

struct Alice {
  WallTime handshake{};
  std::uint64_t received = 0, sent = 0;
  std::string endpoint = "192.0.2.1:1000";
};
Device with(const Alice& alice) {
  return test::device("wg0", {{.name = "alice",
                               .last_handshake = alice.handshake,
                               .endpoint = alice.endpoint,
                               .received_bytes = alice.received,
                               .sent_bytes = alice.sent}});
}

struct Session : testing::Test {
  World world{{record("alice", "alice")}};
  Step poll(const Alice& alice, Duration after = 5s) {
    world.wait(after);
    return world.poll({with(alice)});
  }
  WallTime now() const { return world.now.wall; }
};

TEST_F(Session, TellsItsDurationItsBytesAndHowLongThePeerHadBeenIdle) {
  (void)poll({.handshake = now() - 2h, .received = 1000, .sent = 500});
  const WallTime handshake = now() + 4s;
  Step step = poll({.handshake = handshake, .received = 1100, .sent = 600});
  const Event& started = event_of(step, Action::session_started);
  EXPECT_EQ(started.at, handshake);
  EXPECT_EQ(number_of(started, Field::session_idle_before_seconds), 7204 + 5);
  EXPECT_EQ(started.text(Field::source_ip), "192.0.2.1");
  const Value session = *started.find(Field::session_id);
  for (int i = 0; i < 100 && std::ranges::count(actions_of(step), "session-ended") == 0; ++i) {
    step = poll({.handshake = handshake, .received = 5100, .sent = 2600});
  }
  const Event& ended = event_of(step, Action::session_ended);
  EXPECT_EQ(*ended.find(Field::session_id), session);
  EXPECT_EQ(number_of(ended, Field::source_bytes), 4000);
  EXPECT_EQ(number_of(ended, Field::destination_bytes), 2000);
  EXPECT_EQ(number_of(ended, Field::event_duration), Duration{180s}.count());
  EXPECT_EQ(ended.text(Field::event_reason), "timeout");
  ASSERT_EQ(step.delta.sessions.size(), 1U);
  EXPECT_EQ(step.delta.sessions[0].ended, handshake + 180s);
}

// Counters set to zero in the middle: what was counted before stays counted.
TEST_F(Session, AResetLosesNoBytes) {
  (void)poll({});
  const WallTime handshake = now() + 5s;
  (void)poll({.handshake = handshake, .received = 100, .sent = 10});
  (void)poll({.handshake = handshake, .received = 1100, .sent = 60});
  (void)poll({});  // "zero after non-zero is a reset: ends nothing"
  (void)poll({.handshake = WallTime{}, .received = 200, .sent = 40});
  const Step step = poll({.handshake = WallTime{}, .received = 300, .sent = 40}, 200s);
  const Event& ended = event_of(step, Action::session_ended);
  EXPECT_EQ(number_of(ended, Field::source_bytes), 1000 + 300);
  EXPECT_EQ(number_of(ended, Field::destination_bytes), 50 + 40);
}

TEST_F(Session, GoesOnOverAGapIfTheHandshakeIsFreshAndSaysWhatWasNotObserved) {
  (void)poll({});
  (void)poll({.handshake = now()});
  const Step on = poll({.handshake = now() + 590s}, 10min);
  EXPECT_EQ(actions_of(on), Names{});
  const Step over = poll({.handshake = now() + 100s}, 10min);
  const Event& ended = event_of(over, Action::session_ended);
  EXPECT_EQ(number_of(ended, Field::session_unobserved_seconds), 1200);
  EXPECT_EQ(*ended.find(Field::event_end), Value{now() - 500s + 180s});  // its last evidence
}

TEST_F(Session, OneThatRunsAtTheBaselineHasNoStartEventButAnEnd) {
  const WallTime handshake = now();
  (void)poll({.handshake = handshake});
  const Step step = poll({.handshake = handshake}, 10min);
  EXPECT_TRUE(test::flag_of(event_of(step, Action::session_ended), Field::session_start_unknown));
}

TEST_F(Session, ARestartNeitherEndsNorBeginsOne) {
  (void)poll({});
  (void)poll({.handshake = now()});
  world.restart(false);
  const Step step = poll({.handshake = now() + 20s}, 30s);
  EXPECT_EQ(actions_of(step), Names{"exporter-started"});
  EXPECT_TRUE(step.view.devices[0].peers[0].session_up);
  EXPECT_EQ(step.view.devices[0].peers[0].sessions, 1U);
}

// After kill -9 the newest handshake may be one that was never written. By the clock of now it is
// an hour old, but it came after the one that is known.
TEST_F(Session, AStepOfTheClockOverARestartDoesNotEndIt) {
  (void)poll({});
  (void)poll({.handshake = now()});
  const WallTime handshake = now() + 10s;
  world.restart(false);
  world.now.wall += 1h;
  const Step step = poll({.handshake = handshake}, 30s);
  EXPECT_EQ(actions_of(step), (Names{"exporter-started", "clock-stepped"}));
  EXPECT_TRUE(step.view.devices[0].peers[0].session_up);
}

TEST_F(Session, WhatEndedAndBeganWhileNobodyLookedIsToldAtTheStart) {
  (void)poll({});
  (void)poll({.handshake = now()});
  world.restart();
  Step step = poll({.handshake = now() + 10s}, 1h);
  EXPECT_EQ(actions_of(step), (Names{"exporter-started", "session-ended"}));
  EXPECT_TRUE(test::flag_of(step.events[1], Field::detected_at_start));
  world.restart();
  step = poll({.handshake = now() + 3590s}, 1h);
  EXPECT_EQ(actions_of(step), (Names{"exporter-started", "session-started"}));
  EXPECT_TRUE(test::flag_of(step.events[1], Field::detected_at_start));
  EXPECT_EQ(step.view.devices[0].peers[0].sessions, 2U);
}

TEST_F(Session, AnotherBootEndsAllAtTheirLastEvidence) {
  (void)poll({});
  (void)poll({.handshake = now(), .received = 100});
  (void)poll({.handshake = now() - 5s, .received = 700});
  world.restart();
  world.reboot(10min);
  // The interface is not there yet: its session has ended all the same, once.
  Step step = world.poll(std::vector<Device>{});
  const Event ended = event_of(step, Action::session_ended);
  EXPECT_EQ(ended.text(Field::event_reason), "reboot");
  EXPECT_EQ(number_of(ended, Field::source_bytes), 600);
  EXPECT_EQ(std::ranges::count(actions_of(step), "interface-removed"), 0);
  step = poll({.handshake = now() + 3s, .received = 5});
  EXPECT_EQ(actions_of(step), Names{"session-started"});
  EXPECT_EQ(step.view.devices[0].peers[0].sessions, 2U);
}

TEST_F(Session, AfterARebootAFreshHandshakeIsANewSession) {
  (void)poll({});
  (void)poll({.handshake = now()});
  world.restart();
  world.reboot(30s);
  const Step step = poll({.handshake = now() + 3s});
  EXPECT_EQ(actions_of(step), (Names{"exporter-started", "session-ended", "session-started"}));
}

// CLOCK_BOOTTIME goes on while the host sleeps: a session does not outlive a night.
TEST_F(Session, ASuspendedHostEndsIt) {
  (void)poll({});
  const WallTime handshake = now();
  (void)poll({.handshake = handshake});
  EXPECT_EQ(actions_of(poll({.handshake = handshake}, 8h)), (Names{"session-ended", "heartbeat"}));
}

TEST_F(Session, APeerThatGoesEndsItsSession) {
  (void)poll({});
  (void)poll({.handshake = now()});
  for (int i = 0; i < 2; ++i) {
    world.wait(5s);
    (void)world.poll({test::device("wg0", {})});
  }
  world.wait(5s);
  const Step step = world.poll({test::device("wg0", {})});
  EXPECT_EQ(actions_of(step), (Names{"session-ended", "peer-removed"}));
  EXPECT_EQ(step.events[0].text(Field::event_reason), "peer_removed");
}

// 25 at once, one more each 5 minutes; the end of a start that was told is always told.
TEST_F(Session, ChurnIsSuppressedAndCounted) {
  (void)poll({});
  int starts = 0, ends = 0;
  std::int64_t suppressed_starts = 0, suppressed_ends = 0, suppressed_moves = 0;
  int moves = 0;
  const auto count = [&](const Step& step) {
    for (const Event& event : step.events) {
      starts += event.action == Action::session_started;
      ends += event.action == Action::session_ended;
      moves += event.action == Action::endpoint_changed;
      if (event.action != Action::events_suppressed) continue;
      suppressed_starts += number_of(event, Field::suppressed_session_started);
      suppressed_ends += number_of(event, Field::suppressed_session_ended);
      suppressed_moves += number_of(event, Field::suppressed_endpoint_changed);
    }
  };
  constexpr int kMoves = 100, kSessions = 150;
  for (int i = 0; i < kMoves; ++i) {
    count(poll({.endpoint = i % 2 == 0 ? "198.51.100.1:1" : "192.0.2.1:1000"}, 1s));
  }
  EXPECT_GE(moves, 25);
  EXPECT_LE(moves, 26);
  for (int i = 0; i < kSessions; ++i) {
    const WallTime handshake = now() + 1s;
    count(poll({.handshake = handshake}, 1s));
    count(poll({.handshake = handshake}, 190s));
  }
  count(poll({}, 10min));
  count(poll({}, 10min));
  EXPECT_EQ(starts, ends);
  EXPECT_EQ(starts + suppressed_starts, kSessions);
  EXPECT_EQ(ends + suppressed_ends, kSessions);
  EXPECT_EQ(moves + suppressed_moves, kMoves);
  EXPECT_GT(suppressed_starts, 0);
  EXPECT_EQ(world.memory.devices.begin()->second.peers[0].told.sessions, 150U);
}

struct Counted : testing::Test {
  // One poll of alice with these counters, and a handshake where that is asked for.
  Step poll(std::uint64_t bytes, bool handshake = true) {
    world.wait(5s);
    if (handshake) last_handshake = world.now.wall;
    return world.poll({test::device("wg0", {{.name = "alice",
                                             .last_handshake = last_handshake,
                                             .received_bytes = bytes,
                                             .sent_bytes = 2 * bytes}})});
  }
  Step poll_without_alice() {
    world.wait(5s);
    return world.poll({test::device("wg0", {})});
  }
  static void expect_bytes(const Step& step, std::int64_t received) {
    const Event& ended = event_of(step, Action::session_ended);
    EXPECT_EQ(number_of(ended, Field::source_bytes), received);
    EXPECT_EQ(number_of(ended, Field::destination_bytes), 2 * received);
  }
  World world{{record("alice", "alice")}};
  WallTime last_handshake{};
};

TEST_F(Counted, ACounterThatIsSetToZeroWhileNothingElseChanges) {
  (void)poll(1000);
  (void)poll(1500, false);
  (void)poll(200, false);
  world.wait(4min);
  expect_bytes(poll(300, false), 500 + 300);
}

TEST_F(Counted, APeerThatIsMadeAnewBeforeItsAbsenceIsSettled) {
  (void)poll(1000);
  (void)poll(1500);
  (void)poll_without_alice();
  (void)poll(200);
  world.wait(4min);
  expect_bytes(poll(300, false), 500 + 300);
}

TEST_F(Counted, APeerThatIsRemoved) {
  (void)poll(1000);
  (void)poll(1500);
  Step step = poll_without_alice();
  for (int i = 0; i < 3 && actions_of(step).empty(); ++i) step = poll_without_alice();
  expect_bytes(step, 500);
}

TEST_F(Counted, AcrossARebootThatIsNotCommittedAtOnce) {
  (void)poll(1000);
  (void)poll(1500);
  world.restart(false);
  world.reboot(1min);
  world.committing = false;
  (void)poll(700);  // another session by now
  (void)poll(20);
  world.committing = true;
  expect_bytes(poll(30), 500);
}

TEST_F(Counted, WhenTheCommitOfTheStartTakesLong) {
  world.committing = false;
  const Step begun = poll(1000);
  (void)poll(20);
  world.memory.apply(begun.delta);
  world.committing = true;
  world.wait(4min);
  expect_bytes(poll(30, false), 30);
}

TEST_F(Counted, AcrossARestartWhileThePeerIsAbsent) {
  (void)poll(1000);
  (void)poll(1500);
  (void)poll_without_alice();
  world.restart();
  (void)poll_without_alice();
  (void)poll(200);
  world.wait(4min);
  expect_bytes(poll(300, false), 500 + 300);
}

// What was written of a session and of its counters before a crash need not be of one moment.
TEST(Sessions, BytesAreNeverLessThanNothing) {
  World world({record("alice", "alice")});
  const auto with = [&](std::uint64_t bytes) {
    return test::device("wg0", {{.name = "alice",
                                 .last_handshake = world.now.wall,
                                 .received_bytes = bytes,
                                 .sent_bytes = bytes}});
  };
  (void)world.poll({with(1000)});
  world.memory.devices.begin()->second.peers[0].learned.session_received_base = 5000;
  world.restart(false);
  world.reboot(1min);
  const Step step = world.poll({with(10)});
  const Event& ended = event_of(step, Action::session_ended);
  EXPECT_EQ(test::number_of(ended, Field::source_bytes), 0);
  EXPECT_EQ(test::number_of(ended, Field::destination_bytes), 0);
}

TEST_F(Counted, ADatabaseThatMakesNoSenseDoesNotCountBelowNothing) {
  (void)poll(1000);
  PeerLearned& learned = world.memory.devices.begin()->second.peers[0].learned;
  learned.session_received_base = learned.session_sent_base = 5000;
  world.wait(4min);
  expect_bytes(poll(1001, false), 0);
}

}  // namespace
}  // namespace wgaudit
