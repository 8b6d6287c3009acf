#include "exporter/daemon/leave.hpp"

#include <gtest/gtest.h>

namespace wgaudit {
namespace {

TEST(StopReason, TheFirstCounts) {
  StopReason reason;
  EXPECT_TRUE(reason.note("signal"));
  EXPECT_FALSE(reason.note("state_failed")) << "it stops already: nothing to start anew for";
  EXPECT_STREQ(reason.text(), "signal");
}

}  // namespace
}  // namespace wgaudit
