// All tables on the connection that writes, and the two directions between them and values.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "audit/judge.hpp"
#include "audit/memory.hpp"
#include "exporter/store/dead_event_rows.hpp"
#include "exporter/store/device_rows.hpp"
#include "exporter/store/event_rows.hpp"
#include "exporter/store/history_rows.hpp"
#include "exporter/store/memory_rows.hpp"
#include "exporter/store/retention.hpp"
#include "exporter/store/sqlite.hpp"

namespace wgaudit {

struct Tables {
  explicit Tables(std::unique_ptr<Database> opened)
      : database(std::move(opened)),
        program(*database),
        devices(*database),
        peers(*database),
        findings(*database),
        departed(*database),
        events(*database),
        sinks(*database),
        dead_events(*database),
        sessions(*database),
        endpoints(*database),
        finding_history(*database),
        keys(*database),
        retention(*database) {}

  std::unique_ptr<Database> database;
  ProgramRow program;
  DeviceRows devices;
  PeerRows peers;
  FindingRows findings;
  DepartedRows departed;
  EventRows events;
  SinkRows sinks;
  DeadEventRows dead_events;
  SessionRows sessions;
  EndpointRows endpoints;
  FindingHistoryRows finding_history;
  KeyRows keys;
  Retention retention;
};

// All but drop_through and the inventory. The same order as in Memory::apply().
[[nodiscard]] bool write_delta(Tables& tables, const Delta& delta);
// What is learned of the peers of a part (by key: a part is a stretch of the table, few pages).
[[nodiscard]] bool write_learned(Tables& tables, const Memory& memory, unsigned part,
                                 unsigned parts);

// The boot times are those of the boot that `memory.program` names.
[[nodiscard]] std::optional<ProgramState> load_memory(Tables& tables, Memory& memory);
// Rewrites the rows that hold boot times, once carry_over() has moved them into this boot: by the
// next commit the program's row names this boot for all of them.
[[nodiscard]] bool rewrite_boot_times(Tables& tables, const Memory& memory);

}  // namespace wgaudit
