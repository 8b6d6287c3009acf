// One audit with empty memory: what `report` and `metrics` show.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "audit/view.hpp"
#include "exporter/commands/system.hpp"

namespace wgaudit {

// `[GW=]FILE` of --from-dump.
struct DumpArgument {
  std::string gateway;  // "" = not said
  std::string file;     // "-" = standard input
};
[[nodiscard]] DumpArgument parse_dump_argument(const std::string& text);

// Targets for these dumps alone, and the gateway that they are of; without dumps those of the
// settings.
struct Source {
  Targets targets;
  std::string gateway;
};
[[nodiscard]] std::expected<Source, Failure> source_of(const Settings& settings,
                                                       const std::vector<std::string>& dumps);

// What could not be read whole, a line each: "cannot read dump: FILE: why".
[[nodiscard]] std::vector<std::string> unread(const Observation& observation);
// Whether anything was read at all.
[[nodiscard]] bool anything_read(const Observation& observation);

struct Audit {
  View view;
  std::vector<std::string> unread;    // not empty: the audit is incomplete
  std::vector<std::string> warnings;  // of the inventory
};
// Inventory, observation, judgement. An inventory that is rejected is said on standard error, each
// error a line, before anything is read.
[[nodiscard]] std::expected<Audit, Failure> audit_once(System& system, const Settings& settings,
                                                       const std::vector<std::string>& dumps,
                                                       std::optional<WallTime> at);

}  // namespace wgaudit
