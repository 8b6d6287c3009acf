// What /proc/self says about this process, for process_*. The edge file of exporter/metrics.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wgaudit {

// Absent: could not be read.
struct ProcessStats {
  std::optional<double> cpu_seconds, start_time_seconds;
  std::optional<double> virtual_memory_bytes, resident_memory_bytes;
  std::optional<double> threads, open_fds, max_fds;
};

// The fields of /proc/PID/stat (proc(5)) that are used, in the kernel's units.
struct ProcStat {
  std::uint64_t user_ticks = 0, system_ticks = 0, start_ticks = 0;
  std::uint64_t threads = 0, virtual_bytes = 0, resident_pages = 0;
  friend bool operator==(const ProcStat&, const ProcStat&) = default;
};
[[nodiscard]] std::optional<ProcStat> parse_proc_stat(std::string_view text);

[[nodiscard]] ProcessStats read_process_stats();

}  // namespace wgaudit
