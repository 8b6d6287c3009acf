// Notices to systemd (sd_notify(3)): ready, stopping, alive. Nothing happens without it.
#pragma once

#include <string>

#include "collectors/model/time.hpp"

namespace wgaudit {

void notify_ready(const std::string& status);
void notify_stopping();
void notify_alive();  // WATCHDOG=1: polls begin and end in time
// How often to say so: a third of what WATCHDOG_USEC allows; without a watchdog an hour.
[[nodiscard]] Duration alive_interval();

}  // namespace wgaudit
