#include <string_view>

#include "exporter/store/memory_rows.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kPut =
    "UPDATE program SET baseline = ?, clean_stop = ?, boot_id = ?, sequence = ?,"
    " session_number = ?, inventory_sha256 = ?, inventory_rejected = ?, heartbeat_at = ?,"
    " snapshot_slot = ?, clock_offset = ?";
constexpr std::string_view kLoad =
    "SELECT installation, baseline_reason, alive_wall, alive_boot, events_lost,"
    " baseline, clean_stop, boot_id, sequence, session_number, inventory_sha256,"
    " inventory_rejected, heartbeat_at, snapshot_slot, clock_offset FROM program";

void read_told(Columns& row, ProgramTold& told) {
  told.baseline = row.flag();
  told.clean_stop = row.flag();
  told.boot_id = row.text();
  told.sequence = row.counter();
  told.session_number = row.counter();
  told.inventory_sha256 = row.text();
  told.inventory_rejected = row.text();
  told.heartbeat_at = row.boot();
  told.snapshot_slot = row.narrow<std::uint32_t>();
  told.clock_offset = row.duration();
}

}  // namespace

ProgramRow::ProgramRow(Database& database)
    : database_(database),
      put_(database, kPut),
      put_alive_(database, "UPDATE program SET alive_wall = ?, alive_boot = ?"),
      add_lost_(database, "UPDATE program SET events_lost = events_lost + ?"),
      load_(database, kLoad) {}

bool ProgramRow::put(const ProgramTold& told) {
  const auto& [baseline, clean_stop, boot_id, sequence, session_number, inventory_sha256,
               inventory_rejected, heartbeat_at, snapshot_slot, clock_offset] = told;
  return put_.run({baseline, clean_stop, boot_id, sequence, session_number, inventory_sha256,
                   inventory_rejected, heartbeat_at, snapshot_slot, clock_offset});
}

bool ProgramRow::put_alive(const Now& now) { return put_alive_.run({now.wall, now.boot}); }
bool ProgramRow::add_lost(std::uint64_t events) { return add_lost_.run({events}); }

std::optional<ProgramState> ProgramRow::load(ProgramTold& told) {
  load_.start();
  auto row = load_.next();
  if (!row) {
    database_.note_corrupt("it does not say whose state it is");
    return std::nullopt;
  }
  ProgramState state;
  state.installation = row->text();
  state.baseline_reason = row->enumerator(BaselineReason::first_run, BaselineReason::state_corrupt);
  state.alive_wall = row->maybe(&Columns::wall);
  state.alive_boot = row->maybe(&Columns::boot).value_or(BootTime{});
  state.events_lost = row->counter();
  read_told(*row, told);
  row->require(state.installation.size() == 32);
  const bool sound = row->sound();
  load_.finish();
  if (!sound) {
    database_.note_corrupt("the row of the program makes no sense");
    return std::nullopt;
  }
  return state;
}

bool create_program(Database& database, const std::string& installation, BaselineReason reason,
                    WallTime now) {
  Statement insert(database,
                   "INSERT INTO program VALUES (1, ?, ?, ?, 0, 0, '', 0, 0, '', '', 0, 0, 0,"
                   " NULL, NULL, 0)");
  return insert.run({installation, now, reason});
}

}  // namespace wgaudit
