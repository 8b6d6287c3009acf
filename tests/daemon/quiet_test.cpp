#include "exporter/daemon/quiet.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::boot;
using Due = std::optional<Duration>;

TEST(Quiet, NothingNewIsNeverDue) {
  Quiet<std::string> quiet("a", 1s);
  quiet.look("a", boot(10s));
  EXPECT_EQ(quiet.due_in(boot(100s)), std::nullopt);
}

TEST(Quiet, AChangeIsDueAfterASecondOfQuiet) {
  Quiet<std::string> quiet("a", 1s);
  quiet.look("b", boot(10s));
  EXPECT_EQ(quiet.due_in(boot(10s)), Due(1s));
  // To look again disturbs nothing, or a busy neighbour would put it off for ever.
  quiet.look("b", boot(10s + 900ms));
  EXPECT_EQ(quiet.due_in(boot(10s + 900ms)), Due(100ms));
  EXPECT_EQ(quiet.due_in(boot(12s)), Due(0s));
  quiet.look("c", boot(12s));
  EXPECT_EQ(quiet.due_in(boot(12s)), Due(1s));
}

TEST(Quiet, WhatIsTakenIsNotDue) {
  Quiet<std::string> quiet("a", 1s);
  quiet.look("b", boot(10s));
  quiet.take("b");
  EXPECT_EQ(quiet.due_in(boot(12s)), std::nullopt);
  quiet.look("b", boot(12s));
  EXPECT_EQ(quiet.due_in(boot(12s)), std::nullopt);
}

TEST(Quiet, WhatIsAsItWasIsNotDue) {
  Quiet<std::string> quiet("a", 1s);
  quiet.look("b", boot(10s));
  quiet.look("a", boot(10s + 500ms));
  EXPECT_EQ(quiet.due_in(boot(12s)), std::nullopt);
}

TEST(Quiet, WhatIsDistrustedIsDueThoughItStandsStill) {
  Quiet<std::string> quiet("a", 1s);
  quiet.take("a");
  quiet.distrust(boot(10s));
  quiet.look("a", boot(10s + 500ms));
  EXPECT_EQ(quiet.due_in(boot(10s + 500ms)), Due(500ms));
  quiet.take("a");
  EXPECT_EQ(quiet.due_in(boot(12s)), std::nullopt);
}

}  // namespace
}  // namespace wgaudit
