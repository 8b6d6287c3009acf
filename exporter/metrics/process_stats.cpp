#include "exporter/metrics/process_stats.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>

namespace wgaudit {
namespace {

double seconds_on(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::optional<ProcStat> read_stat() {
  const int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  char text[1024];
  const ssize_t size = read(file, text, sizeof text);
  close(file);
  if (size <= 0) return std::nullopt;
  return parse_proc_stat({text, static_cast<std::size_t>(size)});
}

std::optional<double> count_open_fds() {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  double count = -1;  // the one that reads the directory
  for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) ++count;
  if (error) return std::nullopt;
  return count;
}

std::optional<double> limit_of_fds() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

std::optional<ProcStat> parse_proc_stat(std::string_view text) {
  // The second field, the program's name, may hold blanks and parentheses: skip to its last one.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 1);
  constexpr std::size_t kFirst = 3, kLast = 24;
  std::array<std::uint64_t, kLast + 1> fields{};
  for (std::size_t number = kFirst; number <= kLast; ++number) {
    if (text.empty() || text.front() != ' ') return std::nullopt;
    text.remove_prefix(1);
    const std::string_view field = text.substr(0, text.find(' '));
    // Field 3 is a letter and some are negative; those stay 0 and are not used.
    std::from_chars(field.data(), field.data() + field.size(), fields[number]);
    text.remove_prefix(field.size());
  }
  return ProcStat{.user_ticks = fields[14],
                  .system_ticks = fields[15],
                  .start_ticks = fields[22],
                  .threads = fields[20],
                  .virtual_bytes = fields[23],
                  .resident_pages = fields[24]};
}

ProcessStats read_process_stats() {
  ProcessStats stats;
  stats.open_fds = count_open_fds();
  stats.max_fds = limit_of_fds();
  const auto stat = read_stat();
  if (!stat) return stats;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  stats.cpu_seconds = static_cast<double>(stat->user_ticks + stat->system_ticks) / ticks;
  // By two clocks, not by btime of /proc/stat, which ProcSubset=pid hides. Read once: the
  // difference moves whenever the wall clock is set, the start of the process does not.
  static const double booted_at = seconds_on(CLOCK_REALTIME) - seconds_on(CLOCK_BOOTTIME);
  stats.start_time_seconds = booted_at + static_cast<double>(stat->start_ticks) / ticks;
  stats.virtual_memory_bytes = static_cast<double>(stat->virtual_bytes);
  stats.resident_memory_bytes =
      static_cast<double>(stat->resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
  stats.threads = static_cast<double>(stat->threads);
  return stats;
}

}  // namespace wgaudit
