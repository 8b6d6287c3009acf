#include "exporter/sinks/sent_window.hpp"

#include <gtest/gtest.h>

namespace wgaudit {
namespace {

using Ending = SentWindow::Ending;
using std::chrono::seconds;

SentWindow::Time at(int second) { return SentWindow::Time{} + seconds{second}; }

TEST(SentWindow, NothingSentIsNothingLost) {
  SentWindow window;
  EXPECT_EQ(window.ended(Ending::broken, at(0)), std::nullopt);
}

TEST(SentWindow, ABrokenConnectionBringsTheLastThousandAgain) {
  SentWindow window;
  window.sent(1, 10, at(0));
  EXPECT_EQ(window.ended(Ending::broken, at(1'000'000)), 0U);
  for (std::uint64_t i = 0; i < 50; ++i) window.sent(i * 100 + 1, i * 100 + 100, at(0));
  EXPECT_EQ(window.ended(Ending::broken, at(0)), 4'000U);
  window.sent(1, 5'000, at(0));
  EXPECT_EQ(window.ended(Ending::broken, at(0)), 4'000U);
  window.sent(1, 1, at(0));
  window.sent(2, 1'001, at(0));
  EXPECT_EQ(window.ended(Ending::broken, at(0)), 1U);
}

TEST(SentWindow, WhatIsSentAgainIsCountedAnew) {
  SentWindow window;
  window.sent(1, 500, at(0));
  EXPECT_EQ(window.ended(Ending::broken, at(1)), 0U);
  EXPECT_EQ(window.ended(Ending::broken, at(1)), std::nullopt);
  window.sent(1, 100, at(2));
  EXPECT_EQ(window.ended(Ending::broken, at(3)), 0U);
}

TEST(SentWindow, WhoClosedInOrderHasReadWhatIsOld) {
  SentWindow window;
  window.sent(1, 10, at(0));
  window.sent(11, 20, at(30));
  EXPECT_EQ(window.ended(Ending::in_order, at(60)), 10U);
  window.sent(1, 10, at(0));
  window.sent(11, 20, at(30));
  EXPECT_EQ(window.ended(Ending::in_order, at(59)), 0U);
  window.sent(1, 10, at(0));
  EXPECT_EQ(window.ended(Ending::in_order, at(60)), std::nullopt);
}

}  // namespace
}  // namespace wgaudit
