// One audit: what `report` and `metrics` show, of this host or of dumps, of one gateway or of many.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "audit/fleet.hpp"
#include "audit/view.hpp"
#include "exporter/commands/system.hpp"

namespace wgaudit {

// `[GW=]FILE` of --from-dump.
struct DumpArgument {
  std::string gateway;  // "" = not said
  std::string file;     // "-" = standard input
};
[[nodiscard]] DumpArgument parse_dump_argument(const std::string& text);

// What is read, and the gateways that it is of, by name. Where they are several, the devices of
// each are read under its name as their namespace.
struct Source {
  Targets targets;
  std::vector<std::string> gateways;  // never empty
};
// Targets for these dumps alone; without dumps those of the settings.
[[nodiscard]] std::expected<Source, Failure> source_of(const Settings& settings,
                                                       const std::vector<std::string>& dumps);
// The same for what knows of one gateway alone: several are refused.
[[nodiscard]] std::expected<Source, Failure> source_of_one(const Settings& settings,
                                                           const std::vector<std::string>& dumps);

// The part of each gateway; one that was not read at all has an empty one.
[[nodiscard]] std::vector<Observation> split(Observation observation, const Source& source);

// What could not be read whole, a line each: "cannot read dump: FILE: why".
[[nodiscard]] std::vector<std::string> unread(const Observation& observation);
// Whether anything was read at all.
[[nodiscard]] bool anything_read(const Observation& observation);

struct Audit {
  View view;
  bool read = true;                 // an interface of it was, or that there is none
  std::vector<std::string> unread;  // not empty: the audit is incomplete
};
struct Audits {
  std::vector<Audit> gateways;        // by name, never empty
  std::vector<FleetFinding> across;   // them
  std::vector<std::string> warnings;  // of the inventory
  std::optional<WallTime> memory_written;

  [[nodiscard]] bool complete() const;
};

struct AuditRequest {
  std::vector<std::string> dumps;
  std::optional<WallTime> at;
  // The daemon's memory, read only; "" = empty memory.
  std::string state_directory;
};
// Inventory, memory, observation, judgement. An inventory that is rejected is said on standard
// error, each error a line, before anything is read. A failure where nothing of any gateway could
// be read.
[[nodiscard]] std::expected<Audits, Failure> audit(System& system, const Settings& settings,
                                                   const AuditRequest& request);

}  // namespace wgaudit
