// The text of the last good inventory. false, nullopt: the database's error, or there is none.
#pragma once

#include <optional>

#include "exporter/store/sqlite.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

[[nodiscard]] bool put_inventory(Database& database, const InventoryCopy& copy);
[[nodiscard]] std::optional<InventoryCopy> load_inventory_copy(Database& database);

}  // namespace wgaudit
