// The poll thread: observes, judges, publishes, remembers. Owner of Memory and of the child.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "audit/judge.hpp"
#include "exporter/daemon/published.hpp"
#include "exporter/daemon/state_keeper.hpp"

namespace wgaudit {

class Poller {
 public:
  struct Hooks {
    std::function<Observation()> observe;  // blocks; in the poll thread alone
    std::function<Now()> now;              // any thread
    std::function<OutboxStatus()> outbox;  // of the store; never blocks for long
    // After publishing, in the poll thread.
    std::function<void(const View&)> published;
  };

  // `interval` from the start of one poll to that of the next. `memory` is what the store had.
  Poller(Duration interval, Memory memory, JudgeContext context, StateKeeper& keeper, Hooks hooks);
  ~Poller();  // stops
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void start();
  // Wakes all who wait in fresh() and begins no further poll.
  void request_stop();
  // Whether the poll under way ended in time; then nothing more is published.
  [[nodiscard]] bool ended_within(Duration time_limit);
  // Both, with all the time that it takes.
  void stop();
  // The last step. REQUIRES: it has stopped. Returns whether it is stored.
  bool tell_stop(std::string_view reason, Duration time_limit);

  // The last View; null before the first poll has ended.
  [[nodiscard]] std::shared_ptr<const View> view() const { return view_.load(); }
  // A View no older than `max_age`: the last one, or that of a poll made earlier for all who wait.
  // After `time_limit` whatever there is; null if no poll has ended yet.
  [[nodiscard]] std::shared_ptr<const View> fresh(Duration max_age, Duration time_limit);

  // The context in force, and a new one, by which is judged at once.
  [[nodiscard]] std::shared_ptr<const JudgeContext> context() const { return context_.load(); }
  void use(JudgeContext context);

 private:
  void run();
  void poll_once();
  void publish(std::shared_ptr<const View> view);

  const Duration interval_;
  StateKeeper& keeper_;
  const Hooks hooks_;
  Published<JudgeContext> context_;
  Published<View> view_;
  Memory memory_;

  std::mutex mutex_;
  std::condition_variable wake_, polled_;
  bool wanted_ = false, polling_ = false, stopping_ = false, ended_ = false;
  std::uint64_t polls_ = 0;  // ended
  std::thread thread_;
};

}  // namespace wgaudit
