#include "exporter/daemon/service_manager.hpp"

#include <systemd/sd-daemon.h>

namespace wgaudit {

void notify_ready(const std::string& status) {
  sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}
void notify_stopping() { sd_notify(0, "STOPPING=1"); }
void notify_alive() { sd_notify(0, "WATCHDOG=1"); }

Duration alive_interval() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::chrono::hours{1};
  return std::chrono::microseconds{microseconds / 3};
}

}  // namespace wgaudit
