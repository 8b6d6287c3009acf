#include "collectors/netlink/collect.hpp"

#include <gtest/gtest.h>

#include "collectors/clock/clock.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

TEST(CollectNetlink, AListingOfNamespacesThatFailsIsASourceOfItsOwn) {
  const test::TempDir dir;
  Targets targets;
  targets.all_netns = true;
  Observation observation;
  StandingPeersOfAll standing;
  // The deadline has passed: nothing is asked of the kernel.
  collect_netlink(targets, read_boot_clock(), standing, observation, dir.write("file", ""));
  ASSERT_EQ(observation.sources.size(), 2U);
  EXPECT_EQ(observation.sources[0].netns, "");
  EXPECT_EQ(observation.sources[1].collector, CollectorKind::netlink);
  EXPECT_EQ(observation.sources[1].netns, kAllNamespaces);
  EXPECT_EQ(observation.sources[1].status, SourceStatus::failed);
  EXPECT_EQ(observation.sources[1].why, "Not a directory");
}

TEST(CollectNetlink, NoDirectoryOfNamespacesIsNoNamespace) {
  const test::TempDir dir;
  Targets targets;
  targets.all_netns = true;
  Observation observation;
  StandingPeersOfAll standing;
  collect_netlink(targets, read_boot_clock(), standing, observation,
                  (dir.path() / "missing").string());
  EXPECT_EQ(observation.sources.size(), 1U);
}

}  // namespace
}  // namespace wgaudit
