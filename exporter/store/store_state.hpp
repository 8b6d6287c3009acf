// What a Store holds, and under which mutex.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "collectors/model/steady_wall.hpp"
#include "exporter/store/directory.hpp"
#include "exporter/store/event_rows.hpp"
#include "exporter/store/opening.hpp"
#include "exporter/store/outbox.hpp"
#include "exporter/store/store.hpp"
#include "exporter/store/tables.hpp"

namespace wgaudit {

// The connection of read_after(), and whose events it reads.
struct ReadingConnection {
  ReadingConnection(std::unique_ptr<Database> opened, std::string of)
      : database(std::move(opened)), events(*database), installation(std::move(of)) {}
  std::unique_ptr<Database> database;
  EventReader events;
  std::string installation;
};

// Locked in this order.
struct Store::State {
  State(std::string directory_path, StoreLimits store_limits)
      : path(std::move(directory_path)), limits(store_limits) {
    status.events_total.resize(kActions);
  }

  const std::string path;
  const StoreLimits limits;

  std::mutex writing;
  std::unique_ptr<StateDirectory> directory;
  std::unique_ptr<Tables> tables;
  // A database was moved aside, and the one in its place is not there yet.
  std::optional<BaselineReason> reason;
  std::optional<Error> replaced;
  SteadyWall wall;  // looked at by every write

  std::mutex reading;
  std::unique_ptr<ReadingConnection> reader;

  mutable std::mutex informing;  // never held while a disk works
  bool open = false;
  std::optional<std::string> corruption;  // why it is no longer open
  StoreStatus status;
  Outbox outbox;  // changed with `writing` held too
  std::shared_ptr<const InventoryCopy> copy;

  // REQUIRES: `writing` held.
  [[nodiscard]] bool commit(const Step& step, const Now& now);
  [[nodiscard]] bool move_cursor(const std::string& sink, std::uint64_t sequence);
  [[nodiscard]] bool retain(const Now& now, std::int64_t at_most, Removed& removed);
  void retained(const Removed& removed);  // by a commit that held
  [[nodiscard]] std::uint64_t too_old_through(const Now& now);
  void look_for_old(const Now& now);                      // after any write that held
  [[nodiscard]] bool wrote(std::optional<WallTime> now);  // true
  [[nodiscard]] bool failed(const SqlError& error);       // false
  // REQUIRES: `writing` and `reading` held.
  [[nodiscard]] std::expected<Opened, StoreError> reopen(const std::optional<WrittenTail>& tail,
                                                         const Now& now);
  [[nodiscard]] std::optional<StoreError> set_aside(BaselineReason why, const std::string& detail,
                                                    const Now& now);
  [[nodiscard]] Opened adopt(LoadedState loaded, const Now& now);
  void close();
  // Any thread.
  void note_failure(const SqlError& error);
};

}  // namespace wgaudit
