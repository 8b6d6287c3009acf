// The last good inventory for the state database, and back: a restart has it though its file is
// gone. Both ways piece by piece: the text is never in memory as a whole.
#pragma once

#include <expected>

#include "audit/inventory.hpp"
#include "collectors/model/error.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

// Reads the files of the inventory again and deflates them. An error where one of them is not what
// it was when the inventory was loaded: there is no copy then, and the next load may have one.
[[nodiscard]] std::expected<InventoryCopy, Error> make_copy(const Inventory& inventory);

// With its index, and the path that it was loaded from. Judges the copy as hostile: its digest, its
// sizes and its text must hold.
[[nodiscard]] std::expected<Inventory, Error> read_copy(const InventoryCopy& copy);

}  // namespace wgaudit
