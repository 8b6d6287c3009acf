#include "collectors/clock/clock.hpp"

#include <time.h>

#include <fstream>

namespace wgaudit {
namespace {

Duration read(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return std::chrono::seconds{t.tv_sec} + Duration{t.tv_nsec};
}

const std::string& boot_id() {
  static const std::string id = [] {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string text;
    std::getline(file, text);
    return text;
  }();
  return id;
}

}  // namespace

BootTime read_boot_clock() { return BootTime{read(CLOCK_BOOTTIME)}; }
WallTime read_wall_clock() { return WallTime{read(CLOCK_REALTIME)}; }
Now read_clocks() { return {read_wall_clock(), read_boot_clock(), boot_id()}; }

}  // namespace wgaudit
