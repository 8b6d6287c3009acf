// The daemon without its threads: one store, one file sink and one memory, which can die at any
// moment and be started again on what is left of them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

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
  torn_line,       // in the middle of writing the last line of a batch
  before_advance,  // all is written, the cursor does not know
};

class StoryProcess {
 public:
  explicit StoryProcess(std::filesystem::path root) : root_(std::move(root)) {}

  void start(const Now& now, const JudgeContext& context);
  // In the order of Poller::poll_once(). Returns the view; dead after any death but `none`.
  View poll(Observation observation, const JudgeContext& context, const Now& now, Death death);
  void write_learned(const Now& now);
  void die();
  [[nodiscard]] bool alive() const { return store_ != nullptr; }

  // While it is full no write grows a file.
  static void fill_disk(bool full);

  [[nodiscard]] const Memory& memory() const { return memory_; }
  [[nodiscard]] std::string segments() const { return (root_ / "events").string(); }
  std::uint64_t committed = 0;  // steps that told something

 private:
  void deliver(Death death);
  void tear();

  std::filesystem::path root_;
  Now now_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<FileSink> sink_;
  Memory memory_;
  std::uint64_t delivered_ = 0;
};

}  // namespace wgaudit::test
