#include "exporter/daemon/signals.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>

namespace wgaudit {
namespace {

using namespace std::chrono_literals;

class SignalsTest : public testing::Test {
 protected:
  SignalsTest() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~SignalsTest() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  std::array<int, 2> ends_{};
  Signals signals_;
};

TEST_F(SignalsTest, NoneWhenTheTimeIsOver) {
  EXPECT_EQ(signals_.wait(0s), Signal::none);
  EXPECT_EQ(signals_.wait(-1s), Signal::none);
  EXPECT_EQ(signals_.wait(0s, {ends_[0]}), Signal::none);
}

TEST_F(SignalsTest, EachIsReadOnce) {
  ASSERT_EQ(raise(SIGHUP), 0);
  EXPECT_EQ(signals_.wait(0s), Signal::reload);
  ASSERT_EQ(raise(SIGTERM), 0);
  EXPECT_EQ(signals_.wait(0s), Signal::stop);
  ASSERT_EQ(raise(SIGINT), 0);
  EXPECT_EQ(signals_.wait(24h * 365), Signal::stop);
  EXPECT_EQ(signals_.wait(0s), Signal::none);
}

TEST_F(SignalsTest, AnotherDescriptorWakesItAfterTheSignals) {
  ASSERT_EQ(write(ends_[1], "x", 1), 1);
  ASSERT_EQ(raise(SIGHUP), 0);
  EXPECT_EQ(signals_.wait(24h * 365, {ends_[0]}), Signal::reload);
  EXPECT_EQ(signals_.wait(24h * 365, {ends_[0]}), Signal::readable);
  EXPECT_EQ(signals_.wait(24h * 365, {-1, ends_[0]}), Signal::readable);
  EXPECT_EQ(signals_.wait(0s), Signal::none);
}

}  // namespace
}  // namespace wgaudit
