#include "collectors/child/observe.hpp"

#include <gtest/gtest.h>

#include "collectors/clock/clock.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

Device device(const std::string& name, CollectorKind collector, const std::string& netns = "") {
  Device device = test::device(name, {}, {}, netns);
  device.collector = collector;
  device.link.reset();
  return device;
}

TEST(SettleDevices, SortsByNamespaceAndName) {
  Observation observation;
  observation.devices = {device("wg1", CollectorKind::netlink, "blue"),
                         device("wg1", CollectorKind::netlink), device("wg0", CollectorKind::uapi)};
  settle_devices(observation);
  ASSERT_EQ(observation.devices.size(), 3U);
  EXPECT_EQ(observation.devices[0].name, "wg0");
  EXPECT_EQ(observation.devices[1].netns, "");
  EXPECT_EQ(observation.devices[2].netns, "blue");
  EXPECT_TRUE(observation.failures.empty());
}

TEST(SettleDevices, TheKernelsDeviceWinsOverASocketOfItsName) {
  Observation observation;
  observation.devices = {device("wg0", CollectorKind::uapi), device("wg0", CollectorKind::netlink),
                         device("wg0", CollectorKind::uapi, "blue")};
  settle_devices(observation);
  ASSERT_EQ(observation.devices.size(), 2U);
  EXPECT_EQ(observation.devices[0].collector, CollectorKind::netlink);
  ASSERT_EQ(observation.failures.size(), 1U);
  EXPECT_EQ(observation.failures[0].collector, CollectorKind::uapi);
  EXPECT_EQ(observation.failures[0].why,
            "another interface of this name is there: netlink's is taken");
}

TEST(SettleDevices, WhatBreaksAPromiseIsAFailure) {
  Observation observation;
  observation.devices = {device("wg0", CollectorKind::netlink)};
  observation.devices[0].prefixes.push_back(test::cidr("10.0.0.0/8"));
  settle_devices(observation);
  EXPECT_TRUE(observation.devices.empty());
  ASSERT_EQ(observation.failures.size(), 1U);
  EXPECT_EQ(observation.failures[0].why, "not understood: prefixes of no peer");
}

TEST(SettleDevices, NoSocketStandsInForAKernelInterfaceThatCouldNotBeRead) {
  Observation observation;
  observation.devices = {device("wg0", CollectorKind::uapi),
                         device("wg0", CollectorKind::uapi, "blue"),
                         device("wg1", CollectorKind::netlink)};
  observation.failures = {{CollectorKind::netlink, "", "wg0", "Interrupted system call"},
                          {CollectorKind::uapi, "", "wg1", "stale socket"}};
  settle_devices(observation);
  ASSERT_EQ(observation.devices.size(), 2U);
  EXPECT_EQ(observation.devices[0].name, "wg1");
  EXPECT_EQ(observation.devices[1].netns, "blue");
  ASSERT_EQ(observation.failures.size(), 3U);
  EXPECT_EQ(observation.failures[2].collector, CollectorKind::uapi);
  EXPECT_EQ(observation.failures[2].name, "wg0");
  EXPECT_EQ(observation.failures[2].why, "a kernel interface of this name could not be read");
}

TEST(SettleDevices, OneCollectorsDeviceIsThereOnceAndNoFailure) {
  Observation observation;
  observation.devices = {device("wg0", CollectorKind::uapi), device("wg0", CollectorKind::uapi),
                         device("wg1", CollectorKind::uapi)};
  observation.devices[0].listen_port = 1;
  observation.devices[1].listen_port = 2;
  observation.failures = {{CollectorKind::uapi, "", "wg1", "stale socket"},
                          {CollectorKind::uapi, "", "wg2", "stale socket"},
                          {CollectorKind::uapi, "", "wg2", "timed out"}};
  settle_devices(observation);
  ASSERT_EQ(observation.devices.size(), 2U);
  EXPECT_EQ(observation.devices[0].listen_port, 1);
  ASSERT_EQ(observation.failures.size(), 1U);
  EXPECT_EQ(observation.failures[0].name, "wg2");
  EXPECT_EQ(observation.failures[0].why, "stale socket");
}

TEST(AttachLinks, OnlyToUserspaceDevicesOfTheOwnNamespace) {
  Observation observation;
  observation.devices = {device("wg0", CollectorKind::uapi), device("wg1", CollectorKind::uapi),
                         device("wg0", CollectorKind::uapi, "blue"),
                         device("wg0", CollectorKind::dump)};
  const Link link{.index = 5, .mtu_bytes = 1420, .up = true, .counters = {}};
  attach_links({{"wg0", link}}, observation);
  EXPECT_EQ(observation.devices[0].link, link);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_FALSE(observation.devices[i].link) << i;
}

TEST(Observe, ReadsWhatIsAskedForAndNothingElse) {
  const test::TempDir dir;
  Targets targets;
  targets.netlink = false;
  targets.uapi_directories = {{"", (dir.path() / "missing").string()}};
  targets.dumps = {{dir.write("wg0.dump", "(none)\t(none)\t51820\toff\n"), ""}};
  StandingPeersOfAll standing;
  const auto observation = observe(targets, read_boot_clock() + std::chrono::seconds(5), standing);
  ASSERT_EQ(observation.sources.size(), 2U);
  EXPECT_EQ(observation.sources[0].collector, CollectorKind::uapi);
  EXPECT_EQ(observation.sources[1].collector, CollectorKind::dump);
  ASSERT_EQ(observation.devices.size(), 1U);
  EXPECT_EQ(observation.devices[0].name, "wg0");
  EXPECT_LE(observation.begun, observation.ended);
}

}  // namespace
}  // namespace wgaudit
