#include "exporter/store/inventory_rows.hpp"

namespace wgaudit {

bool put_inventory(Database& database, const InventoryCopy& copy) {
  Statement head(database, "INSERT OR REPLACE INTO inventory (id, path, sha256) VALUES (1, ?, ?)");
  Statement insert(database,
                   "INSERT INTO inventory_files (position, path, bytes, deflated)"
                   " VALUES (?, ?, ?, ?)");
  if (!head.run({copy.path, copy.sha256}) || !database.run("DELETE FROM inventory_files")) {
    return false;
  }
  std::int64_t position = 0;
  for (const auto& file : copy.files) {
    if (!insert.run({position++, file.path, file.bytes, Blob{file.deflated}})) return false;
  }
  return true;
}

std::optional<InventoryCopy> load_inventory_copy(Database& database) {
  Statement head(database, "SELECT path, sha256 FROM inventory");
  Statement files(database, "SELECT path, bytes, deflated FROM inventory_files ORDER BY position");
  head.start();
  auto row = head.next();
  if (!row) return std::nullopt;
  InventoryCopy copy;
  copy.path = row->text();
  copy.sha256 = row->text();
  bool sound = row->sound();
  files.start();
  while (auto file = files.next()) {
    InventoryCopy::File& entry = copy.files.emplace_back();
    entry.path = file->text();
    entry.bytes = file->counter();
    entry.deflated = file->blob();
    sound = sound && file->sound();
  }
  if (!sound) database.note_corrupt("the copy of the inventory makes no sense");
  if (database.failed()) return std::nullopt;
  return copy;
}

}  // namespace wgaudit
