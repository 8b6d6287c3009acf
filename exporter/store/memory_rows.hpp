// Rows of what Memory holds beside devices: the program's own, findings, departed peers. All of it
// within a transaction of the caller; false: the database's error says why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "audit/memory.hpp"
#include "exporter/store/sqlite.hpp"

namespace wgaudit {

// The one row of `program`, but for ProgramTold.
struct ProgramState {
  std::string installation;
  BaselineReason baseline_reason = BaselineReason::first_run;  // until there is a baseline
  // When the daemon was last known to run; of the boot that ProgramTold names.
  std::optional<WallTime> alive_wall;
  BootTime alive_boot{};
  std::uint64_t events_lost = 0;
};

class ProgramRow {
 public:
  explicit ProgramRow(Database& database);
  [[nodiscard]] bool put(const ProgramTold& told);
  [[nodiscard]] bool put_alive(const Now& now);
  [[nodiscard]] bool add_lost(std::uint64_t events);
  [[nodiscard]] std::optional<ProgramState> load(ProgramTold& told);

 private:
  Database& database_;
  Statement put_, put_alive_, add_lost_, load_;
};
// The row of a new database.
[[nodiscard]] bool create_program(Database& database, const std::string& installation,
                                  BaselineReason reason, WallTime now);

// The ten columns of a finding, from `rule` to `accepted`.
[[nodiscard]] Finding read_finding(Columns& row);
[[nodiscard]] bool is_known(RuleId rule);  // to this release

class FindingRows {
 public:
  explicit FindingRows(Database& database);
  [[nodiscard]] bool put(const Finding& finding);
  [[nodiscard]] bool remove(const FindingIdentity& identity);
  // By identity. Without those of rules that this release does not have: a newer one left them.
  [[nodiscard]] bool load(std::vector<Finding>& findings);

 private:
  Database& database_;
  Statement put_, remove_, load_;
};

class DepartedRows {
 public:
  explicit DepartedRows(Database& database);
  [[nodiscard]] bool put(const DepartedId& id, const Departed& departed);
  [[nodiscard]] bool remove(const DepartedId& id);
  [[nodiscard]] bool load(std::map<DepartedId, Departed>& departed);

 private:
  Database& database_;
  Statement put_, remove_, load_;
};

}  // namespace wgaudit
