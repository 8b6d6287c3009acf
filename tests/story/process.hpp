// The daemon without its threads: one store, one file sink and one memory, in the order of
// Poller::poll_once() and StateKeeper. It can die at any moment, and is started again on what a
// kill leaves.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "audit/judge.hpp"
#include "exporter/sinks/file_sink.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit::test {

// Where it dies in a poll.
enum class Death : std::uint8_t {
  none,
  before_commit,
  after_commit,  // memory has not advanced
  before_delivery,
  in_delivery,     // some bytes of a batch are written
  before_advance,  // all are, and the cursor does not know
};
inline constexpr unsigned kDeaths = 6;

// What a disk does to the state database.
enum class Disk : std::uint8_t { well, full, slow };

// What was told of and is stored, as text; without what a reboot changes.
using Told = std::set<std::string>;
[[nodiscard]] Told told_of(const Memory& memory);

class StoryProcess {
 public:
  StoryProcess(std::filesystem::path root, std::mt19937& random)
      : root_(std::move(root)), random_(random) {}

  void start(const Now& now, std::shared_ptr<const Inventory> inventory);
  // Before a poll: ends what took long, opens what is not open.
  void settle(const Now& now);
  // Returns the step as it was judged, its delta moved away. Dead after any death but `none`.
  Step poll(Observation observation, const JudgeContext& context, const Now& now, Death death);
  // Stops as it was asked to.
  void stop(const Now& now);
  void die();
  [[nodiscard]] bool alive() const { return store_ != nullptr; }
  void write_learned(const Now& now);

  void use(Disk disk);
  // From now on syncs of segments fail now and then, and half of the deaths are power losses.
  void be_rough() { rough_ = true; }
  // While it is dead: an older copy of the database, none, or a broken one is what it finds.
  void meddle_with_state();
  // While it is full every write to the segments fails.
  void fill_segments(bool full) { segment_bytes_ = full ? 0 : kUnlimited; }

  [[nodiscard]] const Memory& memory() const { return memory_; }
  [[nodiscard]] const Store& store() const { return *store_; }
  [[nodiscard]] std::string state() const { return (root_ / "state").string(); }
  [[nodiscard]] std::string segments() const { return (root_ / "events").string(); }

  struct Counts {
    std::uint64_t commits = 0, failed_commits = 0, late_commits = 0, failed_opens = 0;
    std::uint64_t failed_syncs = 0, power_losses = 0, meddled = 0, replaced = 0;
  };
  Counts counts;

 private:
  static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

  bool open(const Now& now);
  void commit(const Step& step);
  void end_late_commit();
  bool deliver(Death death);
  void attach_sink();
  [[nodiscard]] FileOps ops();
  int sync(int fd);
  void lose_power();

  std::filesystem::path root_;
  std::mt19937& random_;
  Now now_;
  Disk disk_ = Disk::well;
  std::unique_ptr<Store> store_;
  std::unique_ptr<FileSink> sink_;
  Memory memory_;
  std::optional<Told> stored_;        // what the next run has to find
  std::shared_ptr<const Step> late_;  // its commit is under way
  std::string installation_;          // "" until the sink is attached
  std::uint64_t delivered_ = 0;
  std::uint64_t segment_bytes_ = kUnlimited;  // that can be written

  // Of segments, by inode: up to where they are on the disk, but for these parts, which the kernel
  // took for written after an error.
  struct Part {
    ino_t inode = 0;
    std::uint64_t begin = 0, end = 0;
  };
  std::map<ino_t, std::uint64_t> synced_;
  std::vector<Part> doubtful_;
  bool rough_ = false, meddled_ = false;
};

}  // namespace wgaudit::test
