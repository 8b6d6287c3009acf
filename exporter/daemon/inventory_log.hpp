// What the daemon logs of its inventory and of its state when they are loaded.
#pragma once

#include "audit/judge.hpp"
#include "exporter/daemon/inventory_source.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

void log_inventory(const InventorySource& source, const JudgeContext& context);
void log_replaced(const Store::Opened& opened);

}  // namespace wgaudit
