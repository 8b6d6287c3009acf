// The poll thread commits while sinks deliver, metrics are asked for, and a command reads.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "exporter/store/reader.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

// Delivers until it has all, in order; whether it did.
bool deliver(Store& store, const std::string& name, std::uint64_t all) {
  std::uint64_t delivered = 0;
  while (delivered < all) {
    const auto batch = store.read_after(delivered, 7);
    if (!batch) return false;
    for (const Event& event : batch->events) {
      if (event.sequence != delivered + 1) return false;
      delivered = event.sequence;
    }
    if (!store.advance(name, delivered) || store.cursor(name) != delivered) return false;
    if (batch->events.empty()) std::this_thread::yield();
  }
  return true;
}

TEST(StoreThreads, WorkBesideEachOther) {
  constexpr std::uint64_t kCommits = 60, kEvents = 5, kAll = kCommits * kEvents;
  StoreWorld world;
  world.open(at({}));
  std::atomic<int> good = 0;
  std::atomic<bool> stop = false;
  {
    std::vector<std::jthread> threads;
    for (const char* name : {"file", "http"}) {
      threads.emplace_back([&, name] { good += deliver(*world.store, name, kAll); });
    }
    threads.emplace_back([&] {
      const auto reader = StoreReader::open(world.directory);
      std::uint64_t seen = 0;
      bool rising = reader.has_value();
      while (!stop && rising) {
        const auto now = reader->last_sequence();
        rising = now && *now >= seen && *now % kEvents == 0;
        seen = now.value_or(0);
      }
      good += rising;
    });
    threads.emplace_back([&] {
      while (!stop) {
        (void)world.store->status();
        (void)world.store->outbox();
        (void)world.store->is_open();
      }
    });
    for (std::uint64_t i = 0; i < kCommits; ++i) {
      EXPECT_TRUE(world.commit(events_step(world.memory, kEvents, at({})), at({})));
      EXPECT_TRUE(world.store->write_learned(world.memory, 0, 1, at({})));
    }
    threads[0].join();
    threads[1].join();
    stop = true;
  }
  EXPECT_EQ(good, 3);
  EXPECT_EQ(world.store->cursor("file"), kAll);
  EXPECT_EQ(world.store->cursor("http"), kAll);
}

}  // namespace
}  // namespace wgaudit::test
