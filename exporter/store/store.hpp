// The state of the daemon: what was told, and the outbox of events, in one SQLite database.
//
//   DIRECTORY/state.db   0600 in a directory 0700; WAL, synchronous=FULL; one daemon at a time
//   (flock)
//
// The promise (SPEC §6): commit() stores what a step tells and its events in one transaction. After
// it returned true they survive `kill -9` and power loss; when it returned false nothing of them is
// there, and the next poll finds the same changes again.
//
// Threads: open(), commit() and write_learned() belong to the poll thread. Everything else may be
// called from any thread: reading has a connection of its own, and status() never waits for a disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/event.hpp"
#include "audit/judge.hpp"
#include "audit/memory.hpp"
#include "collectors/model/error.hpp"

namespace wgaudit {

// Where the file sink's own segments say that it stands. Written in another installation, or beyond
// what the database holds: the database was lost or is a restored backup.
struct WrittenTail {
  std::string installation;
  std::uint64_t sequence = 0;
  std::map<std::string, std::uint64_t> earlier{};  // the same of installations before that one
};

// The text of the last good inventory, so that a restart has it though its file is gone.
struct InventoryCopy {
  struct File {
    std::string path;
    std::uint64_t bytes = 0;
    std::string deflated;  // zlib
  };
  std::string path, sha256;  // as in Inventory
  std::vector<File> files;
};

struct EventBatch {
  std::string installation;
  std::vector<Event> events;  // by sequence, without a gap
};

// An event that a sink's receiver will never take, and why.
struct Refusal {
  std::uint64_t sequence = 0;
  std::string reason;  // printable, short
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

struct StoreStatus {
  bool up = false;  // open, and the last write succeeded
  std::string why;  // not up: "database or disk is full"
  std::optional<WallTime> last_commit;
  std::uint64_t size_bytes = 0;             // of the database and its WAL
  std::uint64_t last_sequence = 0;          // committed
  std::uint64_t commits_total = 0;          // of this run, those of sinks and of learning included
  std::uint64_t events_lost_total = 0;      // survives restarts
  std::uint64_t history_removed_early = 0;  // rows, of this run, for the size's sake
  std::vector<std::uint64_t> events_total;  // by Action, of this run
};

struct SinkCursor {
  std::uint64_t sequence = 0;  // delivered up to here
};

// When events leave the outbox.
struct StoreLimits {
  // Undelivered ones: over this the oldest have to go (OutboxStatus::drop_through). 0: whatever
  // their age. For its age nothing goes, here and below, but after an hour (or as long as it may
  // stay, if that is less) in which the database was open and the clock did not step.
  std::uint64_t outbox_bytes = std::uint64_t{1} << 30U;
  Duration outbox_for{0};
  // Delivered ones: the newest `kept_events` stay; of the others those within both `kept_bytes` and
  // `kept_for`. A commit removes no more than `trimmed_at_once`, so that none becomes slow.
  std::uint64_t kept_events = 10'000;
  std::uint64_t kept_bytes = std::uint64_t{64} << 20U;
  Duration kept_for = std::chrono::days{7};
  std::uint64_t trimmed_at_once = 1'000;
  std::uint64_t dead_events = 10'000;  // those that some receiver refused
  // What has ended leaves the history after `history_for`, and earlier where it has grown beyond
  // `history_bytes`.
  Duration history_for = std::chrono::days{90};
  std::uint64_t history_bytes = std::uint64_t{1} << 30U;
};

// Why open() failed. Not `permanent`: a full or read-only disk; it may be tried again.
struct StoreError {
  Error error;
  bool permanent = false;
};

class Store {
 public:
  explicit Store(std::string directory, StoreLimits limits = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  struct Opened {
    Memory memory;  // carried over into this boot
    std::optional<InventoryCopy> inventory;
    std::optional<Error> replaced;  // a database that was moved aside, and why
  };
  // Opens or creates, migrates, loads. A corrupt database, and one that the tail is ahead of, is
  // moved aside (state.db.corrupt-…, state.db.rolled-back-…) for a new installation.
  [[nodiscard]] std::expected<Opened, StoreError> open(const std::optional<WrittenTail>& tail,
                                                       const Now& now);
  // False before open(), and after the database turned out to be corrupt: open() again then.
  [[nodiscard]] bool is_open() const;
  [[nodiscard]] bool commit(const Step& step, const Now& now);
  // The learned values of part `part` of `parts` of the peers that changed since they were written,
  // and that the daemon is alive.
  bool write_learned(const Memory& memory, unsigned part, unsigned parts, const Now& now);
  // A part of what has to leave the history beyond what commits take with them; what it cannot do
  // in a moment is for the next time.
  bool remove_history(const Now& now);
  // Kept by the next commit for which this is the inventory that was told of (by its digest).
  void keep_inventory(std::shared_ptr<const InventoryCopy> copy);

  // At most `max_events`, those after `sequence`. Fewer than there are when they are large.
  [[nodiscard]] std::expected<EventBatch, Error> read_after(std::uint64_t sequence,
                                                            std::size_t max_events) const;
  // nullopt: a sink that is new. Errors read as nullopt too.
  [[nodiscard]] std::optional<std::uint64_t> cursor(const std::string& sink) const;
  [[nodiscard]] bool advance(const std::string& sink, std::uint64_t sequence);
  // What the sink had after `sequence` may be lost, and comes again: as far back as events are
  // kept.
  [[nodiscard]] bool rewind(const std::string& sink, std::uint64_t sequence);
  // As advance(), and keeps the refused events: all of it or nothing. Of all that are kept the
  // newest StoreLimits::dead_events stay. One that had to leave the outbox is lost already.
  [[nodiscard]] bool set_aside(const std::string& sink, std::uint64_t sequence,
                               const std::vector<Refusal>& refused, WallTime now);
  // Forgets the cursors of sinks that are no longer configured: they hold nothing back. `names` is
  // asked for those that are while no cursor moves.
  void keep_sinks(const std::function<std::vector<std::string>()>& names);

  [[nodiscard]] OutboxStatus outbox() const;
  [[nodiscard]] StoreStatus status() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wgaudit
