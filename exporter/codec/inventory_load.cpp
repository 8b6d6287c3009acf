// The edge of the inventory: files to text.
#include "exporter/codec/inventory_files.hpp"
#include "exporter/codec/inventory_json.hpp"

namespace wgaudit {
namespace {

Problem unreadable(const std::string& file, std::string_view why) {
  return {Problem::Severity::error, file, "", "cannot be read: " + std::string(why)};
}

void add_file(InventoryParser& parser, const std::string& path) {
  auto file = InventoryFile::open(path);
  if (!file) return parser.add_problem(unreadable(path, file.error()));
  parser.add(path, [&](std::span<char> buffer) { return file->read(buffer); }, file->size());
  if (!file->failure().empty()) parser.add_problem(unreadable(path, file->failure()));
}

}  // namespace

LoadedInventory load_inventory(const std::string& path) {
  InventoryParser parser(path);
  const InventoryFiles before = list_inventory_files(path);
  if (!before.why.empty()) parser.add_problem(unreadable(path, before.why));
  for (const FileVersion& file : before.files) add_file(parser, file.path);
  const bool changed = list_inventory_files(path) != before;
  if (changed) parser.add_problem(unreadable(path, "it changed while it was read"));
  LoadedInventory loaded = parser.finish();
  loaded.changed_while_read = changed;
  // A record put together from two versions of a file is nobody's word.
  if (changed) loaded.revocations.clear();
  return loaded;
}

}  // namespace wgaudit
