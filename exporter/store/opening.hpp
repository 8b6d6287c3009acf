// Opening a state database: check, migrate, load. Whether it has to be moved aside is said, not
// done.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "exporter/store/directory.hpp"
#include "exporter/store/outbox.hpp"
#include "exporter/store/store.hpp"
#include "exporter/store/tables.hpp"

namespace wgaudit {

struct LoadedState {
  std::unique_ptr<Tables> tables;
  std::unique_ptr<Database> reading;  // the connection of read_after()
  ProgramState program;
  Memory memory;  // carried over
  std::optional<InventoryCopy> inventory;
  Outbox outbox;
};

struct OpenFailure {
  StoreError error;
  bool corrupt = false;
};

// Makes the database where there is none, for `if_new`.
[[nodiscard]] std::expected<LoadedState, OpenFailure> open_state(const StateDirectory& directory,
                                                                 BaselineReason if_new,
                                                                 const Now& now);

}  // namespace wgaudit
