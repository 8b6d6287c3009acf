#include "exporter/web/password_queue.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace wgaudit::test {
namespace {

using namespace std::chrono_literals;
using Source = PasswordQueue::Source;

constexpr PasswordQueue::Time kStart{1h};
constexpr auto kSuspectTime = PasswordQueue::kSuspectTime;
constexpr std::size_t kPlaces = PasswordQueue::kPlaces;

Source remote(std::size_t number) {
  return ClientSource{.prefix = {192, 0, 2, static_cast<std::uint8_t>(number)}};
}
const Source kThisHost;

// How many of `tries` find a place.
std::size_t enter(PasswordQueue& queue, const Source& source, std::size_t tries,
                  PasswordQueue::Time now = kStart) {
  std::size_t entered = 0;
  for (std::size_t i = 0; i < tries; ++i) entered += queue.enter(source, now) ? 1 : 0;
  return entered;
}

TEST(PasswordQueue, GivesASourceTwoPlacesAndASuspectOne) {
  for (const Source& source : {remote(1), kThisHost}) {
    PasswordQueue queue;
    EXPECT_EQ(enter(queue, source, 10), 2U);
    EXPECT_EQ(enter(queue, remote(2), 10), 2U) << "of another";
    PasswordQueue other;
    other.note_refusal(source, kStart);
    EXPECT_EQ(enter(other, source, 10, kStart + kSuspectTime - 1s), 1U);
    EXPECT_EQ(enter(other, source, 10, kStart + kSuspectTime), 1U) << "and then two again";
  }
}

TEST(PasswordQueue, HasFewPlacesAndKeepsOneForThoseWhoAreNotSuspect) {
  PasswordQueue queue;
  std::size_t entered = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    queue.note_refusal(remote(i), kStart);
    entered += enter(queue, remote(i), 2);
  }
  EXPECT_EQ(entered, kPlaces - 1);
  EXPECT_EQ(enter(queue, remote(100), 1), 1U);
  EXPECT_EQ(enter(queue, remote(101), 1), 0U) << "all are taken";
}

// Four remote sources, or 24 threads of this host, that try passwords without a pause.
TEST(PasswordQueue, WhoTriesPasswordsTakesNoPlaceFromOthers) {
  const std::vector<Source> crowds[] = {{remote(1), remote(2), remote(3), remote(4)}, {kThisHost}};
  for (const auto& attackers : crowds) {
    PasswordQueue queue;
    std::vector<PasswordQueue::Place> places;
    const auto attack = [&] {
      for (const Source& source : attackers) {
        for (int i = 0; i < 24; ++i) {
          if (const auto place = queue.enter(source, kStart)) places.push_back(*place);
        }
      }
    };
    attack();
    // The first of them are refused, and come again at once.
    for (const Source& source : attackers) queue.note_refusal(source, kStart);
    for (const auto place : places) queue.leave(place);
    places.clear();
    attack();
    EXPECT_EQ(places.size(), attackers.size());
    const auto first = queue.enter(remote(9), kStart), second = queue.enter(remote(10), kStart);
    ASSERT_TRUE(first && second);
    EXPECT_TRUE(queue.is_next(*first)) << "before those who came earlier";
    queue.leave(*first);
    EXPECT_TRUE(queue.is_next(*second));
    queue.leave(*second);
    EXPECT_TRUE(queue.is_next(places.front()));
  }
}

TEST(PasswordQueue, TakesATurnFromWhoBecameSuspectMeanwhile) {
  PasswordQueue queue;
  const auto running = queue.enter(remote(1), kStart), waiting = queue.enter(remote(1), kStart),
             other = queue.enter(remote(2), kStart);
  ASSERT_TRUE(running && waiting && other);
  EXPECT_TRUE(queue.is_next(*running));
  queue.note_refusal(remote(1), kStart);
  queue.leave(*running);
  EXPECT_FALSE(queue.is_next(*waiting));
  EXPECT_TRUE(queue.is_next(*other));
}

TEST(PasswordQueue, RemembersSoManySuspects) {
  PasswordQueue queue;
  for (std::size_t i = 0; i < 2 * PasswordQueue::kMostSuspects; ++i) {
    queue.note_refusal(ClientSource{.prefix = {static_cast<std::uint8_t>(i >> 8U),
                                               static_cast<std::uint8_t>(i & 0xffU)}},
                       kStart + std::chrono::microseconds{i});
  }
  EXPECT_EQ(queue.suspects(), PasswordQueue::kMostSuspects);
  queue.note_refusal(kThisHost, kStart + 1h);
  EXPECT_EQ(queue.suspects(), 1U) << "the others are long ago";
}

}  // namespace
}  // namespace wgaudit::test
