// What every sink needs beside itself: a thread, a cursor and patience.
//
// The thread reads the outbox after the last event that was delivered, gives batches to the sink
// and advances the cursor after each. After a failure it waits, from 1 s doubling to 30 s; a commit
// does not shorten that. What is not delivered stays in the outbox, over the end of the program
// too.
//
// A batch that the receiver rejects is halved until the event stands alone that it will not take.
// That one is set aside, in the transaction that moves the cursor over it, and the rest goes on.
// But a receiver that refuses one event after the other and takes none has a trouble of its own:
// from the 50th on it is given one a try, with the wait of a failure between them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "collectors/model/error.hpp"
#include "collectors/model/time.hpp"
#include "exporter/sinks/sink.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

// The Store, as a sink sees it: Store::read_after, cursor, advance, rewind, set_aside.
struct OutboxReader {
  std::function<std::expected<EventBatch, Error>(std::uint64_t sequence, std::size_t max_events)>
      read_after;
  std::function<std::optional<std::uint64_t>(const std::string& sink)> cursor;
  std::function<bool(const std::string& sink, std::uint64_t sequence)> advance;
  std::function<bool(const std::string& sink, std::uint64_t sequence)> rewind;
  // As advance, and keeps what was refused on the way. For a sink that refuses.
  std::function<bool(const std::string& sink, std::uint64_t sequence,
                     const std::vector<Refusal>& refused)>
      set_aside{};
};

struct SinkStatus {
  std::string name;
  bool up = true;     // nothing failed since the last success
  std::string why{};  // not up
  std::uint64_t delivered_sequence = 0;
  std::uint64_t delivered_events_total = 0;  // of this run, as the next one; each event once
  std::uint64_t failures_total = 0;
  std::uint64_t dead_events_total = 0;  // set aside
  std::optional<Refusal> last_dead{};
  bool paused = false;
  // When the first event happened that is known and not delivered; absent where all are.
  std::optional<WallTime> oldest_pending{};
  friend bool operator==(const SinkStatus&, const SinkStatus&) = default;
};

struct DeliveryOptions {
  std::string name;
  std::function<BootTime()> now;  // what the wait after a failure is measured by
  Duration tend_interval = std::chrono::seconds{1};
  Duration first_wait = std::chrono::seconds{1}, longest_wait = std::chrono::seconds{30};
  Duration longest_retry_after = std::chrono::minutes{5};  // whatever the receiver wants
  std::size_t batch_events = 2000;
  std::size_t refused_in_a_row = 50;  // more of them are the receiver's trouble
  bool paused = false;  // has a cursor, so that its events are kept, and delivers nothing
  // Of the delivery's thread, after each failure that it waits for; may be empty.
  std::function<void(const Error&)> failed{};
};

// How long to wait after so many failures in a row, from 1; `jitter` in [0, 1) takes up to half of
// it away, so that many gateways do not come back at once. Pure.
[[nodiscard]] Duration wait_after(unsigned failures, double jitter, const DeliveryOptions& options);

class Delivery {
 public:
  Delivery(DeliveryOptions options, std::unique_ptr<Sink> sink, OutboxReader outbox);
  ~Delivery();  // stops at once
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // `before`: what it takes the place of. It begins when that has ended, however long that takes.
  void start(std::unique_ptr<Delivery> before = nullptr);
  // Any thread, as all that follows. After a commit.
  void wake();
  void reopen();
  // Delivers what there is, then ends: a failure ends it too. Returns at once.
  void request_stop();
  // Waits for that end, at the deadline interrupts the sink, and joins.
  void stop_by(std::chrono::steady_clock::time_point deadline);
  // The same, but for joining a sink that does not heed the interruption: false, then.
  [[nodiscard]] bool try_stop_by(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] bool has_ended() const;  // or did not begin

  [[nodiscard]] SinkStatus status() const;

 private:
  enum class Turn : std::uint8_t { delivered, idle, failed };
  struct Wanted {
    bool stop = false, abandon = false, reopen = false;
  };

  void interrupt_at(std::chrono::steady_clock::time_point deadline);
  void run();
  Wanted wait(Turn last);
  Turn turn();
  Turn tend(bool reopen);
  std::expected<EventBatch, Error> next_batch();
  Turn deliver(const EventBatch& batch);
  Turn hold(const EventBatch& batch);
  [[nodiscard]] std::size_t batch_size() const;
  // What became of a batch.
  struct Outcome {
    bool failed = false;
    Sink::Failure failure{};  // if it failed
    // What comes again, because it may have been lost, is taken once more, but not the first time.
    std::size_t taken = 0, taken_first = 0, refused = 0;
    std::optional<Refusal> last_refused{};
    bool braked = false;  // too many refused in a row
  };
  Outcome settle(const EventBatch& batch, std::expected<void, Sink::Failure> delivered);
  void pass_over(std::vector<Refusal> refused, std::uint64_t through, Outcome& outcome);
  void take_through(std::uint64_t sequence, Outcome& outcome);
  void wait_after_failure(const Outcome& outcome);
  Turn taken_back(const Sink::Failure& failure);
  void take_up(const std::string& installation);
  void move_cursor();
  void move_cursor_if_current();
  Turn read_failed(const Error& error);

  const DeliveryOptions options_;
  const std::unique_ptr<Sink> sink_;
  const OutboxReader outbox_;

  // Of the thread alone.
  std::string installation_;             // "" before the first batch
  std::uint64_t position_ = 0;           // delivered up to here
  std::uint64_t reached_ = 0;            // the furthest that it ever was
  std::optional<std::uint64_t> cursor_;  // as the outbox has it
  unsigned failures_ = 0;                // in a row
  bool tend_failed_ = false;
  std::vector<Refusal> refused_;        // up to the position, and not yet set aside
  std::size_t refused_in_a_row_ = 0;    // without an event between them that was taken
  std::uint64_t rejected_through_ = 0;  // up to here is one that the receiver rejects
  std::uint64_t suspect_ = 0;           // likely this one
  BootTime due_{};                      // no delivery is tried before
  std::minstd_rand random_{std::random_device{}()};

  mutable std::mutex mutex_;
  std::condition_variable wake_, ended_condition_;
  bool wanted_ = false, reopen_ = false, stopping_ = false, abandoned_ = false, ended_ = false;
  SinkStatus status_;
  std::thread thread_;
};

}  // namespace wgaudit
