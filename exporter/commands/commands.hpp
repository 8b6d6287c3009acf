// The subcommands as functions: arguments in, exit code out. One file each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/finding.hpp"
#include "exporter/commands/system.hpp"

namespace wgaudit {

struct ReportArguments {
  std::vector<std::string> dumps;  // --from-dump
  std::string at;                  // --at
  std::string format = "text";     // one of report_formats()
  std::string fail_on;             // "" = never
  std::vector<std::string> rules;
  std::string principal;
  std::string explain;          // a rule's name or code, or "all"
  std::string state_directory;  // "" = empty memory, whatever the settings say
};
[[nodiscard]] int run_report(System& system, const Settings& settings,
                             const ReportArguments& arguments);

struct MetricsArguments {
  std::vector<std::string> dumps;  // --from-dump
  std::string output;              // a file; "" = standard output
};
// One page of metrics, of one poll with empty memory; for node_exporter's textfile collector.
[[nodiscard]] int run_metrics(System& system, const Settings& settings,
                              const MetricsArguments& arguments);

// Each problem a line on standard output; 0 fine, 1 warnings alone, 2 errors. A configuration
// without errors gets a line for each sink with its promise.
[[nodiscard]] int run_check_config(System& system, const std::string& file);
[[nodiscard]] int run_check_web_config(System& system, const std::string& file);
[[nodiscard]] int run_check_inventory(System& system, const std::string& path);

[[nodiscard]] int run_inventory_init(System& system, const Settings& settings,
                                     const std::vector<std::string>& dumps);
[[nodiscard]] int run_inventory_schema(System& system, bool of_posture);

struct ImportArguments {
  std::string from;                // wg-conf or csv
  std::vector<std::string> files;  // of wg-conf `[GW=]FILE`
};
// An inventory on standard output; 0 fine, 1 with warnings, 2 not imported. Each problem a line on
// standard error.
[[nodiscard]] int run_inventory_import(System& system, const Settings& settings,
                                       const ImportArguments& arguments);

struct DiffArguments {
  std::string before, after;
  std::string format = "text";  // text or json
};
// As diff(1): 0 no difference, 1 differences, 2 one of them cannot be used.
[[nodiscard]] int run_inventory_diff(System& system, const DiffArguments& arguments);

// The gateways of the inventory as targets of Prometheus (file_sd), on standard output or, whole at
// any time, in the file `output`. 2: an inventory, or a gateway of it, that cannot be used: the
// file stays.
[[nodiscard]] int run_inventory_targets(System& system, const Settings& settings,
                                        const std::string& output);

struct SessionsArguments {
  std::string principal, key, address;  // "" = all
  std::string since, until;             // RFC 3339, or how long ago
  std::string format = "table";         // table, json or csv
  std::size_t limit = 0;                // the newest; 0 = all
};
// What of the history is asked for.
enum class HistoryPart : std::uint8_t { sessions, endpoints, findings, keys };
// From the state directory; safe beside the running daemon.
[[nodiscard]] int run_sessions(System& system, const Settings& settings, HistoryPart part,
                               const SessionsArguments& arguments);

// Takes a principal out of the history, beside the running daemon. `arguments`: its principal, and
// nothing else.
[[nodiscard]] int run_sessions_forget(System& system, const Settings& settings,
                                      const SessionsArguments& arguments, bool dry_run);

struct TailArguments {
  std::size_t lines = 10;
  bool follow = false;
};
// The newest events, as the sinks get them (without a chain), from the state directory.
[[nodiscard]] int run_events_tail(System& system, const Settings& settings,
                                  const TailArguments& arguments);
[[nodiscard]] int run_events_schema(System& system, const std::string& format);
// The events that receivers refused for good, of one sink or, "", of all.
[[nodiscard]] int run_events_dead(System& system, const Settings& settings,
                                  const std::string& sink);
// An example of each event through the configured sinks, or the one of this name ("" = all): marked
// as a test, numbered within an installation of their own, and beside the segments of a file sink.
[[nodiscard]] int run_events_test(System& system, const Settings& settings,
                                  const std::string& sink);

struct VerifyArguments {
  std::vector<std::string> paths;           // segments, directories of them
  std::vector<std::string> public_keys;     // PEM files
  std::vector<std::string> expected_heads;  // SEQUENCE:HASH
  bool deep = false;
};
// Whether segments are what the file sink wrote: 0 whole, 1 tampered, 2 usage, 4 incomplete.
[[nodiscard]] int run_events_verify(System& system, const VerifyArguments& arguments);

// A key for checkpoints: two new files in the directory; the public one on standard output too.
[[nodiscard]] int run_events_keygen(System& system, const std::string& directory);

}  // namespace wgaudit
