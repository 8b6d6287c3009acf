#include "exporter/daemon/history_source.hpp"

#include <gtest/gtest.h>

#include "exporter/store/store.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

TEST(HistorySource, ReadsBesideTheDaemonAndSaysWhyItCannot) {
  const TempDir root;
  const std::string directory = (root.path() / "state").string();
  HistorySource source(directory);
  const HistoryRequest request{.sessions = SessionQuery{.limit = 1},
                               .endpoints = {},
                               .findings = {},
                               .events = EventQuery{.limit = 1}};
  const auto nothing = source.read(request);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().what, "cannot read the state database");

  Store store(directory);
  ASSERT_TRUE(store.open(std::nullopt, {wall("2026-08-01T00:00:00Z"), boot({}), "boot-1"}));
  for (int i = 0; i < 5; ++i) {  // what was taken is given back
    const auto answer = source.read(request);
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_TRUE(answer->sessions.empty());
    EXPECT_NE(answer->installation, "");
  }
}

}  // namespace
}  // namespace wgaudit::test
