// What is learned is written in rotation, where it changed.
#include <gtest/gtest.h>

#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

const DeviceId kWg0{"", "wg0"};

class Learned : public testing::Test {
 protected:
  void SetUp() override {
    world_.open(at({}));
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i) names.push_back("peer " + std::to_string(i));
    ASSERT_TRUE(world_.commit(device_step(world_.memory, kWg0, names, at({})), at({})));
    committed_ = stored(world_.memory);
  }
  // Another handshake and more bytes for all.
  void learn() {
    DeviceMemory& device = world_.memory.devices.at(kWg0);
    auto last = std::make_shared<Device>(*device.last);
    for (Peer& peer : last->peers) peer.received_bytes += 1000;
    device.last = std::move(last);
    for (PeerMemory& peer : device.peers) {
      peer.learned.last_handshake += seconds(120);
      peer.traffic.mean += 0.001;
      peer.traffic.minutes += 1;
      peer.told.sessions += 1;  // not committed: learning does not write it
    }
  }
  std::size_t written() {
    const Stored now = stored(world_.restart(at({})).memory);
    std::size_t count = 0;
    for (const auto& [key, peer] : now.devices.at(kWg0).peers) {
      const StoredPeer& before = committed_.devices.at(kWg0).peers.at(key);
      EXPECT_EQ(peer.told, before.told);
      if (peer.learned != before.learned && peer.traffic != before.traffic &&
          peer.received_bytes == before.received_bytes + 1000) {
        ++count;
      } else {
        EXPECT_EQ(peer, before);
      }
    }
    return count;
  }
  StoreWorld world_;
  Stored committed_;
};

TEST_F(Learned, IsWrittenPartByPart) {
  learn();
  const Memory memory = world_.memory;
  EXPECT_EQ(written(), 0U);
  std::size_t before = 0;
  for (unsigned part = 0; part < 4; ++part) {
    EXPECT_TRUE(world_.store->write_learned(memory, part, 4, at(seconds(part))));
    const std::size_t now = written();
    EXPECT_GT(now, before + 10) << "about a quarter";
    EXPECT_LT(now, before + 40);
    EXPECT_EQ(world_.memory.alive_before, at(seconds(part)).wall);
    before = now;
  }
  EXPECT_EQ(before, 100U);
}

TEST_F(Learned, WithoutNewsOnlyTheSignOfLifeIsWritten) {
  learn();
  EXPECT_TRUE(world_.store->write_learned(world_.memory, 0, 1, at({})));
  const std::uint64_t before = world_.store->status().size_bytes;
  EXPECT_TRUE(world_.store->write_learned(world_.memory, 0, 1, at(seconds(5))));
  // One page of the log, with the headers of page and log.
  EXPECT_LE(world_.store->status().size_bytes, before + 4096 + 64);
}

TEST_F(Learned, OfAPeerThatIsNotThereTheCountersAreAtZero) {
  learn();
  DeviceMemory& device = world_.memory.devices.at(kWg0);
  auto last = std::make_shared<Device>(*device.last);
  last->peers.clear();
  device.last = std::move(last);
  EXPECT_TRUE(world_.store->write_learned(world_.memory, 0, 1, at({})));
  const Memory loaded = world_.restart(at({})).memory;
  for (const Peer& peer : loaded.devices.at(kWg0).last->peers) EXPECT_EQ(peer.received_bytes, 0U);
  EXPECT_EQ(loaded.devices.at(kWg0).last->peers.size(), 100U);
}

TEST_F(Learned, WhatIsNotToldIsNotWritten) {
  PeerMemory stranger = full_peer("stranger");
  stranger.is_told = false;
  world_.memory.devices.at(kWg0).peers.push_back(stranger);
  DeviceMemory& untold = world_.memory.devices[{"", "wg9"}];
  untold.last = std::make_shared<Device>();
  untold.peers = {full_peer("bob")};
  EXPECT_TRUE(world_.store->write_learned(world_.memory, 0, 1, at({})));
  EXPECT_EQ(stored(world_.restart(at({})).memory), committed_);
}

}  // namespace
}  // namespace wgaudit::test
