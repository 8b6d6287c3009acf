// Between the poll thread, which must never wait for a disk, and the store, which does. One thread
// of its own opens, commits and writes what was learned; at most one of these is under way.
//
// The promise of SPEC §6 lies here: memory advances by what a commit has stored, and by nothing
// else. While a commit is under way, or the disk refuses it, polls go on, and the next commit
// stores the whole net change.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "audit/judge.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

class StateKeeper {
 public:
  struct Hooks {
    std::function<std::optional<WrittenTail>()> tail;  // for opening; may block
    // In the poll thread: committed, in order.
    std::function<void(const std::vector<Event>&)> told;
    // In the poll thread: the store was opened after a failure.
    std::function<void(const Store::Opened&)> opened;
    // In a thread of its own: the store could not be opened, or did not take a write.
    std::function<void()> failed{};
    // In that thread, after the store was opened, with each commit, and when it is asked for.
    std::function<void()> chore{};
  };

  // The store may be open already. It outlives the keeper.
  StateKeeper(Store& store, Hooks hooks);
  ~StateKeeper();
  StateKeeper(const StateKeeper&) = delete;
  StateKeeper& operator=(const StateKeeper&) = delete;

  // All in one thread, that of the polls.

  // Before a poll is judged: takes what came of work that took long, and opens a store that is not.
  void settle(Memory& memory, const Now& now);
  // After its view is published. Returns whether memory advanced by what the step tells.
  bool keep(Memory& memory, Step step, const Now& now);
  // How long the work under way has taken by now; zero where there is none. Any thread.
  [[nodiscard]] Duration busy_for(BootTime now) const;
  // Has Hooks::chore done, and does not wait for it. Any thread.
  void want_chore();

  // The last step, and all that was learned. Returns whether the step is committed in time.
  bool finish(Memory& memory, Step step, const Now& now, Duration time_limit);

 private:
  using Job = std::function<void()>;

  bool idle();
  bool wait(Duration time_limit);  // until no work is under way
  // REQUIRE: no work is under way.
  void begin(Job job, BootTime now);
  void begin_commit(const Now& now);  // of `step_`
  void take(Memory& memory);
  void write_learned(const Memory& memory, unsigned parts, const Now& now);
  void run();
  // Of the thread.
  void note(bool held) const;
  void do_chore() const;

  Store& store_;
  const Hooks hooks_;

  // Of the work under way, written by the thread, read after it has ended.
  std::shared_ptr<const Step> step_;
  bool committed_ = false;
  std::optional<Store::Opened> opened_;

  BootTime next_learned_{}, next_open_{};
  unsigned part_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Job job_;
  BootTime begun_{};  // of the job
  bool stopping_ = false, chore_wanted_ = false;
  std::thread thread_;
};

}  // namespace wgaudit
